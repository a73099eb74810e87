#include "rounds.hpp"

#include <algorithm>

namespace foldline_bench {

double run_round_of(const contest& both, side which) { return which == side::ours ? both.ours() : both.raw(); }

void alternation::run_round() {
    const bool ours_first = ours_.size() % 2 == 0;
    if (ours_first) ours_.push_back(run_round_of(both_, side::ours));
    raw_.push_back(run_round_of(both_, side::raw));
    if (!ours_first) ours_.push_back(run_round_of(both_, side::ours));
}

double alternation::figure_of(std::vector<double> rounds) const {
    std::sort(rounds.begin(), rounds.end());
    if (stands_for_ == stands_for::middle_round) return rounds[rounds.size() / 2];
    return unit_.which == better::higher ? rounds.back() : rounds.front();
}

double middle_us(std::vector<seconds> times) {
    const auto middle = times.begin() + static_cast<std::vector<seconds>::difference_type>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return middle->count() * 1e6;
}

}  // namespace foldline_bench
