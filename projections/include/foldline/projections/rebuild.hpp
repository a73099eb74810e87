#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <functional>

namespace foldline::inline v0 {

/// Where a rebuild stands.
struct rebuild_progress {
    global_position reached;
    global_position head;
};

/// Builds a projection anew from the first event, beside the present rows, which go on serving; then puts the new rows
/// in their place in one transaction. Interrupted, the next call goes on where this one was. Afterwards the checkpoint
/// stands where the rebuild ended, for the projection's present version; a projector that runs meanwhile goes on there.
///
/// It is also what makes rows of an older version, of another history or of another store good again.
/// `projection` is confined: a projector that runs meanwhile has an object of its own.
/// `report` is called after each batch; what it throws interrupts the rebuild.
/// Fails: event_failure where an event cannot be applied, store_in_use while the same projection is being rebuilt; the
///        present rows are untouched then.
void rebuild(const event_store& store, read_model_store& models, projection& projection,
             const std::function<void(const rebuild_progress&)>& report = {}, batch_limit batch = batch_limit{10'000});

}  // namespace foldline::inline v0
