#include <foldline/testing/manual_clock.hpp>

#include <foldline/core/assert.hpp>

namespace foldline::inline v0::testing {

timestamp manual_clock::advance(std::chrono::microseconds by) {
    timestamp before = time_.load();
    while (!time_.compare_exchange_weak(before, before + by)) {}
    return before + by;
}

std::chrono::nanoseconds manual_monotonic_clock::advance(std::chrono::nanoseconds by) {
    FOLDLINE_ASSERT(by >= std::chrono::nanoseconds{}, "a monotonic clock never goes back");
    std::chrono::nanoseconds before = time_.load();
    while (!time_.compare_exchange_weak(before, before + by)) {}
    return before + by;
}

}  // namespace foldline::inline v0::testing
