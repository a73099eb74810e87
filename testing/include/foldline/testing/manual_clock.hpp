#pragma once

#include <foldline/core/clock.hpp>

#include <atomic>

namespace foldline::inline v0::testing {

/// A clock that stands still until a test moves it.
///
/// Threads: shared.
class manual_clock final : public clock {
public:
    /// Stands at noon of 1 December 2010 if nothing else is asked for.
    explicit manual_clock(timestamp start = std::chrono::sys_days{std::chrono::year{2010} / 12 / 1} +
                                            std::chrono::hours{12})
        : time_(start) {}

    [[nodiscard]] timestamp now() const override { return time_.load(); }
    /// To any time, an earlier one too.
    void set(timestamp time) { time_.store(time); }
    /// Forward, or back by a negative duration; returns the new time.
    timestamp advance(std::chrono::microseconds by);

private:
    std::atomic<timestamp> time_;
};

/// A monotonic clock that stands still until a test moves it.
///
/// Threads: shared.
class manual_monotonic_clock final : public monotonic_clock {
public:
    [[nodiscard]] std::chrono::nanoseconds now() const override { return time_.load(); }
    /// Forward; returns the new time. A negative duration stops the program: such a clock never goes back.
    std::chrono::nanoseconds advance(std::chrono::nanoseconds by);

private:
    std::atomic<std::chrono::nanoseconds> time_{std::chrono::nanoseconds{}};
};

}  // namespace foldline::inline v0::testing
