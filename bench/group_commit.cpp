#include "group_commit.hpp"

namespace foldline_bench {

raw_group_commit::raw_group_commit(raw_log& log) : log_(log), writer_([this] { write_until_stopped(); }) {}

raw_group_commit::~raw_group_commit() {
    {
        const std::lock_guard lock{mutex_};
        stop_ = true;
    }
    work_.notify_one();
    writer_.join();
}

void raw_group_commit::append(raw_append& mine) {
    std::unique_lock lock{mutex_};
    if (!lone_ || writing_ || !waiting_.empty()) {
        enqueue(mine);
        return wait_for(mine, lock);
    }
    writing_ = true;
    lock.unlock();
    raw_append* const alone = &mine;
    store({&alone, 1});
    lock.lock();
    writing_ = false;
    lone_ = waiting_.empty();
    if (!lone_) work_.notify_one();
}

void raw_group_commit::submit(raw_append& mine) {
    const std::lock_guard lock{mutex_};
    enqueue(mine);
}

void raw_group_commit::wait_for(raw_append& mine) {
    if (mine.done_.load(std::memory_order_acquire)) return;
    std::unique_lock lock{mutex_};
    wait_for(mine, lock);
}

void raw_group_commit::enqueue(raw_append& mine) {
    mine.done_.store(false, std::memory_order_relaxed);
    waiting_.push_back(&mine);
    if (waiting_.size() == 1 && !writing_) work_.notify_one();
}

void raw_group_commit::wait_for(raw_append& mine, std::unique_lock<std::mutex>& lock) {
    mine.waiter_.wait(lock, [&] { return mine.done_.load(std::memory_order_acquire); });
}

void raw_group_commit::write_until_stopped() {
    std::vector<raw_append*> group;
    std::unique_lock lock{mutex_};
    for (;;) {
        work_.wait(lock, [&] { return stop_ || (!waiting_.empty() && !writing_); });
        if (waiting_.empty()) return;
        group.swap(waiting_);
        writing_ = true;
        lock.unlock();
        store(group);
        lock.lock();
        writing_ = false;
        lone_ = group.size() == 1 && waiting_.empty();
        for (raw_append* stored : group) stored->done_.store(true, std::memory_order_release);
        lock.unlock();
        // Outside the lock, since a caller that wakes up inside it goes to sleep again at once.
        for (raw_append* stored : group) stored->waiter_.notify_one();
        group.clear();
        lock.lock();
    }
}

void raw_group_commit::store(std::span<raw_append* const> group) {
    // One row alone needs no transaction around it.
    const bool several_rows = group.size() > 1 || group.front()->stream.number == 0;
    if (several_rows) log_.begin();
    for (raw_append* append : group) add(*append);
    if (several_rows) log_.commit();
}

void raw_group_commit::add(raw_append& append) {
    if (append.stream.number == 0) append.stream = log_.new_stream(append.name);
    log_.add_encoded(append.stream, append.event);
}

}  // namespace foldline_bench
