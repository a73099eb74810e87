#pragma once

#include <foldline/core/function_ref.hpp>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>

namespace foldline::inline v0::sqlite {

/// Lets callers that come at the same time share one commit. The first leads and works alone; whoever comes meanwhile
/// waits, and all that wait are the next leader's group. A lone caller never waits for anybody, nor wakes a thread, and
/// nothing here allocates: a caller that were lost to a failed allocation would wait for ever.
///
/// Threads: shared.
template <class Work>
class commit_group {
public:
    static constexpr std::size_t largest_group = 256;

    /// Returns once `work` was part of a group. `lead` runs on the thread of one of the callers that wait; it must not
    /// throw.
    void join(Work& work, function_ref<void(std::span<Work* const>)> lead) {
        ticket mine{work};
        std::unique_lock lock{mutex_};
        wait_in_line(mine);
        while (!mine.done) {
            if (led_) {
                mine.turn.wait(lock);
                continue;
            }
            led_ = true;
            ticket* const first = first_;
            std::array<Work*, largest_group> group;
            const std::size_t size = take_group(group);
            lock.unlock();
            lead(std::span<Work* const>{group.data(), size});
            lock.lock();
            led_ = false;
            release(first, size);
            if (first_) first_->turn.notify_one();
        }
    }

private:
    struct ticket {
        explicit ticket(Work& item) : work(item) {}
        Work& work;
        bool done = false;
        ticket* next = nullptr;
        std::condition_variable turn;  // done, or nobody leads
    };

    void wait_in_line(ticket& last) {
        (first_ ? last_->next : first_) = &last;
        last_ = &last;
    }

    std::size_t take_group(std::array<Work*, largest_group>& group) {
        std::size_t size = 0;
        for (; first_ && size < largest_group; first_ = first_->next) group[size++] = &first_->work;
        return size;
    }

    static void release(ticket* member, std::size_t size) {
        for (; size > 0; --size) {
            ticket* const next = member->next;  // before it is done: its caller may take it away at once
            member->done = true;
            member->turn.notify_one();
            member = next;
        }
    }

    std::mutex mutex_;
    ticket* first_ = nullptr;
    ticket* last_ = nullptr;
    bool led_ = false;
};

}  // namespace foldline::inline v0::sqlite
