#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
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

constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
constexpr std::uint64_t eight_spaces = 0x2020202020202020ULL;

/// Whether `is_marked`, asked of eight bytes of the text at a time, sets no high bit of any. Words may overlap, and are
/// filled up with spaces where the text has fewer than four bytes.
template <class IsMarked>
[[nodiscard]] bool no_word_is_marked(std::string_view text, IsMarked is_marked) {
    const char* at = text.data();
    std::uint64_t word = 0;
    std::uint64_t marks = 0;
    std::size_t rest = text.size();
    for (; rest > 8; at += 8, rest -= 8) {
        std::memcpy(&word, at, 8);
        marks |= is_marked(word);
    }
    if (text.size() >= 8) {
        std::memcpy(&word, at + rest - 8, 8);
    } else if (rest >= 4) {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        std::memcpy(&first, at, 4);
        std::memcpy(&last, at + rest - 4, 4);
        word = (std::uint64_t{last} << 32U) | first;
    } else if (rest > 0) {
        const auto byte = [at](std::size_t i) { return std::uint64_t{static_cast<std::uint8_t>(at[i])}; };
        word = (eight_spaces << 24U) | (byte(0) << 16U) | (byte(rest / 2) << 8U) | byte(rest - 1);
    } else {
        word = eight_spaces;
    }
    return ((marks | is_marked(word)) & high_bits) == 0;
}

[[nodiscard]] inline bool is_ascii(std::string_view text) {
    return no_word_is_marked(text, [](std::uint64_t word) { return word; });
}

/// Whether the text is ASCII from the space to the tilde, as most names are.
[[nodiscard]] inline bool is_printable_ascii(std::string_view text) {
    // Of bytes without a high bit, those below the space borrow, and DEL carries; nothing else does, so that no byte
    // can hide what another one is.
    return no_word_is_marked(
        text, [](std::uint64_t word) { return word | (word - eight_spaces) | (word + 0x0101010101010101ULL); });
}

/// Whether the text is UTF-8 when it is not all ASCII, or is.
[[nodiscard]] bool is_utf8_beyond_ascii(std::string_view text);

[[nodiscard]] inline bool is_utf8(std::string_view text) { return is_ascii(text) || is_utf8_beyond_ascii(text); }

/// Whether the text is UTF-8 without control characters.
[[nodiscard]] bool is_plain_text(std::string_view text);

}  // namespace foldline::inline v0::detail
