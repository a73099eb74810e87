#include <foldline/testing/manual_clock.hpp>

namespace foldline::inline v0::testing {

timestamp manual_clock::advance(std::chrono::microseconds by) {
    timestamp before = time_.load();
    while (!time_.compare_exchange_weak(before, before + by)) {}
    return before + by;
}

}  // namespace foldline::inline v0::testing
