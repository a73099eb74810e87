#include <foldline/core/error.hpp>
#include <foldline/core/stream_id.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace foldline;

namespace {

std::string refusal_of(const std::string& category, const std::string& id) {
    try {
        const stream_id stream{category, id};
        return {};
    } catch (const invalid_name& refused) {
        return refused.what();
    }
}

}  // namespace

TEST_CASE("stream id: hostile names are kept byte for byte") {
    const std::vector<std::string> names = {"'; drop table log_events; --",
                                            "%",
                                            "_",
                                            "..",
                                            "a/b",
                                            "../../etc/passwd",
                                            "*",
                                            ">",
                                            "a.b.>",
                                            "-",
                                            "--",
                                            "a-b",
                                            " ",
                                            "\\",
                                            "\"",
                                            "NULL",
                                            "0",
                                            "\xE2\x80\x8F"
                                            "abc",  // a right-to-left mark
                                            "caf\xC3\xA9",
                                            "cafe\xCC\x81",
                                            "\xF0\x9F\x98\x80",
                                            "\xEF\xBB\xBF",
                                            "\xEF\xBF\xBF",
                                            "<img onerror=x>",
                                            std::string(255, 'x')};
    for (const std::string& name : names) {
        CAPTURE(name);
        const stream_id stream{"order", name};
        CHECK(stream.id() == name);
        CHECK(stream.ref().id == name);
        CHECK(stream.to_string() == "order-" + name);
        CHECK(stream_id::parse(stream.to_string()) == stream);
        CHECK(stream_id{stream.ref()} == stream);
    }
}

TEST_CASE("stream id: an id is refused that is empty, too long, no UTF-8, or holds a control character") {
    CHECK(refusal_of("order", "") == "a stream's id is empty; it needs 1 to 255 bytes");
    CHECK(refusal_of("order", std::string(256, 'x')).find("has 256 bytes") != std::string::npos);
    CHECK(refusal_of("order", std::string(10'000'000, 'x')).size() < 200);
    CHECK(refusal_of("order",
                     "a\xFF"
                     "b")
              .find("is not UTF-8") != std::string::npos);
    CHECK(refusal_of("order", "\xC0\xAF").find("is not UTF-8") != std::string::npos);
    CHECK(refusal_of("order", "\xED\xA0\x80").find("is not UTF-8") != std::string::npos);
    // 255 bytes that end inside a code point.
    CHECK(refusal_of("order", std::string(254, 'x') + "\xC3").find("is not UTF-8") != std::string::npos);
    for (int control = 0; control < 0x20; ++control)
        CHECK(refusal_of("order", "a" + std::string(1, static_cast<char>(control)) + "b").find("control") !=
              std::string::npos);
    CHECK_FALSE(refusal_of("order", "\x7F").empty());
    for (int control = 0x80; control < 0xA0; ++control)
        CHECK_FALSE(refusal_of("order", "\xC2" + std::string(1, static_cast<char>(control))).empty());
    CHECK(refusal_of("order", "\xC2\xA0").empty());  // the first that is none
}

TEST_CASE("stream id: a category is lower case, digits and underscores") {
    for (const std::string& good :
         {std::string("a"), std::string("order"), std::string("order_line2"), std::string("z_"), std::string(255, 'a')})
        CHECK(refusal_of(good, "1").empty());
    for (const std::string& bad :
         {std::string{}, std::string("Order"), std::string("1order"), std::string("_order"), std::string("or-der"),
          std::string("or der"), std::string("order\n"), std::string("order\0", 6), std::string("\xC3\xA9"),
          std::string("order'"), std::string("%"), std::string("order."), std::string(256, 'a')}) {
        CAPTURE(bad);
        CHECK(refusal_of(bad, "1").find("begins with a-z") != std::string::npos);
    }
}

TEST_CASE("stream id: what a refusal shows does not steer a terminal") {
    const std::string shown = refusal_of("order",
                                         "\x1B[2J\r\n\xC2\x9B"
                                         "31m");
    CHECK(shown.find("\\x1b[2J\\x0d\\x0a") != std::string::npos);
    for (const char c : shown) CHECK(static_cast<unsigned char>(c) >= 0x20);
    for (const char c : refusal_of("\x1B]0;x\x07", "1")) CHECK(static_cast<unsigned char>(c) >= 0x20);
}

TEST_CASE("stream id: it is parsed at the first dash") {
    const stream_id stream = stream_id::parse("order-a-b");
    CHECK(stream.category() == "order");
    CHECK(stream.id() == "a-b");
    for (const char* bad : {"", "order", "-", "-1", "order-", "Order-1", "order_1"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS((void)stream_id::parse(bad), invalid_name);
    }
}

TEST_CASE("stream id: look-alikes differ") {
    const stream_id composed{"order", "caf\xC3\xA9"};
    const stream_id decomposed{"order", "cafe\xCC\x81"};
    CHECK(composed != decomposed);
    CHECK(stream_id{"order", "a"} < stream_id{"order", "b"});
    CHECK(stream_id{"a", "b"} < stream_id{"b", "a"});
}
