#include <foldline/core/nearest_word.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace foldline::inline v0 {
namespace {

constexpr std::size_t most_differences = 2;

/// How many letters have to be put in, taken out, changed or swapped with the next one to get from one word to the other
/// (Levenshtein, and Damerau).
std::size_t differences(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last(to.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::vector<std::size_t> row(to.size() + 1, i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t changed = last[j] + (from[i] == to[j] ? 0 : 1);
            row[j + 1] = std::min({changed, last[j + 1] + 1, row[j] + 1});
            const bool is_swapped = i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j];
            if (is_swapped) row[j + 1] = std::min(row[j + 1], before_last[j - 1] + 1);
        }
        before_last = std::exchange(last, std::move(row));
    }
    return last.back();
}

}  // namespace

std::string nearest_word(std::string_view typed, const std::vector<std::string>& words) {
    std::string nearest;
    std::size_t fewest = most_differences + 1;
    for (const std::string& word : words) {
        if (typed.size() > word.size() + most_differences) continue;  // also keeps long arguments from costing anything
        const std::size_t count = differences(typed, word);
        if (count >= fewest || count * 2 >= word.size()) continue;
        fewest = count;
        nearest = word;
    }
    return nearest;
}

}  // namespace foldline::inline v0
