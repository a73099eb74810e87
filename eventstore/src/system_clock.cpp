#include <foldline/eventstore/system_clock.hpp>

namespace foldline::inline v0 {

timestamp system_clock::now() const { return to_timestamp(std::chrono::system_clock::now()); }

std::chrono::nanoseconds system_monotonic_clock::now() const {
    return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace foldline::inline v0
