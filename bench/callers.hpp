#pragma once

#include "rounds.hpp"

#include <deque>
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

template <class Caller>
[[nodiscard]] callers_round run_callers(std::deque<Caller>& callers, void (Caller::*append)(), seconds round) {
    std::vector<std::function<void()>> once;
    for (Caller& caller : callers) once.emplace_back([&caller, append] { (caller.*append)(); });
    return run_callers(once, round);
}

}  // namespace foldline_bench
