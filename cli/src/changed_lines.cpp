#include "changed_lines.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace foldline::inline v0::cli {
namespace {

std::vector<std::string> lines_in(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

}  // namespace

std::vector<changed_line> changed_lines(const std::string& before, const std::string& after) {
    const auto old_lines = lines_in(before);
    const auto new_lines = lines_in(after);
    // kept[i][j]: how many lines may stay of those from the i-th old and the j-th new one on.
    std::vector<std::vector<std::uint32_t>> kept(old_lines.size() + 1,
                                                 std::vector<std::uint32_t>(new_lines.size() + 1));
    for (std::size_t i = old_lines.size(); i-- > 0;)
        for (std::size_t j = new_lines.size(); j-- > 0;)
            kept[i][j] =
                old_lines[i] == new_lines[j] ? kept[i + 1][j + 1] + 1 : std::max(kept[i + 1][j], kept[i][j + 1]);
    std::vector<changed_line> changed;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < old_lines.size() || j < new_lines.size()) {
        const bool has_both = i < old_lines.size() && j < new_lines.size();
        if (has_both && old_lines[i] == new_lines[j]) {
            ++i;
            ++j;
        } else if (j == new_lines.size() || (has_both && kept[i + 1][j] >= kept[i][j + 1])) {
            changed.push_back({'-', old_lines[i++]});
        } else {
            changed.push_back({'+', new_lines[j++]});
        }
    }
    return changed;
}

}  // namespace foldline::inline v0::cli
