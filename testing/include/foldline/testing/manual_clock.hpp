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

}  // namespace foldline::inline v0::testing
