#include "../../core/src/utf8.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using foldline::detail::is_ascii;
using foldline::detail::is_control;
using foldline::detail::is_plain_text;
using foldline::detail::is_printable_ascii;
using foldline::detail::is_utf8;
using foldline::detail::take_code_point;

namespace {

/// Encodes any number as UTF-8 would, in `length` bytes, also where that is not allowed.
std::string encoded(std::uint32_t point, int length) {
    std::string bytes(static_cast<std::size_t>(length), '\0');
    for (std::size_t i = bytes.size() - 1; i > 0; --i, point >>= 6U)
        bytes[i] = static_cast<char>(0x80U | (point & 0x3FU));
    constexpr std::uint32_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0, 0xF8, 0xFC};
    bytes[0] = static_cast<char>(lead[length] | point);
    return bytes;
}

int shortest(std::uint32_t point) { return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4; }

/// Wherever it stands among good text, it makes the whole bad.
void check_malformed(const std::string& bad) {
    for (const std::string& before : {std::string{}, std::string("a"), std::string("1234567"), std::string("12345678"),
                                      std::string("caf\xC3\xA9"), std::string(31, 'x')})
        for (const std::string& after : {std::string{}, std::string("z"), std::string(16, 'z')}) {
            INFO("lead byte ", static_cast<int>(static_cast<unsigned char>(bad[0])), " length ", bad.size(), " after ",
                 before.size(), " bytes and before ", after.size());
            CHECK_FALSE(is_utf8(before + bad + after));
        }
    std::string_view rest = bad;
    CHECK_FALSE(take_code_point(rest));
}

}  // namespace

TEST_CASE("utf8: every code point is taken in its shortest form") {
    for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
        if (point >= 0xD800 && point <= 0xDFFF) continue;
        const std::string bytes = encoded(point, shortest(point));
        std::string_view rest = bytes;
        REQUIRE(take_code_point(rest) == point);
        REQUIRE(rest.empty());
    }
}

TEST_CASE("utf8: longer forms than needed are refused") {
    for (const std::uint32_t point : {0U, 0x2FU, 0x7FU})
        for (int length : {2, 3, 4}) check_malformed(encoded(point, length));
    for (const std::uint32_t point : {0x80U, 0x7FFU})
        for (int length : {3, 4}) check_malformed(encoded(point, length));
    for (const std::uint32_t point : {0x800U, 0xFFFFU}) check_malformed(encoded(point, 4));
}

TEST_CASE("utf8: surrogates are refused") {
    for (std::uint32_t point = 0xD800; point <= 0xDFFF; ++point) REQUIRE_FALSE(is_utf8(encoded(point, 3)));
    check_malformed("\xED\xA0\x80");
    check_malformed("\xED\xA0\xBD\xED\xB8\x80");  // the pair for U+1F600
}

TEST_CASE("utf8: what lies beyond U+10FFFF is refused") {
    check_malformed(encoded(0x110000, 4));
    check_malformed(encoded(0x1FFFFF, 4));
    check_malformed(encoded(0x200000, 5));
    check_malformed(encoded(0x4000000, 6));
}

TEST_CASE("utf8: bytes that no text holds are refused") {
    for (int byte = 0x80; byte <= 0xC1; ++byte) check_malformed(std::string(1, static_cast<char>(byte)));
    for (int byte = 0xF5; byte <= 0xFF; ++byte) {
        check_malformed(std::string(1, static_cast<char>(byte)));
        check_malformed(static_cast<char>(byte) + std::string("\x80\x80\x80"));
    }
}

TEST_CASE("utf8: a sequence that is cut short is refused") {
    for (const std::string& whole :
         {std::string("\xC3\xA9"), std::string("\xE2\x82\xAC"), std::string("\xF0\x9F\x98\x80")})
        for (std::size_t kept = 1; kept < whole.size(); ++kept) check_malformed(whole.substr(0, kept));
}

TEST_CASE("utf8: a continuation byte that is none is refused, in every place") {
    for (const std::string& whole :
         {std::string("\xC3\xA9"), std::string("\xE2\x82\xAC"), std::string("\xF0\x9F\x98\x80")})
        for (std::size_t place = 1; place < whole.size(); ++place)
            for (char wrong : {'a', '\0', '\x7F', '\xC0', '\xFF'}) {
                std::string bad = whole;
                bad[place] = wrong;
                check_malformed(bad);
            }
}

TEST_CASE("utf8: good text is good whatever its length and place") {
    CHECK(is_utf8(""));
    CHECK(is_utf8(std::string(1, '\0')));
    for (std::size_t length = 0; length < 40; ++length) {
        CHECK(is_utf8(std::string(length, 'a')));
        CHECK(is_utf8(std::string(length, 'a') + "\xC3\xA9"));
        CHECK(is_utf8(std::string(length, 'a') + "\xF4\x8F\xBF\xBF" + std::string(length, 'b')));
    }
    std::string_view nothing;
    CHECK_FALSE(take_code_point(nothing));
}

TEST_CASE("utf8: every byte is judged the same at every place of a text of every length") {
    for (const char filler : {'a', ' ', '~'})
        for (std::size_t length = 1; length < 26; ++length)
            for (std::size_t place = 0; place < length; ++place)
                for (int byte = 0; byte < 256; ++byte) {
                    std::string text(length, filler);
                    text[place] = static_cast<char>(byte);
                    INFO("byte ", byte, " at ", place, " of ", length);
                    REQUIRE(is_ascii(text) == (byte < 0x80));
                    REQUIRE(is_utf8(text) == (byte < 0x80));
                    REQUIRE(is_printable_ascii(text) == (byte >= 0x20 && byte < 0x7F));
                    REQUIRE(is_plain_text(text) == (byte >= 0x20 && byte < 0x7F));
                }
    CHECK(is_ascii(""));
    CHECK(is_printable_ascii(""));
    CHECK(is_plain_text(""));
}

TEST_CASE("utf8: two bytes beside each other do not hide what they are") {
    for (int first = 0; first < 256; ++first)
        for (int second = 0; second < 256; ++second)
            for (const std::size_t before : {0U, 5U, 6U, 7U}) {
                std::string text(before, 'a');
                text += static_cast<char>(first);
                text += static_cast<char>(second);
                const auto printable = [](int byte) { return byte >= 0x20 && byte < 0x7F; };
                INFO("bytes ", first, " and ", second, " after ", before);
                REQUIRE(is_printable_ascii(text) == (printable(first) && printable(second)));
                REQUIRE(is_ascii(text) == (first < 0x80 && second < 0x80));
            }
}

TEST_CASE("utf8: plain text is UTF-8 without control characters") {
    for (std::uint32_t point = 0; point <= 0x10FFFF; point += point < 0x900 ? 1 : 97) {
        if (point >= 0xD800 && point <= 0xDFFF) continue;
        for (const char* around : {"", "caf\xC3\xA9 "}) {
            INFO("code point ", point);
            REQUIRE(is_plain_text(around + encoded(point, shortest(point)) + around) == !is_control(point));
        }
    }
    CHECK_FALSE(is_plain_text("caf\xC3"));
}
