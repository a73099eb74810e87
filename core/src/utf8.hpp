#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace foldline::inline v0::detail {

/// Takes the first code point off `text`; empty if it does not begin with well-formed UTF-8 (RFC 3629: shortest form,
/// no surrogates, up to U+10FFFF).
std::optional<std::uint32_t> take_code_point(std::string_view& text);

/// C0, DEL and C1: what steers a terminal.
[[nodiscard]] constexpr bool is_control(std::uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point <= 0x9F);
}

[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace foldline::inline v0::detail
