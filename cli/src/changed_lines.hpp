#pragma once

#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// A line of a text that another one lacks.
struct changed_line {
    char sign;  ///< '-': only in the text before; '+': only in the one after
    std::string text;
};

/// What makes one text of the other, with as many lines as possible left as they are. For texts of some thousand lines.
[[nodiscard]] std::vector<changed_line> changed_lines(const std::string& before, const std::string& after);

}  // namespace foldline::inline v0::cli
