// What becomes of a line that failed, by its policy and by what was thrown.

#include "projector_parts.hpp"
#include "thrown_text.hpp"

#include <foldline/core/error.hpp>

#include <algorithm>
#include <utility>

namespace foldline::inline v0 {
namespace {

// Two that take a partition from each other get on in turns; one that never gets on is not to keep a processor busy.
constexpr std::uint32_t losses_in_a_row = 16;
constexpr std::uint32_t losses_that_are_too_many = 1'000;

}  // namespace

void projector::parts::failed(const group& together, const shared_batch* batch, const std::exception_ptr& thrown) {
    if (batch && !batch->culprits().empty()) {
        const bool at_event = batch->failed_at().has_value();
        for (projection_line* line : batch->culprits())
            failed(*line, at_event ? batch->failed_at() : batch->last_place(),
                   at_event ? batch->failed_recorded() : batch->recorded(), thrown);
        return;
    }
    for (projection_line* line : together) failed(*line, {}, {}, thrown);
}

void projector::parts::failed(projection_line& line, const std::optional<parked_event>& at, timestamp recorded,
                              const std::exception_ptr& thrown) {
    line.error = text_of(thrown);
    try {
        std::rethrow_exception(thrown);
    } catch (const claim_lost&) {
        // Nothing went wrong: somebody else has moved these rows, and the file says how.
        line.error.clear();
        lines.look_again(line);
        if (++line.losses > losses_in_a_row) line.due = ticks.now() + lines.policy_of(line).delays.first;
        if (impatient && line.losses > losses_that_are_too_many) stop(line, thrown);
        return;
    } catch (const limit_exceeded&) {
        stop(line, thrown);
        return;
    } catch (...) {
        // Told apart below.
    }
    switch (class_of(thrown)) {
        case failure_class::fatal: stop(line, thrown); return;
        case failure_class::storage:
            wait(line, lines.policy_of(line).delays.delay_after(++line.failures, random += turns), thrown);
            return;
        case failure_class::unreachable: {
            const auto now = ticks.now();
            line.breaker.failed(now);
            const std::chrono::nanoseconds pause =
                lines.policy_of(line).delays.delay_after(++line.failures, random += turns);
            wait(line, std::max(pause, line.breaker.opens_until() - now), thrown);
            return;
        }
        case failure_class::event: break;
    }
    if (at) {
        failed_at_event(line, *at, recorded, thrown);
        return;
    }
    try {
        std::rethrow_exception(thrown);
    } catch (const event_failure& failure) {
        // It failed before any projection saw it, in a decorator of the store.
        parked_event place;
        place.projection = lines.projections()[line.of].target.name();
        place.order_key = place.stream = failure.stream;
        place.position = failure.position;
        place.version = failure.version;
        place.type = failure.type;
        failed_at_event(line, std::move(place), line.reached, thrown);
    } catch (...) {
        if (line.one_by_one_to) {
            stop(line, thrown);  // it is of no event at all
            return;
        }
        // Something of this batch cannot be written, and only what is flushed alone tells of which event it is.
        line.one_by_one_to = global_position{line.position.value + static_cast<std::int64_t>(options.batch.value)};
    }
}

void projector::parts::failed_at_event(projection_line& line, parked_event at, timestamp recorded,
                                       const std::exception_ptr& thrown) {
    const bool again = line.failing && line.failing->position == at.position;
    if (!again) {
        line.failing = std::move(at);
        line.failing->first_failed = time.now();
        line.failing_recorded = recorded;
        line.in_front = false;
    }
    parked_event& failing = *line.failing;
    failing.last_failed = time.now();
    failing.error = line.error;
    const error_policy& policy = lines.policy_of(line);
    if (++failing.attempts <= policy.retries)
        line.due = ticks.now() + policy.delays.delay_after(failing.attempts, random += turns);
    else line.due.reset();
    line.thrown = thrown;
}

void projector::parts::wait(projection_line& line, std::chrono::nanoseconds delay, const std::exception_ptr& thrown) {
    ++line.retries;
    if (impatient && line.failures > lines.policy_of(line).retries) stop(line, thrown);
    else line.due = ticks.now() + delay;
}

void projector::parts::stop(projection_line& line, const std::exception_ptr& thrown) { line.stopped = thrown; }

}  // namespace foldline::inline v0
