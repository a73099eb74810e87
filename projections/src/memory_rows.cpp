#include <foldline/projections/detail/memory_rows.hpp>

#include <foldline/core/error.hpp>
#include <foldline/projections/lease_store.hpp>

#include <fmt/core.h>

#include <utility>

namespace foldline::inline v0::detail {

void memory_rows::open(memory_work& work) {
    work_ = &work;
    unchecked_ = false;
}

void memory_rows::close() {
    if (work_->changing) gate_.end_change();
    work_ = nullptr;
    unchecked_ = false;
}

void memory_rows::require_own_models() {
    if (!std::exchange(misled_, false)) return;
    throw definition_error(
        fmt::format("projection {} keeps its own position: work on it among its own models()", described().name()));
}

bool memory_rows::look_at(const event_view& event) {
    if (!work_) {
        // Told when the batch ends: it is not this event's fault.
        misled_ = true;
        return false;
    }
    if (work_->spoiled || work_->replayed)
        throw claim_lost(fmt::format("projection {} went back after a failure; begin again", described().name()));
    // Who drives it did not know, when it began, what is parked up to here: it has to look again before it goes on.
    if (work_->begun < work_->replayed_to && event.position > work_->replayed_to) {
        work_->replayed = true;
        throw claim_lost(fmt::format("projection {} has come again to where it was", described().name()));
    }
    if (work_->left_out.contains(event.position)) return false;
    if (!work_->changing) gate_.begin_change();
    work_->changing = true;
    unchecked_ = work_->begun >= work_->replayed_to;
    return true;
}

}  // namespace foldline::inline v0::detail
