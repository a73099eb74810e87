#include <foldline/cli/printable.hpp>

#include <foldline/cli/utf8.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>

namespace foldline::inline v0::cli {
namespace {

std::uint32_t code_point(std::string_view character) {
    const auto byte = [&](std::size_t index) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(character[index]));
    };
    if (character.size() == 1) return byte(0);
    std::uint32_t value = byte(0) & (0x7FU >> character.size());
    for (std::size_t index = 1; index < character.size(); ++index) value = value << 6U | (byte(index) & 0x3FU);
    return value;
}

bool is_control(std::uint32_t point) { return point < 0x20 || (point >= 0x7F && point < 0xA0); }

/// Marks that turn the direction of reading, and ends of lines that are none in ASCII.
bool is_invisible(std::uint32_t point) {
    return (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2060 && point <= 0x206F) || point == 0x061C || point == 0xFEFF ||
           (point >= 0xE0000 && point <= 0xE0FFF);
}

}  // namespace

std::string printable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = utf8_character(text);
        if (length == 0) {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
        } else if (const auto point = code_point(text.substr(0, length)); is_control(point)) {
            result += fmt::format("\\x{:02x}", point);
        } else if (is_invisible(point)) {
            result += fmt::format("\\u{:04x}", point);
        } else {
            result.append(text, 0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

std::string shortened(std::string_view text, std::size_t longest) {
    return text.size() <= longest ? std::string(text) : std::string(text.substr(0, longest)) + "...";
}

std::size_t width_of(std::string_view text) {
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

}  // namespace foldline::inline v0::cli
