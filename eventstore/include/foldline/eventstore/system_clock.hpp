#pragma once

#include <foldline/core/clock.hpp>

namespace foldline::inline v0 {

/// The time of this machine. It may jump, also backwards, whenever somebody sets it.
///
/// Threads: shared.
class system_clock final : public clock {
public:
    [[nodiscard]] timestamp now() const override;
};

/// The time that has passed on this machine, whoever sets its clock.
///
/// Threads: shared.
class system_monotonic_clock final : public monotonic_clock {
public:
    [[nodiscard]] std::chrono::nanoseconds now() const override;
};

}  // namespace foldline::inline v0
