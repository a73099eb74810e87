#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

/// `text` for a terminal: what would move the cursor, change colours or turn the direction of reading is written as an
/// escape, and so is what is not UTF-8. Events hold whatever somebody once typed.
[[nodiscard]] std::string printable(std::string_view text);

/// `text` itself, or its first `longest` bytes and `...`: for arguments that are repeated in a message.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t longest = 200);

/// The columns that printable text takes, at one a character.
[[nodiscard]] std::size_t width_of(std::string_view text);

}  // namespace foldline::inline v0::cli
