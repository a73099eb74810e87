#pragma once

#include <chrono>
#include <cstdint>

namespace foldline::inline v0 {

/// Keeps callers away from something that is broken: after some failures in a row it is open, and nothing is let
/// through; after a while it is half open and lets one call through, whose result closes it or opens it again. After
/// M. Nygard, "Release It!".
///
/// value. Times are of the caller's monotonic clock.
class circuit_breaker {
public:
    enum class state { closed, open, half_open };
    struct limits {
        std::uint32_t failures = 5;              ///< in a row, that open it
        std::chrono::milliseconds rest{10'000};  ///< how long it stays open
    };

    circuit_breaker() : circuit_breaker(limits{}) {}
    explicit circuit_breaker(limits chosen) : limits_(chosen) {}

    /// Whether a call may be made now; one that may is followed by `succeeded` or `failed`.
    [[nodiscard]] bool lets_through(std::chrono::nanoseconds now);
    void succeeded();
    void failed(std::chrono::nanoseconds now);

    [[nodiscard]] state current(std::chrono::nanoseconds now) const;
    /// When it lets a call through again, if it does not now.
    [[nodiscard]] std::chrono::nanoseconds opens_until() const { return until_; }

private:
    limits limits_;
    std::uint32_t failures_ = 0;
    bool open_ = false;
    bool trying_ = false;
    std::chrono::nanoseconds until_{};
};

}  // namespace foldline::inline v0
