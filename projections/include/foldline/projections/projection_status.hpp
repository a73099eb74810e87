#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/projections/partition.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// What a projection is doing.
enum class activity {
    starting,   ///< nothing was done yet
    current,    ///< at the end of the log: idle until something is appended
    behind,     ///< there is more to do, and it gets on
    retrying,   ///< waits to try again what failed; see `error`
    stalled,    ///< there is more to do, and for long nothing was done
    paused,     ///< by an operator
    elsewhere,  ///< another worker owns the partition
    stopped,    ///< for good, by `error`
};

[[nodiscard]] std::string_view to_string(activity doing);

/// How one partition of a projection is getting on.
///
/// value.
struct projection_status {
    std::string projection;
    partition part;
    activity doing = activity::starting;
    global_position position;
    global_position head;                       ///< of the store, when it was last looked at
    std::chrono::nanoseconds lag{};             ///< age of the last event passed, where there is more; else 0
    double rate = 0;                            ///< stored events a second that it passes while it works
    std::uint64_t retries = 0;                  ///< since the worker began
    std::uint64_t parked = 0;                   ///< events that are parked now
    std::chrono::nanoseconds since_progress{};  ///< how long ago it last got further, or found nothing to do
    std::string error;                          ///< of the last failure; empty when it was got over
    std::exception_ptr thrown;                  ///< the same; set where `doing` is `stopped`

    [[nodiscard]] std::int64_t lag_events() const { return head.value - position.value; }
};

/// Whether somebody should look: any that is stalled, stopped or retrying, or has events parked.
struct projection_health {
    bool healthy = true;
    std::vector<std::string> complaints;  ///< one line each: which projection, what, and what to do
};
[[nodiscard]] projection_health health_of(const std::vector<projection_status>& all);

}  // namespace foldline::inline v0
