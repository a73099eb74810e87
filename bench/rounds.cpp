#include "rounds.hpp"

#include <algorithm>

namespace foldline_bench {

void alternation::run_round() {
    const bool ours_first = rounds_++ % 2 == 0;
    if (ours_first) note(best_.ours, both_.ours());
    note(best_.raw, both_.raw());
    if (!ours_first) note(best_.ours, both_.ours());
}

void alternation::note(double& best, double figure) const {
    if (best == 0) best = figure;
    else best = unit_.which == better::higher ? std::max(best, figure) : std::min(best, figure);
}

}  // namespace foldline_bench
