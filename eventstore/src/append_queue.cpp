#include <foldline/eventstore/append_queue.hpp>

#include <foldline/core/assert.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

namespace foldline::inline v0 {
namespace {

using steady_clock = std::chrono::steady_clock;

/// An append on its way. All that it needs until its end is allocated before the queue takes it, so that running out of
/// memory later loses nobody.
struct entry {
    append_request request;
    std::size_t bytes = 0;
    append_queue::deadline until;
    std::variant<std::promise<append_result>, append_queue::completion> caller;
    append_outcome outcome{};
    bool gave_its_place = false;  // to an append that its completion made
    entry* next = nullptr;

    [[nodiscard]] bool has_completion() const { return std::holds_alternative<append_queue::completion>(caller); }
};

/// Owns entries, in order. Nothing here allocates or throws.
class entry_list {
public:
    entry_list() = default;
    entry_list(entry_list&& other) noexcept
        : first_(std::exchange(other.first_, nullptr)),
          last_(std::exchange(other.last_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    entry_list& operator=(entry_list&&) = delete;
    ~entry_list() {
        while (!empty()) pop_front();
    }

    [[nodiscard]] bool empty() const { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const entry& front() const { return *first_; }

    void push_back(std::unique_ptr<entry> added) noexcept {
        added->next = nullptr;
        entry* const last = added.release();
        (first_ ? last_->next : first_) = last;
        last_ = last;
        ++size_;
    }

    void push_front(std::unique_ptr<entry> added) noexcept {
        added->next = first_;
        if (!first_) last_ = added.get();
        first_ = added.release();
        ++size_;
    }

    std::unique_ptr<entry> pop_front() noexcept {
        std::unique_ptr<entry> taken{first_};
        first_ = taken->next;
        --size_;
        return taken;
    }

    void append(entry_list more) noexcept {
        if (more.empty()) return;
        (first_ ? last_->next : first_) = more.first_;
        last_ = more.last_;
        size_ += std::exchange(more.size_, 0);
        more.first_ = nullptr;
    }

    template <class Use>
    void for_each(Use use) {
        for (entry* one = first_; one; one = one->next) use(*one);
    }

private:
    entry* first_ = nullptr;
    entry* last_ = nullptr;
    std::size_t size_ = 0;
};

/// A thread that waits until there is room for its append.
struct caller_in_line {
    std::unique_ptr<entry> wants;  // gone once it was taken
    std::condition_variable answered{};
};

std::size_t memory_of(const append_request& request) {
    std::size_t bytes = sizeof(entry);
    for (const stream_write& write : request.writes) {
        bytes += sizeof write + write.stream.id().size();
        for (const event_data& event : write.events)
            bytes += sizeof event + event.payload.size() + event.metadata.size();
    }
    for (const stream_condition& condition : request.conditions)
        bytes += sizeof condition + condition.stream.id().size();
    return bytes;
}

void fulfil(std::promise<append_result>& promise, append_outcome& outcome) noexcept {
    if (outcome.result) promise.set_value(*std::move(outcome.result));
    else promise.set_exception(std::move(outcome.failure));
}

}  // namespace

const append_result& append_outcome::get() const {
    if (!result) std::rethrow_exception(failure);
    return *result;
}

bool append_outcome::nothing_stored() const {
    if (result) return !std::holds_alternative<appended>(*result);
    try {
        std::rethrow_exception(failure);
    } catch (const storage_error& failed) {
        return failed.outcome == write_outcome::nothing_stored;
    } catch (...) {
        return true;
    }
}

/// The members that end in `_locked` are called with `mutex` held. What a closer or a runner waits for is announced
/// under the lock too: as soon as it is released, somebody may take the queue away.
struct append_queue::state {
    state(group_appender& to, append_queue_options chosen) : store(to), options(std::move(chosen)) {
        FOLDLINE_ASSERT(options.capacity > 0, "an append queue holds at least one append");
        FOLDLINE_ASSERT(options.group_appends > 0, "a group has at least one append");
        attempts.reserve(largest_group);
    }

    group_appender& store;
    const append_queue_options options;
    /// Made in advance, since it is needed when memory may be short.
    const std::exception_ptr too_late = std::make_exception_ptr(
        deadline_exceeded("the deadline of an append passed while it waited in the queue: nothing was stored"));
    const std::size_t largest_group = std::min(options.group_appends, options.capacity);
    /// Places are given back together, since each waiting caller that is let in costs a wake-up; a completion that takes
    /// long then holds a small part of the places.
    const std::size_t completions_at_once = std::clamp<std::size_t>(options.capacity / 16, 1, 256);
    std::vector<append_attempt> attempts;  // of the thread that commits; there is room for the largest group

    mutable std::mutex mutex;
    entry_list waiting;
    entry_list ended;  // their completions are still to be called
    std::deque<caller_in_line*> line;
    std::size_t held = 0;
    std::size_t held_bytes = 0;
    /// No waiting append has an earlier deadline. What was committed since leaves it too early, which costs one look.
    deadline earliest = no_deadline;
    std::thread::id committing;      // nobody: an id of no thread
    std::thread::id completing;      // the same
    entry* in_completion = nullptr;  // of the thread that calls completions
    bool closed = false;
    bool runner_commits = false;
    bool runner_completes = false;
    std::condition_variable work;         // for the runner's threads
    std::condition_variable completions;  // the same
    std::condition_variable changed;      // for closers

    void take(std::unique_ptr<entry> made);
    void wait_in_line(std::unique_lock<std::mutex>& lock, std::unique_ptr<entry> made);
    [[nodiscard]] bool fits_locked(const entry& one) const;
    void hold_locked(std::unique_ptr<entry> made) noexcept;
    void give_back_locked(std::size_t appends, std::size_t bytes) noexcept;
    void admit_locked() noexcept;
    [[nodiscard]] queue_full full_locked() const;

    [[nodiscard]] entry_list take_group_locked() noexcept;
    [[nodiscard]] entry_list take_late_locked() noexcept;
    void commit(entry_list group) noexcept;
    void end_late(entry_list late) noexcept;
    void end(entry_list done) noexcept;
    void call(entry_list some) noexcept;
    void report(const std::exception_ptr& thrown) const noexcept;

    [[nodiscard]] bool finished_locked() const { return closed && held == 0; }
    [[nodiscard]] bool wait_for_appends();
    [[nodiscard]] bool wait_for_completions();
    void wake_all_locked() noexcept;
};

// Taking

void append_queue::state::take(std::unique_ptr<entry> made) {
    std::unique_lock lock{mutex};
    if (closed) throw queue_closed("an append came after its queue was closed: nothing was stored");
    if (line.empty() && fits_locked(*made)) return hold_locked(std::move(made));

    // Who makes room must not wait for room.
    const auto me = std::this_thread::get_id();
    if (me == completing && in_completion && !in_completion->gave_its_place) {
        in_completion->gave_its_place = true;
        --held;
        held_bytes -= in_completion->bytes;
        return hold_locked(std::move(made));
    }
    if (options.full == when_full::refuse || me == completing || me == committing) throw full_locked();
    wait_in_line(lock, std::move(made));
}

void append_queue::state::wait_in_line(std::unique_lock<std::mutex>& lock, std::unique_ptr<entry> made) {
    const deadline until = made->until;
    caller_in_line me{std::move(made)};
    line.push_back(&me);
    const auto answered = [&] { return !me.wants || closed; };
    if (until == no_deadline) me.answered.wait(lock, answered);
    else if (!me.answered.wait_until(lock, until, answered)) {
        std::erase(line, &me);
        admit_locked();  // those behind may be smaller
        std::rethrow_exception(too_late);
    }
    if (me.wants) throw queue_closed("the queue was closed while an append waited for room in it: nothing was stored");
}

bool append_queue::state::fits_locked(const entry& one) const {
    if (held == 0) return true;
    return held < options.capacity && one.bytes <= options.capacity_bytes &&
           held_bytes <= options.capacity_bytes - one.bytes;
}

void append_queue::state::hold_locked(std::unique_ptr<entry> made) noexcept {
    ++held;
    held_bytes += made->bytes;
    if (made->until < earliest) {
        earliest = made->until;
        completions.notify_one();
    }
    waiting.push_back(std::move(made));
    work.notify_one();
}

void append_queue::state::give_back_locked(std::size_t appends, std::size_t bytes) noexcept {
    held -= appends;
    held_bytes -= bytes;
    admit_locked();
    if (finished_locked()) wake_all_locked();
}

void append_queue::state::admit_locked() noexcept {
    while (!line.empty() && fits_locked(*line.front()->wants)) {
        caller_in_line& first = *line.front();
        line.pop_front();
        hold_locked(std::move(first.wants));
        first.answered.notify_one();
    }
}

queue_full append_queue::state::full_locked() const {
    return queue_full(
        fmt::format("the append queue is full, it holds {} of {} appends and {} of {} bytes: "
                    "nothing was stored, try again later",
                    held, options.capacity, held_bytes, options.capacity_bytes));
}

// Committing

entry_list append_queue::state::take_group_locked() noexcept {
    entry_list group;
    std::size_t bytes = 0;
    while (!waiting.empty() && group.size() < largest_group) {
        bytes += waiting.front().bytes;
        if (!group.empty() && bytes > options.group_bytes) break;
        group.push_back(waiting.pop_front());
    }
    return group;
}

entry_list append_queue::state::take_late_locked() noexcept {
    entry_list late;
    if (earliest == no_deadline) return late;
    const auto now = steady_clock::now();
    if (now < earliest) return late;
    entry_list all{std::move(waiting)};
    earliest = no_deadline;
    while (!all.empty()) {
        auto one = all.pop_front();
        const bool is_late = one->until <= now;
        if (!is_late) earliest = std::min(earliest, one->until);
        (is_late ? late : waiting).push_back(std::move(one));
    }
    return late;
}

void append_queue::state::commit(entry_list group) noexcept {
    group.for_each([&](const entry& one) { attempts.push_back({&one.request}); });
    store.append_group(attempts);
    auto attempt = attempts.begin();
    group.for_each([&](entry& one) {
        FOLDLINE_ASSERT(attempt->result || attempt->failure, "a store settles every append of a group");
        one.outcome = {std::move(attempt->result), std::move(attempt->failure)};
        ++attempt;
    });
    attempts.clear();
    end(std::move(group));
}

void append_queue::state::end_late(entry_list late) noexcept {
    late.for_each([&](entry& one) { one.outcome.failure = too_late; });
    end(std::move(late));
}

void append_queue::state::end(entry_list done) noexcept {
    entry_list to_call;
    entry_list to_fulfil;
    std::size_t bytes = 0;
    while (!done.empty()) {
        auto one = done.pop_front();
        if (one->has_completion()) {
            to_call.push_back(std::move(one));
        } else {
            bytes += one->bytes;
            // Backwards: a caller who waits for the first of many would else be woken again and again for the next one.
            // Where threads share cores, that costs three times as much as all the rest of the queue.
            to_fulfil.push_front(std::move(one));
        }
    }
    {
        // Their places are free before the futures are ready: who got a result may append again at once.
        std::scoped_lock lock{mutex};
        if (!to_call.empty()) completions.notify_one();
        ended.append(std::move(to_call));
        give_back_locked(to_fulfil.size(), bytes);
    }
    while (!to_fulfil.empty()) {
        const auto one = to_fulfil.pop_front();
        fulfil(std::get<std::promise<append_result>>(one->caller), one->outcome);
    }
}

bool append_queue::run_batch() {
    state& all = *state_;
    std::unique_lock lock{all.mutex};
    if (all.committing != std::thread::id{} || all.waiting.empty()) return false;
    all.committing = std::this_thread::get_id();
    auto late = all.take_late_locked();
    auto group = all.take_group_locked();
    lock.unlock();
    if (!late.empty()) all.end_late(std::move(late));
    if (!group.empty()) all.commit(std::move(group));
    lock.lock();
    all.committing = {};
    if (all.closed) all.wake_all_locked();
    else if (!all.waiting.empty()) all.work.notify_one();
    return !all.waiting.empty();
}

// Completing

bool append_queue::run_completions() {
    state& all = *state_;
    std::unique_lock lock{all.mutex};
    if (all.completing != std::thread::id{}) return false;
    all.completing = std::this_thread::get_id();
    if (auto late = all.take_late_locked(); !late.empty()) {
        lock.unlock();
        all.end_late(std::move(late));
        lock.lock();
    }
    // Not until none is left: a caller with other things to do gets them done though completions append again.
    for (std::size_t left = all.ended.size(); left > 0;) {
        entry_list some;
        for (; left > 0 && some.size() < all.completions_at_once; --left) some.push_back(all.ended.pop_front());
        lock.unlock();
        all.call(std::move(some));
        lock.lock();
    }
    all.completing = {};
    if (all.closed) all.wake_all_locked();
    else all.completions.notify_one();  // the runner's thread may have to look at a deadline instead
    return !all.ended.empty();
}

void append_queue::state::call(entry_list some) noexcept {
    std::size_t appends = 0;
    std::size_t bytes = 0;
    while (!some.empty()) {
        // It goes at once, and before its place is free: what a completion owns is gone when `close` returns.
        const auto one = some.pop_front();
        in_completion = one.get();
        try {
            std::get<completion>(one->caller)(one->outcome);
        } catch (...) {
            report(std::current_exception());
        }
        in_completion = nullptr;
        if (one->gave_its_place) continue;
        ++appends;
        bytes += one->bytes;
    }
    std::scoped_lock lock{mutex};
    give_back_locked(appends, bytes);
}

void append_queue::state::report(const std::exception_ptr& thrown) const noexcept {
    if (!options.on_error) return;
    try {
        options.on_error(thrown);
    } catch (...) {
        // Nobody is left to tell, and the other completions still have to be called.
    }
}

// Closing

void append_queue::close() {
    state& all = *state_;
    std::unique_lock lock{all.mutex};
    all.closed = true;
    for (caller_in_line* one : std::exchange(all.line, {})) one->answered.notify_one();
    all.wake_all_locked();
    const std::thread::id nobody;
    const auto me = std::this_thread::get_id();
    if (all.committing == me || all.completing == me) return;
    while (all.held > 0 || all.committing != nobody || all.completing != nobody) {
        const bool commit = !all.runner_commits && all.committing == nobody && !all.waiting.empty();
        const bool complete = !all.runner_completes && all.completing == nobody && !all.ended.empty();
        if (!commit && !complete) {
            all.changed.wait(lock);
            continue;
        }
        lock.unlock();
        if (commit) run_batch();
        else run_completions();
        lock.lock();
    }
}

void append_queue::state::wake_all_locked() noexcept {
    work.notify_all();
    completions.notify_all();
    changed.notify_all();
}

// The queue and its runner

append_queue::append_queue(group_appender& store, append_queue_options options)
    : state_(std::make_unique<state>(store, std::move(options))) {}

append_queue::~append_queue() { close(); }

std::future<append_result> append_queue::append(append_request request, deadline until) {
    validate(request, state_->options.limits);
    const std::size_t bytes = memory_of(request);
    std::promise<append_result> promise;
    auto result = promise.get_future();
    state_->take(std::unique_ptr<entry>{new entry{std::move(request), bytes, until, std::move(promise)}});
    return result;
}

void append_queue::append(append_request request, completion done, deadline until) {
    FOLDLINE_ASSERT(done, "a completion can be called");
    validate(request, state_->options.limits);
    const std::size_t bytes = memory_of(request);
    state_->take(std::unique_ptr<entry>{new entry{std::move(request), bytes, until, std::move(done)}});
}

append_queue_load append_queue::load() const {
    std::scoped_lock lock{state_->mutex};
    return {state_->held, state_->held_bytes, state_->line.size()};
}

bool append_queue::state::wait_for_appends() {
    std::unique_lock lock{mutex};
    work.wait(lock, [&] { return finished_locked() || (!waiting.empty() && committing == std::thread::id{}); });
    return !finished_locked();
}

bool append_queue::state::wait_for_completions() {
    std::unique_lock lock{mutex};
    while (!finished_locked()) {
        const bool free = completing == std::thread::id{};
        if (free && (!ended.empty() || steady_clock::now() >= earliest)) return true;
        if (!free || earliest == no_deadline) completions.wait(lock);
        else completions.wait_until(lock, deadline{earliest});
    }
    return false;
}

append_queue_runner::append_queue_runner(append_queue& queue, completions_run completions) : queue_(queue) {
    append_queue::state& all = *queue.state_;
    const bool completes = completions == completions_run::on_own_thread;
    const auto serve = [&](bool commits, bool calls_completions) {
        std::scoped_lock lock{all.mutex};
        FOLDLINE_ASSERT(!commits || !all.runner_commits, "a queue has one runner");
        all.runner_commits = commits;
        all.runner_completes = calls_completions;
    };
    serve(true, completes);
    try {
        committing_ = std::jthread([&all, &queue] {
            while (all.wait_for_appends()) queue.run_batch();
        });
        if (completes)
            completing_ = std::jthread([&all, &queue] {
                while (all.wait_for_completions()) queue.run_completions();
            });
    } catch (...) {
        // The thread that could be started ends when nothing is left to do.
        serve(false, false);
        queue.close();
        throw;
    }
}

append_queue_runner::~append_queue_runner() { queue_.close(); }

}  // namespace foldline::inline v0
