#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// The word that somebody may have meant by `typed`: the one that is nearest, if it differs by two letters at most and
/// not by half of them. Empty if there is none.
[[nodiscard]] std::string nearest_word(std::string_view typed, const std::vector<std::string>& words);

}  // namespace foldline::inline v0
