#include "schema_messages.hpp"

#include <foldline_tests/codec/v1/shapes.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/dynamic_event.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace foldline;
using namespace foldline_tests;

namespace {

const order_class& orders() {
    static const order_class made{R"(
        message Order {
            int64 total_pence = 1;
            uint64 weight = 2;
            double discount = 3;
            float rate = 4;
            bool gift = 5;
            string note = 6;
            bytes label = 7;
            State state = 8;
            Customer customer = 9;
            repeated Line lines = 10;
            repeated int32 stops = 11;
            map<string, int64> prices = 12;
            map<int32, Line> line_of = 13;
            optional int32 priority = 14;
            sint32 balance = 15;
            fixed32 checksum = 16;
            map<bool, string> answers = 17;
        }
        enum State { NEW = 0; PAID = 1; }
        message Customer { string name = 1; Address address = 2; }
        message Address { string city = 1; }
        message Line { string sku = 1; uint32 quantity = 2; repeated string tags = 3; }
    )"};
    return made;
}

const message_ptr& full() {
    static const message_ptr made = orders().make(R"(
        total_pence: -1250 weight: 18446744073709551615 discount: 0.5 rate: 0.25 gift: true note: "fragile"
        label: "\377\000" state: PAID customer { name: "Ada" address { city: "London" } }
        lines { sku: "a" quantity: 2 } lines { sku: "b" quantity: 3 tags: "red" tags: "big" }
        stops: 7 stops: -8 prices { key: "GBP" value: 10 } prices { key: "a.b" value: 20 }
        line_of { key: 5 value { sku: "fifth" } } balance: -3 checksum: 4294967295
        answers { key: true value: "yes" }
    )");
    return made;
}

dynamic_event old() { return dynamic_event{*full()}; }

template <class Error, class Look>
std::string refusal(Look look) {
    try {
        (void)look();
        return {};
    } catch (const Error& refused) {
        return refused.what();
    }
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("dynamic event: every kind of value is read by the name of its field") {
    CHECK(old().integer("total_pence") == -1250);
    CHECK(old().natural("weight") == 18446744073709551615U);
    CHECK(old().real("discount") == 0.5);
    CHECK(old().real("rate") == 0.25);
    CHECK(old().flag("gift"));
    CHECK(old().text("note") == "fragile");
    CHECK(old().bytes("label") == std::string("\377\000", 2));
    CHECK(old().choice("state") == "PAID");
    CHECK(&old().message() == full().get());
}

TEST_CASE("dynamic event: integers of every width are integers, and the numbers of enum values too") {
    CHECK(old().integer("balance") == -3);
    CHECK(old().integer("checksum") == 4294967295);
    CHECK(old().natural("checksum") == 4294967295U);
    CHECK(old().integer("state") == 1);
    CHECK(old().integer("lines[0].quantity") == 2);
    CHECK(old().integer("stops[1]") == -8);
}

TEST_CASE("dynamic event: names with dots lead into messages, and an index into a repeated field") {
    CHECK(old().text("customer.address.city") == "London");
    CHECK(old().text("lines[1].sku") == "b");
    CHECK(old().text("lines[1].tags[1]") == "big");
    CHECK(old().at("customer").at("address").text("city") == "London");
    CHECK(old().at("lines", 1).text("sku") == "b");
    CHECK(old().at("lines[1]").natural("quantity") == 3);
    CHECK(old().count("lines") == 2);
    CHECK(old().count("lines[1].tags") == 2);
    CHECK(old().count("lines[0].tags") == 0);
}

TEST_CASE("dynamic event: entries of a map are found by their key") {
    CHECK(old().count("prices") == 2);
    CHECK(old().entry("prices", "GBP").integer("value") == 10);
    CHECK(old().entry("prices", "a.b").integer("value") == 20);
    CHECK(old().entry("line_of", "5").text("value.sku") == "fifth");
    CHECK(old().entry("answers", "true").text("value") == "yes");
    CHECK(old().has_entry("prices", "GBP"));
    CHECK_FALSE(old().has_entry("prices", "EUR"));
    CHECK_FALSE(old().has_entry("answers", "false"));
    CHECK(old().at("line_of", 0).integer("key") == 5);
}

TEST_CASE("dynamic event: what is absent reads as the default, and says so when asked") {
    const message_ptr empty = orders().make();
    const dynamic_event nothing{*empty};
    CHECK(nothing.integer("total_pence") == 0);
    CHECK(nothing.text("customer.address.city").empty());
    CHECK(nothing.choice("state") == "NEW");
    for (const char* path : {"total_pence", "customer", "customer.name", "lines", "prices", "priority"})
        CHECK_FALSE(nothing.has(path));
    const message_ptr set = orders().make("priority: 0 customer {} lines {}");
    const dynamic_event present{*set};
    for (const char* path : {"priority", "customer", "lines", "lines[0]"}) CHECK(present.has(path));
    CHECK_FALSE(present.has("customer.name"));
}

TEST_CASE("dynamic event: an enum value without a name is shown by its number") {
    const message_ptr strange = orders().make();
    const auto& message = *strange;
    message.GetReflection()->SetEnumValue(strange.get(), message.GetDescriptor()->FindFieldByName("state"), 7);
    CHECK(dynamic_event{message}.choice("state") == "7");
    CHECK(dynamic_event{message}.integer("state") == 7);
}

TEST_CASE("dynamic event: it reads messages of generated classes as well") {
    codec::v1::ShapeDrawn shape;
    shape.set_name("square");
    shape.add_corners()->set_x(-4);
    (*shape.mutable_notes())["by"] = "hand";
    (*shape.mutable_corner_of())[7].set_label("seventh");
    shape.set_colour("red");
    shape.mutable_drawn_at()->set_seconds(5);
    const dynamic_event look{shape};
    CHECK(look.text("name") == "square");
    CHECK(look.integer("corners[0].x") == -4);
    CHECK(look.entry("notes", "by").text("value") == "hand");
    CHECK(look.entry("corner_of", "7").text("value.label") == "seventh");
    CHECK(look.has("colour"));
    CHECK_FALSE(look.has("framed"));
    CHECK(look.integer("drawn_at.seconds") == 5);
}

TEST_CASE("dynamic event: a name that is not there is refused with the names that are") {
    const std::string near = refusal<definition_error>([] { return old().integer("total_pense"); });
    CHECK(contains(near, "shop.Order has no field 'total_pense': did you mean 'total_pence'?"));
    CHECK(contains(near, "it has total_pence, weight, discount"));
    const std::string far = refusal<definition_error>([] { return old().text("customer.postcode"); });
    CHECK(contains(far, "shop.Customer has no field 'postcode'; it has name, address"));
}

TEST_CASE("dynamic event: another kind of value is refused with what it is") {
    CHECK(refusal<definition_error>([] { return old().text("total_pence"); }) ==
          "'total_pence': int64 shop.Order.total_pence is not a string");
    CHECK(contains(refusal<definition_error>([] { return old().integer("note"); }), "is not a whole number"));
    CHECK(contains(refusal<definition_error>([] { return old().real("total_pence"); }), "is not a real number"));
    CHECK(contains(refusal<definition_error>([] { return old().flag("state"); }), "shop.State shop.Order.state"));
    CHECK(contains(refusal<definition_error>([] { return old().text("label"); }), "is not a string"));
    CHECK(contains(refusal<definition_error>([] { return old().bytes("note"); }), "is not bytes"));
    CHECK(contains(refusal<definition_error>([] { return old().choice("gift"); }), "is not an enum value"));
    CHECK(contains(refusal<definition_error>([] { return old().text("customer"); }),
                   "shop.Customer shop.Order.customer"));
    CHECK(contains(refusal<definition_error>([] { return old().at("note"); }), "holds no message"));
    CHECK(contains(refusal<definition_error>([] { return old().text("note.more"); }), "holds no message"));
    CHECK(contains(refusal<definition_error>([] { return old().integer("stops"); }), "has many values"));
    CHECK(contains(refusal<definition_error>([] { return old().text("lines.sku"); }), "has many values"));
    CHECK(contains(refusal<definition_error>([] { return old().count("note"); }), "is not repeated"));
    CHECK(contains(refusal<definition_error>([] { return old().text("note[0]"); }), "is not repeated"));
    CHECK(contains(refusal<definition_error>([] { return old().entry("lines", "a"); }), "is no map"));
}

TEST_CASE("dynamic event: a number that the result cannot hold is refused") {
    CHECK(contains(refusal<error>([] { return old().integer("weight"); }), "ask for it as natural"));
    CHECK(contains(refusal<error>([] { return old().natural("total_pence"); }), "ask for it as integer"));
}

TEST_CASE("dynamic event: an index or a key beyond what is there is refused") {
    CHECK(contains(refusal<error>([] { return old().text("lines[2].sku"); }), "shop.Order.lines has 2"));
    CHECK(contains(refusal<error>([] { return old().at("lines", std::size_t{1} << 40U); }), "shop.Order.lines has 2"));
    CHECK(contains(refusal<error>([] { return old().entry("prices", "EUR"); }), "no entry has the key 'EUR'"));
    for (const char* path : {"lines[].sku", "lines[-1].sku", "lines[x].sku", "lines[0.sku", "lines[0]x",
                             "lines[99999999999]", "", ".", "lines..sku", "customer."})
        CHECK_THROWS_AS((void)old().has(path), error);
}
