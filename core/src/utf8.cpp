#include "utf8.hpp"

#include <cstring>

namespace foldline::inline v0::detail {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

}  // namespace

std::optional<std::uint32_t> take_code_point(std::string_view& text) {
    if (text.empty()) return std::nullopt;
    const std::uint8_t lead = byte_at(text, 0);
    if (lead < 0x80) {
        text.remove_prefix(1);
        return lead;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return std::nullopt;

    std::uint32_t point = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const std::uint8_t next = byte_at(text, i);
        if ((next & 0xC0U) != 0x80U) return std::nullopt;
        point = (point << 6U) | (next & 0x3FU);
    }
    constexpr std::uint32_t smallest_of_length[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < smallest_of_length[length] || point > 0x10FFFF || surrogate) return std::nullopt;
    text.remove_prefix(length);
    return point;
}

bool is_utf8_beyond_ascii(std::string_view text) {
    while (!text.empty()) {
        // Also in such text most bytes are ASCII, so eight at a time are looked at for a high bit first.
        while (text.size() >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data(), sizeof word);
            if ((word & high_bits) != 0) break;
            text.remove_prefix(8);
        }
        if (!text.empty() && !take_code_point(text)) return false;
    }
    return true;
}

bool is_plain_text(std::string_view text) {
    if (is_printable_ascii(text)) return true;
    while (!text.empty())
        if (const auto point = take_code_point(text); !point || is_control(*point)) return false;
    return true;
}

}  // namespace foldline::inline v0::detail
