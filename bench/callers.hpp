#pragma once

#include "rounds.hpp"

#include <functional>
#include <vector>

namespace foldline_bench {

/// What a round of many callers came to.
///
/// value.
struct callers_round {
    double events_a_second;
    double p99_us;  ///< of the time that one append took
};

/// Gives each caller a thread, on which it appends one event after another until the round is over.
[[nodiscard]] callers_round run_callers(const std::vector<std::function<void()>>& append, seconds round);

}  // namespace foldline_bench
