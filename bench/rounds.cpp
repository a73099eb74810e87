#include "rounds.hpp"

#include <algorithm>

namespace foldline_bench {

void alternation::run_round() {
    const bool ours_first = ours_.size() % 2 == 0;
    if (ours_first) ours_.push_back(both_.ours());
    raw_.push_back(both_.raw());
    if (!ours_first) ours_.push_back(both_.ours());
}

double alternation::figure_of(std::vector<double> rounds) const {
    std::sort(rounds.begin(), rounds.end());
    if (stands_for_ == stands_for::middle_round) return rounds[rounds.size() / 2];
    return unit_.which == better::higher ? rounds.back() : rounds.front();
}

}  // namespace foldline_bench
