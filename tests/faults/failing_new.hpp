#pragma once

#include <cstdint>

namespace foldline_tests {

/// Allocations of this thread by `operator new` until one fails; below 0: none does. out_of_memory_test.cpp replaces
/// the operator for the whole program of tests and counts here.
inline constinit thread_local std::int64_t until_failure = -1;

/// Makes one allocation of this thread fail for as long as it lives: the `nth`, counted from 0.
///
/// confined.
class failing_allocation {
public:
    explicit failing_allocation(std::int64_t nth) { until_failure = nth; }
    failing_allocation(const failing_allocation&) = delete;
    failing_allocation& operator=(const failing_allocation&) = delete;
    ~failing_allocation() { until_failure = -1; }

    /// Whether it has come to that.
    [[nodiscard]] bool failed() const { return until_failure < 0; }
};

}  // namespace foldline_tests
