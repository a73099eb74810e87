#pragma once

#include <foldline/core/repository.hpp>
#include <foldline/snapshots/detail/snapshot_memory.hpp>
#include <foldline/testing/message_difference.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace foldline::inline v0::testing {

/// Throws `spec_failure` for a state that was loaded through a snapshot and is not what a full replay makes.
void require_same_progress(const stream_id& stream, const fold_progress& replayed, const fold_progress& shortened);
[[noreturn]] void fail_snapshot(const stream_id& stream, stream_version version, const std::string& difference);

template <class A>
void require_same_state(const stream_id& stream, const loaded<typename A::state>& replayed,
                        const loaded<typename A::state>& shortened) {
    require_same_progress(stream, replayed, shortened);
    std::string difference;
    if constexpr (foldline::detail::saves_and_restores<A>)
        difference = difference_of(A::save(replayed.state), A::save(shortened.state));
    else difference = difference_of(replayed.state, shortened.state);
    if (!difference.empty()) fail_snapshot(stream, replayed.version, difference);
    if constexpr (std::equality_comparable<typename A::state>)
        if (!(replayed.state == shortened.state))
            fail_snapshot(stream, replayed.version, "the states differ in something that `save` does not write\n");
}

/// Compares every good snapshot of the aggregate `id` with a full replay up to its version, and what a load through
/// the latest one gives with a full replay of everything. Returns how many snapshots there were; bad ones are dropped,
/// as a load does.
///
/// Give the state an `operator==`, and a field that `save` forgets is found too.
template <class A>
std::size_t snapshot_agrees(event_store& store, snapshot_store& snapshots, std::string_view id) {
    const stream_id stream{std::string(A::category), std::string(id)};
    const repository<A> replay{store};
    foldline::detail::snapshot_memory<A> memory{store, snapshots, every(1)};
    const repository<A> shortcut{store, memory};

    std::size_t compared = 0;
    as_of when = latest{};
    while (const auto recalled = memory.recall(stream, when)) {
        require_same_state<A>(stream, replay.load(id, at_version{recalled->version}), *recalled);
        when = at_version{recalled->version.next(-1)};
        ++compared;
    }
    require_same_state<A>(stream, replay.load(id), shortcut.load(id));
    return compared;
}

}  // namespace foldline::inline v0::testing
