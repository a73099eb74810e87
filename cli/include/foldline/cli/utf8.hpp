#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

/// The length of the well-formed UTF-8 character that `text` begins with; 0 if it begins with none.
[[nodiscard]] std::size_t utf8_character(std::string_view text);

/// `text` itself if it is UTF-8; otherwise it is taken as Latin-1 and converted.
[[nodiscard]] std::string to_utf8(std::string text);

}  // namespace foldline::inline v0::cli
