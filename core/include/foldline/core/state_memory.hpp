#pragma once

#include <foldline/core/as_of.hpp>
#include <foldline/core/stream_id.hpp>

#include <optional>

namespace foldline::inline v0 {

/// A state, and how far its stream was folded into it. `exists()` is false for a stream without events; the state is
/// the initial one then.
///
/// value.
template <class State>
struct loaded : fold_progress {
    State state{};
};

/// Where a repository takes up a state instead of folding from the first event: snapshots, or a cache. Forgetting
/// everything changes no answer.
///
/// Threads: shared.
template <class State>
class state_memory {
public:
    virtual ~state_memory() = default;

    /// The latest state it has that `serves(…, when)`, or none. Damaged or outdated states are dropped, not returned.
    [[nodiscard]] virtual std::optional<loaded<State>> recall(const stream_id& stream, const as_of& when) = 0;

    /// Offers the latest state of a stream, which was folded on from the one recalled at `recalled`, or from the
    /// beginning if that is 0; to be kept or not. A failure to keep it stays inside: what it is a memory of is stored
    /// already.
    virtual void offer(const stream_id& stream, const loaded<State>& state, stream_version recalled) = 0;
};

}  // namespace foldline::inline v0
