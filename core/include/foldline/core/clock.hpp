#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// Microseconds since 1970 in UTC: the unit of every stored time.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Any system time, floored to the unit that is stored: a finer one would ask for an instant between two events.
template <class Duration>
[[nodiscard]] constexpr timestamp to_timestamp(std::chrono::sys_time<Duration> time) {
    return std::chrono::floor<std::chrono::microseconds>(time);
}

/// Tells the time to whoever needs it; core asks no clock of its own.
///
/// Threads: shared.
class clock {
public:
    virtual ~clock() = default;
    [[nodiscard]] virtual timestamp now() const = 0;
};

/// Tells how much time has passed: never goes back, and knows no date. Leases, delays and rates go by it.
///
/// Threads: shared.
class monotonic_clock {
public:
    virtual ~monotonic_clock() = default;
    /// Since some moment that does not change while the program runs.
    [[nodiscard]] virtual std::chrono::nanoseconds now() const = 0;
};

/// `2010-12-01T08:26:00Z`, with as many decimals as the microseconds need.
[[nodiscard]] std::string to_string(timestamp time);

/// Reads a date (`2010-12-01`, its first instant), or a date and a time (`2010-12-01T08:26`, `… 08:26:00.25`), in UTC;
/// a `Z` may follow. Empty for anything else.
[[nodiscard]] std::optional<timestamp> parse_timestamp(std::string_view text);

}  // namespace foldline::inline v0
