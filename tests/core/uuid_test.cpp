#include <foldline/core/uuid.hpp>

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <unordered_set>

using namespace foldline;

TEST_CASE("uuid: what is printed is read back") {
    uuid id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(0x11 * i + 1);
    CHECK(id.to_string() == "01122334-4556-6778-899a-abbccddeef00");
    CHECK(uuid::parse(id.to_string()) == id);
    CHECK(uuid{}.to_string() == "00000000-0000-0000-0000-000000000000");
    CHECK(uuid::parse(uuid{}.to_string()) == uuid{});
}

TEST_CASE("uuid: upper case is read, lower case is printed") {
    const auto id = uuid::parse("01ABCDEF-4556-6778-899A-ABBCCDDEEF00");
    REQUIRE(id);
    CHECK(id->to_string() == "01abcdef-4556-6778-899a-abbccddeef00");
}

TEST_CASE("uuid: nothing but its 36 characters is read") {
    const std::string good = "01122334-4556-6778-899a-abbccddeef00";
    REQUIRE(uuid::parse(good));
    for (const std::string& bad :
         {std::string{}, good.substr(1), good + "0", " " + good.substr(1), "{" + good + "}", "urn:uuid:" + good,
          std::string("0112233445566778899aabbccddeef00"), std::string("01122334-45566778-899a-abbccddeef000"),
          std::string("01122334_4556_6778_899a_abbccddeef00"), std::string(36, '-'), std::string(36, '\0')}) {
        CAPTURE(bad);
        CHECK_FALSE(uuid::parse(bad));
    }
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = 'g';
        CAPTURE(bad);
        CHECK_FALSE(uuid::parse(bad));
    }
}

// Stored ids depend on these values: a change of one of them forgets every command that was ever handled.
TEST_CASE("uuid: a name's UUID is the same for ever") {
    CHECK(uuid::from_name("").to_string() == "99aa06d3-0147-88d8-a001-c324468d497f");
    CHECK(uuid::from_name("a").to_string() == "a96faf70-5af1-8834-a6c6-32b61e964e1f");
    CHECK(uuid::from_name("shop/invoice/536365").to_string() == "9236a483-8ce8-8cbc-b37b-74ae80c4ca75");
    CHECK(uuid::from_name(std::string(1'000, 'x')).to_string() == "50a1af5a-5f2d-8f01-80a4-877b962cba82");
}

TEST_CASE("uuid: a child's UUID is the same for ever") {
    const uuid parent = uuid::from_name("shop/invoice/536365");
    CHECK(parent.child(0).to_string() == "9be79b84-d28a-8b33-80f3-01cc837d262d");
    CHECK(parent.child(1).to_string() == "7a5ee273-fb38-8077-955a-19885b04f372");
    CHECK(parent.child(~std::uint64_t{0}).to_string() == "ab71f17f-14a9-8c03-bff1-2de0245ebac6");
    CHECK(event_id_of(command_id{parent}, 1) == event_id{parent.child(1)});
}

TEST_CASE("uuid: made ones bear version 8 and the variant of RFC 9562") {
    for (int i = 0; i < 1'000; ++i) {
        const uuid made = uuid::from_name(std::to_string(i));
        REQUIRE((made.bytes[6] >> 4) == 8);
        REQUIRE((made.bytes[8] >> 6) == 2);
        REQUIRE((made.child(7).bytes[6] >> 4) == 8);
    }
}

TEST_CASE("uuid: names, children and parents never meet") {
    std::set<uuid> made;
    for (int name = 0; name < 100; ++name) {
        const uuid parent = uuid::from_name(std::to_string(name));
        CHECK(made.insert(parent).second);
        for (std::uint64_t i = 0; i < 100; ++i) REQUIRE(made.insert(parent.child(i)).second);
    }
    CHECK(made.size() == 100 * 101);
}

TEST_CASE("uuid: order and equality go by bytes, and a hash takes it") {
    const uuid low = *uuid::parse("00000000-0000-0000-0000-000000000001");
    const uuid high = *uuid::parse("80000000-0000-0000-0000-000000000000");
    CHECK(low < high);
    CHECK(low != high);
    const std::unordered_set<event_id> ids{{low}, {high}, {low}};
    CHECK(ids.size() == 2);
}
