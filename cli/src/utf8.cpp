#include <foldline/cli/utf8.hpp>

#include <utility>

namespace foldline::inline v0::cli {
namespace {

unsigned char byte_at(std::string_view text, std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0;
}

bool continues(std::string_view text, std::size_t index) { return (byte_at(text, index) & 0xC0U) == 0x80U; }

/// What the second byte must at least and at most be, so that nothing is written longer than it needs to be, is a
/// surrogate, or lies beyond U+10FFFF.
bool second_byte_fits(unsigned char first, unsigned char second) {
    switch (first) {
        case 0xE0: return second >= 0xA0;
        case 0xED: return second <= 0x9F;
        case 0xF0: return second >= 0x90;
        case 0xF4: return second <= 0x8F;
        default: return true;
    }
}

}  // namespace

std::size_t utf8_character(std::string_view text) {
    const unsigned char first = byte_at(text, 0);
    if (text.empty()) return 0;
    if (first < 0x80) return 1;
    if (!continues(text, 1) || !second_byte_fits(first, byte_at(text, 1))) return 0;
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (!continues(text, 2)) return 0;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    if (!continues(text, 3)) return 0;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

namespace {

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_character(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string from_latin1(std::string_view text) {
    std::string converted;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            converted += c;
        } else {
            converted += static_cast<char>(0xC0U | (byte >> 6U));
            converted += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return converted;
}

}  // namespace

std::string to_utf8(std::string text) { return is_utf8(text) ? std::move(text) : from_latin1(text); }

}  // namespace foldline::inline v0::cli
