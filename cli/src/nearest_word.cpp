#include "nearest_word.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace foldline::inline v0::cli {
namespace {

constexpr std::size_t most_differences = 2;

/// How many letters have to be put in, taken out or changed to get from one word to the other (Levenshtein).
std::size_t differences(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t changed = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
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

}  // namespace foldline::inline v0::cli
