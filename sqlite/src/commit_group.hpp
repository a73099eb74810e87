#pragma once

#include "futex.hpp"

#include <foldline/core/function_ref.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <utility>

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
        if (!stand_in_line(mine)) {
            while (mine.turn.load() == waits) wait_for_change(mine.turn, waits, futex_scope::process);
            if (mine.turn.load() == is_done) return;
        }
        std::array<Work*, largest_group> group;
        const std::size_t size = take_group(group);
        lead(std::span<Work* const>{group.data(), size});
        // The next leader first: its commit begins while the members of this one are still being woken.
        if (ticket* next = hand_over()) tell(next, leads);
        release(mine.next, size - 1);
    }

private:
    enum turn : std::uint32_t { waits, leads, is_done };

    struct ticket {
        explicit ticket(Work& item) : work(item) {}
        Work& work;
        ticket* next = nullptr;
        std::atomic<std::uint32_t> turn{waits};
    };

    /// True if nobody leads: then the caller does.
    bool stand_in_line(ticket& last) {
        const std::lock_guard lock{mutex_};
        (first_ ? last_->next : first_) = &last;
        last_ = &last;
        return !std::exchange(led_, true);
    }

    /// Of those in line, the caller first.
    std::size_t take_group(std::array<Work*, largest_group>& group) {
        const std::lock_guard lock{mutex_};
        std::size_t size = 0;
        for (; first_ && size < largest_group; first_ = first_->next) group[size++] = &first_->work;
        return size;
    }

    /// Gives the lead to the first in line.
    ticket* hand_over() {
        const std::lock_guard lock{mutex_};
        led_ = first_ != nullptr;
        return first_;
    }

    static void release(ticket* member, std::size_t size) {
        for (; size > 0; --size) {
            ticket* const next = member->next;  // before it is done: its caller may take it away at once
            tell(member, is_done);
            member = next;
        }
    }

    static void tell(ticket* member, turn what) {
        const std::atomic<std::uint32_t>* const word = &member->turn;
        member->turn.store(what);
        wake_one(word, futex_scope::process);
    }

    std::mutex mutex_;
    ticket* first_ = nullptr;
    ticket* last_ = nullptr;
    bool led_ = false;
};

}  // namespace foldline::inline v0::sqlite
