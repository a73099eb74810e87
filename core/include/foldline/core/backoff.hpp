#pragma once

#include <chrono>
#include <cstdint>

namespace foldline::inline v0 {

/// How long to wait before trying again what failed.
///
/// value.
struct backoff {
    std::chrono::milliseconds first{100};
    double factor = 2.0;
    std::chrono::milliseconds longest{30'000};
    double jitter =
        0.2;  ///< 0 to 1: each delay is shortened by up to this part of it, so that many do not come at once

    /// The delay after the `failures`-th failure in a row, from 1. `random`: any number, evenly spread.
    [[nodiscard]] std::chrono::milliseconds delay_after(std::uint32_t failures, std::uint64_t random) const;
};

}  // namespace foldline::inline v0
