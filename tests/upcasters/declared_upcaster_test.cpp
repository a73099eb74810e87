#include "schema_messages.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace foldline;
using namespace foldline_tests;

namespace {

declared_upcaster second() { return declared_upcaster{{"order-placed", 1}, {"order-placed", 2}}; }

/// What becomes of the old order, in Protobuf's text format on one line. Checked first, as a program does.
std::string upcast(const declared_upcaster& step, const order_class& old, const order_class& made,
                   const std::string& text) {
    step.check(old.descriptor(), made.descriptor());
    const message_ptr result = made.make();
    step.apply(*old.make(text), *result);
    return result->ShortDebugString();
}

/// Why the check refuses; empty if it does not.
std::string problems(const declared_upcaster& step, const order_class& old, const order_class& made) {
    try {
        step.check(old.descriptor(), made.descriptor());
        return {};
    } catch (const definition_error& refused) {
        return refused.what();
    }
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("declared upcaster: what no rule speaks of is carried over by name, whatever its number") {
    const order_class old{R"(message Order { int32 a = 1; string b = 2; repeated int64 c = 3; map<string, int32> d = 4;
        Inner e = 5; repeated Inner f = 6; State g = 7; bytes h = 8; double i = 9; optional int32 j = 10; }
        message Inner { string name = 1; Inner next = 2; } enum State { NONE = 0; PAID = 3; })"};
    const order_class made{
        R"(message Order { int32 a = 11; string b = 12; repeated int64 c = 13; map<string, int32> d = 14;
        Inner e = 15; repeated Inner f = 16; State g = 17; bytes h = 18; double i = 19; optional int32 j = 20; }
        message Inner { string name = 7; Inner next = 8; } enum State { NONE = 0; PAID = 3; })"};
    const std::string text =
        "a: 1 b: \"two\" c: 3 c: 4 d { key: \"k\" value: 5 } "
        "e { name: \"x\" next { name: \"y\" } } f { name: \"z\" } f { } g: PAID h: \"\\377\" i: 0.5 j: 0";
    CHECK(upcast(second(), old, made, text) == made.make(text)->ShortDebugString());
}

TEST_CASE("declared upcaster: a value moves to another name, and is multiplied on its way") {
    const order_class old{"message Order { int64 total_pence = 1; string who = 2; }"};
    const order_class made{
        "message Order { int64 total_e4 = 1; Customer customer = 2; } message Customer { string name = 1; }"};
    const auto step = second().move("total_pence", "total_e4", multiplied_by{100}).move("who", "customer.name");
    CHECK(upcast(step, old, made, "total_pence: -1250 who: \"Ada\"") == "total_e4: -125000 customer { name: \"Ada\" }");
    CHECK(upcast(step, old, made, "") == "");
}

TEST_CASE("declared upcaster: a message, a list and a map move as a whole") {
    const order_class old{R"(message Order { Line first = 1; repeated Line lines = 2; map<string, Line> by_name = 3; }
        message Line { int32 n = 1; })"};
    const order_class made{R"(message Order { Item head = 1; repeated Item items = 2; map<string, Item> named = 3; }
        message Item { int64 n = 9; })"};
    const auto step = second().move("first", "head").move("lines", "items").move("by_name", "named");
    CHECK(upcast(step, old, made, "first { n: 1 } lines { n: 2 } lines {} by_name { key: \"k\" value { n: 4 } }") ==
          "head { n: 1 } items { n: 2 } items { } named { key: \"k\" value { n: 4 } }");
}

TEST_CASE("declared upcaster: rules hold in each message of a list and of a map") {
    const order_class old{R"(message Order { repeated Line lines = 1; map<string, Line> by_name = 2; }
        message Line { int32 pence = 1; string scrap = 2; })"};
    const order_class made{R"(message Order { repeated Line lines = 1; map<string, Line> by_name = 2; }
        message Line { int64 e4 = 1; string currency = 2; })"};
    auto step = second();
    for (const std::string in : {"lines.", "by_name.value."})
        step.move(in + "pence", in + "e4", multiplied_by{100}).fill(in + "currency", "GBP").leave_out(in + "scrap");
    CHECK(
        upcast(step, old, made, "lines { pence: 1 scrap: \"x\" } lines {} by_name { key: \"k\" value { pence: 2 } }") ==
        "lines { e4: 100 currency: \"GBP\" } lines { currency: \"GBP\" } "
        "by_name { key: \"k\" value { e4: 200 currency: \"GBP\" } }");
}

TEST_CASE("declared upcaster: a list may get another name while the fields inside get theirs") {
    const order_class old{"message Order { repeated Line lines = 1; } message Line { int32 n = 1; string sku = 2; }"};
    const order_class made{
        "message Order { repeated Item items = 1; } message Item { int32 count = 1; string sku = 2; }"};
    const auto step = second().move("lines", "items").move("lines.n", "items.count");
    CHECK(upcast(step, old, made, "lines { n: 3 sku: \"a\" } lines { n: 4 }") ==
          "items { count: 3 sku: \"a\" } items { count: 4 }");
}

TEST_CASE("declared upcaster: two values may change places, and one may go to several") {
    const order_class old{"message Order { int32 a = 1; int32 b = 2; }"};
    const order_class made{"message Order { int32 a = 1; int32 b = 2; int32 c = 3; }"};
    CHECK(upcast(second().move("a", "b").move("b", "a").move("a", "c"), old, made, "a: 1 b: 2") == "a: 2 b: 1 c: 1");
}

TEST_CASE("declared upcaster: a moved value comes out of a message that stays, and into one") {
    const order_class old{"message Order { In in = 1; In other = 2; } message In { int32 a = 1; int32 b = 2; }"};
    const order_class made{
        "message Order { In in = 1; Out other = 2; } message In { int32 b = 1; } message Out { int32 a = 1; int32 b = "
        "2; int32 c = 3; }"};
    CHECK(upcast(second().move("in.a", "other.c"), old, made, "in { a: 1 b: 2 } other { a: 3 b: 4 }") ==
          "in { b: 2 } other { a: 3 b: 4 c: 1 }");
    CHECK(upcast(second().move("in.a", "other.c"), old, made, "other { a: 3 }") == "other { a: 3 }");
}

TEST_CASE("declared upcaster: fill gives a value only where there would be none") {
    const order_class old{
        "message Order { string currency = 1; optional int32 n = 2; Where at = 3; } message Where { string city = 1; "
        "}"};
    const order_class made{R"(message Order { string currency = 1; optional int32 n = 2; Where at = 3; bool b = 4;
        State s = 5; double d = 6; uint64 u = 7; bytes raw = 8; float f = 9; }
        message Where { string city = 1; string country = 2; } enum State { NEW = 0; PAID = 1; })"};
    auto step = second();
    step.fill("currency", "GBP").fill("n", "7").fill("at.country", "UK").fill("b", "true").fill("s", "PAID");
    step.fill("d", "-0.5").fill("u", "18446744073709551615").fill("raw", "r").fill("f", "1e3");
    const std::string rest = " b: true s: PAID d: -0.5 u: 18446744073709551615 raw: \"r\" f: 1000";
    CHECK(upcast(step, old, made, "") == "currency: \"GBP\" n: 7 at { country: \"UK\" }" + rest);
    CHECK(upcast(step, old, made, "currency: \"EUR\" n: 0 at { city: \"Bonn\" }") ==
          "currency: \"EUR\" n: 0 at { city: \"Bonn\" country: \"UK\" }" + rest);
}

TEST_CASE("declared upcaster: of a oneof nothing is filled while another member is set") {
    const order_class old{"message Order { oneof pay { string card = 1; int32 cash = 2; } }"};
    const order_class made{
        "message Order { oneof pay { string card = 1; int32 cash = 2; In in = 3; } } message In { int32 n = 1; }"};
    const auto step = second().fill("card", "none").fill("in.n", "1");
    CHECK(upcast(step, old, made, "cash: 5") == "cash: 5");
    CHECK(upcast(step, old, made, "") == "card: \"none\"");
}

TEST_CASE("declared upcaster: two old values for one oneof are refused, and none of them is lost") {
    const order_class old{"message Order { string card = 1; int32 cash = 2; }"};
    const order_class made{"message Order { oneof pay { string card = 1; int32 cash = 2; } }"};
    CHECK(upcast(second(), old, made, "cash: 5") == "cash: 5");
    CHECK_THROWS_WITH_AS((void)upcast(second(), old, made, "card: \"x\" cash: 5"),
                         doctest::Contains("two old values are there for the oneof of shop.Order.card"), error);
}

TEST_CASE("declared upcaster: numbers go wherever they fit, and nowhere else") {
    const order_class old{
        "message Order { int64 a = 1; uint64 b = 2; bool c = 3; E d = 4; int64 e = 5; float f = 6; string g = 7; int32 "
        "h = 8; } enum E { Z = 0; Y = 5; }"};
    const order_class made{
        "message Order { int32 a = 1; sint64 b = 2; int32 c = 3; int64 d = 4; double e = 5; double f = 6; bytes g = 7; "
        "bool h = 8; }"};
    CHECK(upcast(second(), old, made, "a: -2147483648 b: 9 c: true d: Y e: 4 f: 0.5 g: \"x\" h: 1") ==
          "a: -2147483648 b: 9 c: 1 d: 5 e: 4 f: 0.5 g: \"x\" h: true");
    for (const char* lost :
         {"a: 2147483648", "a: -2147483649", "b: 9223372036854775808", "e: 9007199254740993", "h: 2", "h: -1"}) {
        CAPTURE(lost);
        CHECK_THROWS_WITH_AS((void)upcast(second(), old, made, lost), doctest::Contains("does not fit into"), error);
    }
}

TEST_CASE("declared upcaster: a product that overflows or is not whole is refused") {
    const order_class old{"message Order { int64 a = 1; uint64 b = 2; }"};
    const order_class made{"message Order { int64 x = 1; uint64 y = 2; }"};
    const auto step = second().move("a", "x", multiplied_by{1'000, 10}).move("b", "y", multiplied_by{1, 3});
    CHECK(upcast(step, old, made, "a: 92233720368547758 b: 18446744073709551615") ==
          "x: 9223372036854775800 y: 6148914691236517205");
    CHECK_THROWS_WITH_AS((void)upcast(step, old, made, "a: 92233720368547759"),
                         "the value 9223372036854775900 does not fit into int64 shop.Order.x", error);
    CHECK_THROWS_WITH_AS((void)upcast(step, old, made, "b: 4"),
                         "the value of uint64 shop.Order.b times 1/3 is not whole", error);
}

TEST_CASE("declared upcaster: unknown fields stay, unless the new schema gives their number a meaning") {
    const order_class newer{
        "message Order { In in = 1; int32 extra = 8; string other = 9; } message In { int32 n = 1; int32 extra = 2; }"};
    const order_class old{"message Order { In in = 1; } message In { int32 n = 1; }"};
    const order_class made{"message Order { In in = 1; string taken = 9; } message In { int32 n = 1; }"};
    const message_ptr written = old.make();
    REQUIRE(written->ParseFromString(newer.make("in { n: 1 extra: 2 } extra: 3 other: \"x\"")->SerializeAsString()));
    const message_ptr result = made.make();
    second().apply(*written, *result);
    const message_ptr seen = newer.make();
    REQUIRE(seen->ParseFromString(result->SerializeAsString()));
    CHECK(seen->ShortDebugString() == "in { n: 1 extra: 2 } extra: 3");
}

TEST_CASE("declared upcaster: what the result held before is gone, and generated classes are as good") {
    shop::v1::OrderPlaced old;
    old.set_customer("Ada");
    old.set_total_major(12);
    shop::v2::OrderPlaced made;
    made.set_customer("somebody else");
    made.set_total_minor(99);
    const auto step = second().move("total_major", "total_minor", multiplied_by{100});
    step.check(*old.GetDescriptor(), *made.GetDescriptor());
    step.apply(old, made);
    CHECK(made.ShortDebugString() == "customer: \"Ada\" total_minor: 1200");
}

TEST_CASE("check: an old field without a place is refused unless it is left out") {
    const order_class old{
        "message Order { string note = 1; repeated Line lines = 2; } message Line { int32 n = 1; int32 m = 2; }"};
    const order_class made{"message Order { repeated Line lines = 2; } message Line { int32 n = 1; }"};
    const std::string why = problems(second(), old, made);
    CHECK(contains(why, "string shop.Order.note has nowhere to go in shop.Order: move it, or say leave_out(\"note\")"));
    CHECK(contains(why, "int32 shop.Line.m has nowhere to go in shop.Line: move it, or say leave_out(\"lines.m\")"));
    CHECK(upcast(second().leave_out("note").leave_out("lines.m"), old, made, "note: \"x\" lines { n: 1 m: 2 }") ==
          "lines { n: 1 }");
    const message_ptr result = made.make();
    CHECK_THROWS_AS(second().apply(*old.make("note: \"x\""), *result), definition_error);
}

TEST_CASE("check: a rule that does not suit the schemas is refused, in words") {
    const order_class old{
        "message Order { int32 a = 1; string s = 2; repeated int32 l = 3; In in = 4; repeated In ins = 5; bytes raw = "
        "6; map<string, int32> m = 7; } message In { int32 n = 1; }"};
    const order_class made{
        "message Order { int32 a = 1; string s = 2; repeated int32 l = 3; In in = 4; repeated In ins = 5; bytes raw = "
        "6; map<string, int32> m = 7; int32 x = 8; string t = 9; State e = 10; } message In { int32 n = 1; } enum "
        "State { NEW = 0; PAID = 1; }"};
    CHECK(problems(second(), old, made).empty());
    const auto refused = [&](declared_upcaster step, std::string_view part) {
        const std::string why = problems(step, old, made);
        CAPTURE(why);
        CHECK(contains(why, part));
        CHECK(contains(why, "order-placed@1 -> order-placed@2"));
    };
    refused(second().move("aa", "x"), "move aa: shop.Order has no field 'aa'");
    refused(second().move("a", "xx"), "move to xx: shop.Order has no field 'xx'");
    refused(second().move("in.n.o", "x"), "int32 shop.In.n holds no message with a field 'o'");
    refused(second().leave_out("in.q"), "leave out in.q: shop.In has no field 'q'");
    refused(second().fill("y", "1"), "fill y: shop.Order has no field 'y'");
    refused(second().fill("x", "one"), "'one' is no value of int32 shop.Order.x: it is no such number");
    refused(second().fill("x", "2147483648"), "it is out of range");
    refused(second().fill("e", "LOST"), "its values are NEW, PAID");
    refused(second().fill("l", "1"), "has many values, so that none is filled in");
    refused(second().fill("in", "1"), "it holds a message; name a field of it");
    refused(second().move("s", "x"), "string shop.Order.s cannot become int32 shop.Order.x");
    refused(second().move("a", "t"), "int32 shop.Order.a cannot become string shop.Order.t");
    refused(second().move("raw", "t"), "bytes shop.Order.raw cannot become string shop.Order.t");
    refused(second().move("l", "x"), "has many values, of which");
    refused(second().move("s", "t", multiplied_by{2}), "only whole numbers are multiplied");
    refused(second().move("ins.n", "x"), "both paths have to begin with it");
    refused(second().move("a", "ins.n").leave_out("ins.n"), "both paths have to begin with it");
    refused(second().move("m", "ins").leave_out("ins"), "cannot become");
    refused(second().move("a", "in.n"), "move to in.n: the old in.n would become that too");
    refused(second().move("in", "a").leave_out("a"), "cannot become");
}

TEST_CASE("declared upcaster: rules that contradict each other are refused as they are said") {
    CHECK_THROWS_AS((declared_upcaster{{"", 1}, {"b", 1}}), definition_error);
    CHECK_THROWS_AS((declared_upcaster{{"a", 1}, {"b", 0}}), definition_error);
    CHECK_THROWS_AS((declared_upcaster{{"a", 1}, {"a", 1}}), definition_error);
    CHECK_THROWS_AS((void)declared_upcaster::dropping({"a", 0}), definition_error);
    CHECK_THROWS_AS(second().move("a", "x").move("b", "x"), definition_error);
    CHECK_THROWS_AS(second().move("a", "x").leave_out("a"), definition_error);
    CHECK_THROWS_AS(second().leave_out("a").move("a", "x"), definition_error);
    CHECK_THROWS_AS(second().leave_out("a").leave_out("a"), definition_error);
    CHECK_THROWS_AS(second().fill("a", "1").fill("a", "2"), definition_error);
    CHECK_THROWS_AS(second().move("a", "x", multiplied_by{0}), definition_error);
    CHECK_THROWS_AS(second().move("a", "x", multiplied_by{1, 0}), definition_error);
    for (const std::string& path : {std::string{}, std::string{"."}, std::string{"a."}, std::string{".a"},
                                    std::string{"a..b"}, "a" + std::string(400, '.')})
        CHECK_THROWS_AS(second().leave_out(path), definition_error);
    std::string deep = "a";
    for (int i = 0; i < 100; ++i) deep += ".a";
    CHECK_THROWS_AS(second().fill(deep, "1"), definition_error);
}

TEST_CASE("declared upcaster: one that drops makes nothing and takes no rules") {
    auto drop = declared_upcaster::dropping({"cart-viewed", 1});
    CHECK_FALSE(drop.to());
    CHECK(drop.to_string() == "cart-viewed@1 -> nothing");
    CHECK_THROWS_AS(drop.fill("a", "1"), definition_error);
    CHECK_THROWS_AS(drop.move("a", "b"), definition_error);
    CHECK(decode_declared_upcaster(drop.encode()) == drop);
    shop::v1::OrderPlaced old;
    shop::v2::OrderPlaced made;
    CHECK_NOTHROW(drop.check(*old.GetDescriptor(), *made.GetDescriptor()));
    CHECK_THROWS_AS(drop.apply(old, made), definition_error);
}

TEST_CASE("declared upcaster: it is written for people, and owns its names") {
    std::string name = "order-placed";
    auto step = declared_upcaster{{name, 1}, {name, 2}};
    name = "overwritten!";
    step.move("total_pence", "total_e4", multiplied_by{100})
        .move("who", "customer.name")
        .fill("currency", "GBP")
        .leave_out("note");
    CHECK(step.from().to_string() == "order-placed@1");
    CHECK(step.to()->to_string() == "order-placed@2");
    CHECK(step.to_string() ==
          "order-placed@1 -> order-placed@2: who -> customer.name, total_pence * 100 -> total_e4, currency = \"GBP\", "
          "without note");
}

TEST_CASE("declared upcaster: equal ones give equal bytes, which stay as they are") {
    const auto one = second()
                         .move("b", "y")
                         .move("a", "x", multiplied_by{-3, 2})
                         .fill("d", "1")
                         .fill("c", "2")
                         .leave_out("q")
                         .leave_out("p");
    const auto other = second()
                           .leave_out("p")
                           .fill("c", "2")
                           .move("a", "x", multiplied_by{-3, 2})
                           .leave_out("q")
                           .move("b", "y")
                           .fill("d", "1");
    CHECK(one == other);
    CHECK(one.encode() == other.encode());
    CHECK(decode_declared_upcaster(one.encode()) == one);
    CHECK_FALSE(one == second());
    // As a file keeps it: a change of these bytes would be one of the format.
    CHECK(second().move("a", "x", multiplied_by{100}).fill("c", "2").leave_out("p").encode() ==
          std::string("\x0a\x10\x0a\x0corder-placed\x10\x01\x12\x10\x0a\x0corder-placed\x10\x02"
                      "\x1a\x0d\x0a\x01\x61\x12\x01x\x1a\x05\x08\xc8\x01\x10\x02"
                      "\x22\x06\x0a\x01\x63\x12\x01\x32\x2a\x01p"));
}

TEST_CASE("declared upcaster: bytes that are none, or hold more than is understood, are refused") {
    const std::string good = second().move("a", "x").encode();
    CHECK_THROWS_AS((void)decode_declared_upcaster(""), definition_error);
    CHECK_THROWS_AS((void)decode_declared_upcaster(good.substr(0, good.size() - 1)), definition_error);
    CHECK_THROWS_WITH_AS((void)decode_declared_upcaster(good + std::string("\x3A\x01x")),
                         doctest::Contains("a newer foldline"), definition_error);
    CHECK_THROWS_AS((void)second().fill("a", "\xff").encode(), invalid_request);
}

TEST_CASE("declared upcaster: it may carry the schema of what it makes, and of nothing else") {
    const event_schema made = schema_of(shop::v2::OrderPlaced::default_instance());
    declared_upcaster step = second();
    const declared_upcaster plain = step;
    CHECK_FALSE(step.made());
    step.describe_result(made);
    const declared_upcaster again = decode_declared_upcaster(step.encode());
    CHECK(again == step);
    CHECK(again != plain);
    REQUIRE(again.made());
    CHECK(again.made()->type == made.type);
    CHECK(again.made()->message == made.message);
    CHECK(again.made()->descriptor_set == made.descriptor_set);
    CHECK(again.to_string() == plain.to_string());
    CHECK_THROWS_AS(step.describe_result(schema_of(shop::v1::OrderPlaced::default_instance())), definition_error);
    declared_upcaster drop = declared_upcaster::dropping({"order-placed", 1});
    CHECK_THROWS_AS(drop.describe_result(made), definition_error);
}
