#pragma once

#include <foldline/core/circuit_breaker.hpp>
#include <foldline/projections/error_policy.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/projection_status.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace foldline::inline v0 {

/// A projection that a projector works on.
struct projected {
    projection& target;
    read_model_store& models;
    error_policy policy;
    bool looked = false;         // whether its file was read since something said that it may have changed
    std::uint64_t revision = 0;  // as the file had it then
    std::exception_ptr refused;  // why its rows cannot go on at all
};

/// Texts that are found by a view of one.
struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using text_set = std::unordered_set<std::string, text_hash, std::equal_to<>>;

/// One partition of one projection, as the projector that moves it on sees it.
///
/// confined.
struct projection_line {
    projection_line(std::size_t projection, partition share, const error_policy& policy)
        : of(projection), part(share), breaker(policy.breaker) {}

    std::size_t of;  // which of the projector's projections
    partition part;
    global_position position;
    timestamp reached;  // recorded time of the last event that it passed
    std::optional<partition_claim> claim;
    bool elsewhere = false;
    bool paused = false;
    std::uint64_t turn = 0;  // when it last worked; the longest ago comes next

    text_set parked_keys;
    std::uint64_t parked = 0;

    // An event that could not be applied. First comes everything in front of it, in batches; then the event alone.
    std::optional<parked_event> failing;
    timestamp failing_recorded;
    bool in_front = false;
    std::exception_ptr thrown;  // by the last attempt
    // Up to here each event is flushed for itself: something that was held back could not be written, and it has to be
    // found out for which event.
    std::optional<global_position> one_by_one_to;
    std::uint32_t failures = 0;  // in a row, of what is no event's fault
    std::uint32_t losses = 0;    // of the claim, in a row
    circuit_breaker breaker;
    std::optional<std::chrono::nanoseconds> due;
    std::exception_ptr stopped;
    std::string error;

    std::uint64_t retries = 0;
    std::chrono::nanoseconds progress{};  // when it last got further, or found nothing to do
    double rate = 0;

    [[nodiscard]] bool is_waiting(std::chrono::nanoseconds now) const { return due && *due > now; }
    /// Whether nothing but the failing event itself is left to do before it.
    [[nodiscard]] bool is_at_failing() const { return failing && in_front; }
    [[nodiscard]] bool goes_alone() const { return failing || one_by_one_to; }
    /// Where the file says. Somebody else may have moved it past the event that failed, of which nothing need be known
    /// then; or back in front of it, where the attempts go on being counted.
    void stands_at(global_position now) {
        if (now == position) return;
        position = now;
        in_front = false;
        if (failing && failing->position <= now) forget_failure();
    }
    /// Whatever failed is to be tried as if for the first time.
    void forget_failure() {
        failing.reset();
        in_front = false;
        due.reset();
        stopped = nullptr;
    }
    void got_over() {
        forget_failure();
        failures = losses = 0;
        error.clear();
        breaker.succeeded();
    }
};

}  // namespace foldline::inline v0
