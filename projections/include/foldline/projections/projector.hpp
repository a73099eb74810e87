#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/dispatch.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <atomic>

namespace foldline::inline v0 {

/// Brings one read model up to date, batch by batch; rows and checkpoint change in one transaction, so that each event
/// is applied exactly once whatever happens between. The first batch makes the tables if the projection never ran.
///
/// confined, but for `position()`. What it is given outlives it.
/// Fails: incompatible_store where the checkpoint is of another store or history, or beyond its head; definition_error
///        where it is of another version of the projection (rebuild it); event_failure where an event cannot be applied:
///        everything before that event is applied, and nothing of it.
class projector {
public:
    projector(const event_store& store, read_model_store& models, projection& projection,
              batch_limit batch = batch_limit{1000});

    /// Applies the next batch; true while there may be more.
    bool run_batch();
    /// Applies everything that is stored by now.
    void catch_up();

    /// How far the rows have come. Threads: any.
    [[nodiscard]] global_position position() const { return global_position{position_.load()}; }

private:
    [[nodiscard]] bool is_at(global_position head);
    [[nodiscard]] global_position find_position();
    bool apply_next(const read_query& range);

    const event_store& store_;
    read_model_store& models_;
    projection_dispatch dispatch_;
    batch_limit batch_;
    bool looked_ = false;  // whether position_ was ever read from the checkpoint
    std::atomic<std::int64_t> position_{0};
};

/// Throws what `projector` fails with unless rows that stand at `reached` can go on from `store`.
void require_continuable(const event_store& store, const read_model_store& models, const projection& projection,
                         const checkpoint& reached);
/// Whether that function would return.
[[nodiscard]] bool is_continuable(const event_store& store, const projection& projection, const checkpoint& reached);

}  // namespace foldline::inline v0
