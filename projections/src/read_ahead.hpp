#pragma once

#include "event_routes.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/eventstore/read_ahead_runner.hpp>

#include <optional>

namespace foldline::inline v0 {

/// Reads for one place of a projector some batches ahead, and decodes there what its projections want, so that folding
/// and writing have a core for themselves.
///
/// confined.
class read_ahead {
public:
    /// `decode`: with this table of the thread's own; without one the events stay as they are.
    read_ahead(const event_store& store, global_position after, batch_limit batch, std::optional<event_routes> decode);

    /// Whether the next batch comes right behind `position`.
    [[nodiscard]] bool stands_at(global_position position) const { return runner_.reached().last_position == position; }

    /// As `event_store::read`.
    page read(event_sink sink);

private:
    std::optional<event_routes> routes_;  // of the runner's thread
    read_ahead_runner runner_;
};

}  // namespace foldline::inline v0
