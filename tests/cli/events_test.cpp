// `events`: which events are shown, and what of them.

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "foldline_tests/shop/v1/order.pb.h"
#include "ran.hpp"
#include "sqlite/raw_sqlite.hpp"
#include "support/shop_upcasters.hpp"

#include <foldline/core/protobuf_codec.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using people::v1::MemberJoined;
using people::v1::PlanChanged;

PlanChanged plan_changed(const std::string& plan) {
    PlanChanged event;
    event.set_plan(plan);
    return event;
}

MemberJoined member_joined() {
    MemberJoined event;
    event.set_member_id("m1");
    event.set_email("ann@example.org");
    event.set_birth_year(1971);
    event.set_plan("gold");
    event.mutable_address()->set_street("Elm Road 5");
    event.mutable_address()->set_country("UK");
    event.add_former_addresses()->set_street("Oak Lane 7");
    (*event.mutable_addresses_by_name())["work"].set_street("Fir Hill 9");
    event.mutable_joined_at()->set_seconds(1'291'204'800);
    people::v1::Address attached;
    attached.set_street("Ash Walk 3");
    event.mutable_attachment()->PackFrom(attached);
    return event;
}

event_data bytes_of_unknown_make(std::string payload) {
    event_data event;
    event.type = {"thing-done", 1};
    event.payload = std::move(payload);
    return event;
}

/// The schema of a member who joined, as a program would have stored it that did not know `plan` yet.
event_schema schema_before_plans() {
    event_schema schema = schema_of(MemberJoined{});
    google::protobuf::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(schema.descriptor_set));
    for (auto& message : *files.mutable_file(0)->mutable_message_type()) {
        auto& fields = *message.mutable_field();
        for (int i = fields.size() - 1; i >= 0; --i)
            if (fields[i].name() == "plan") fields.DeleteSubrange(i, 1);
    }
    schema.descriptor_set = files.SerializeAsString();
    return schema;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// The plans of the events that were shown, in order: "gold silver".
std::string plans_in(const ran& shown) {
    REQUIRE_MESSAGE(shown.code == 0, shown.err);
    std::string plans;
    for (const std::string& line : lines_of(shown.out)) {
        const std::string before = R"("plan":")";
        const auto begin = line.find(before);
        REQUIRE_MESSAGE(begin != std::string::npos, line);
        const auto from = begin + before.size();
        plans += (plans.empty() ? "" : " ") + line.substr(from, line.find('"', from) - from);
    }
    return plans;
}

bool holds_control_character(const std::string& text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n') || byte == 0x7F;
    });
}

/// Members and plans: five events of two categories.
struct five_events : club {
    five_events() {
        store("member-1", plan_changed("one"));
        store("member-2", plan_changed("two"), {.correlation_id = "request-7"});
        store("team-1", plan_changed("three"), {.correlation_id = "request-7"});
        store("member-1", plan_changed("four"));
        shop::v1::NoteAdded note;
        store("member-1", note);
    }
    std::string shown(std::vector<std::string> options) const {
        options.insert(options.begin(), {"events", path(), "--format", "ndjson", "--type", "plan-changed"});
        return plans_in(ran{options});
    }
};

}  // namespace

TEST_CASE("events: text has a line for each event, with what it says") {
    club members;
    members.store("member-1", plan_changed("caf\u00E9"));
    const ran shown{{"events", members.path()}};
    CHECK(shown.code == 0);
    CHECK(shown.err.empty());
    CHECK(shown.out == "       1  2010-12-01T12:00:00Z  member-1 @1  plan-changed@1  {\"plan\":\"caf\u00E9\"}\n");
}

TEST_CASE("events: ndjson has an object for each event, and json an array of them") {
    club members;
    members.store("member-1", plan_changed("gold"), {.actor = "ann", .headers = {{"ip", "::1"}}});
    members.store("member-1", plan_changed("silver"));
    const std::string first =
        R"({"position":1,"stream":"member-1","version":1,"event":"plan-changed@1",)"
        R"("id":"00000000-0000-8000-8000-000000000003","occurred_at":"2010-12-01T12:00:00Z",)"
        R"("recorded_at":"2010-12-01T12:00:00Z","metadata":{"actor":"ann","headers":[{"name":"ip","value":"::1"}]},)"
        R"("data":{"plan":"gold"}})";
    const ran lines{{"events", members.path(), "--format", "ndjson"}};
    REQUIRE(lines_of(lines.out).size() == 2);
    CHECK(lines_of(lines.out)[0] == first);
    const ran array{{"events", members.path(), "--format", "json"}};
    CHECK(array.out == "[\n  " + first + ",\n  " + lines_of(lines.out)[1] + "\n]\n");
}

TEST_CASE("events: of an empty selection json is an empty array, and the rest is nothing") {
    club members;
    members.store("member-1", plan_changed("gold"));
    CHECK(ran{{"events", members.path(), "--after", "99", "--format", "json"}}.out == "[]\n");
    CHECK(ran{{"events", members.path(), "--after", "99", "--format", "ndjson"}}.out.empty());
    CHECK(ran{{"events", members.path(), "--after", "99"}}.out.empty());
}

TEST_CASE("events: a stream, a category, a type or a correlation selects") {
    const five_events of;
    CHECK(of.shown({}) == "one two three four");
    CHECK(of.shown({"--stream", "member-1"}) == "one four");
    CHECK(of.shown({"--category", "member"}) == "one two four");
    CHECK(of.shown({"--correlation", "request-7"}) == "two three");
    CHECK(of.shown({"--type", "plan-changed@1"}) == "one two three four");
    CHECK(lines_of(ran{{"events", of.path()}}.out).size() == 5);
    CHECK(ran{{"events", of.path(), "--type", "plan-changed@2"}}.out.empty());
    CHECK(lines_of(ran{{"events", of.path(), "--type", "note-added", "--type", "plan-changed"}}.out).size() == 5);
}

TEST_CASE("events: bounds, direction and limit hold for what was selected") {
    const five_events of;
    CHECK(of.shown({"--after", "2"}) == "three four");
    CHECK(of.shown({"--before", "3"}) == "one two");
    CHECK(of.shown({"--stream", "member-1", "--after", "1"}) == "four");
    CHECK(of.shown({"--backward"}) == "four three two one");
    CHECK(of.shown({"--backward", "--limit", "2"}) == "four three");
    CHECK(of.shown({"--limit", "2", "--correlation", "request-7"}) == "two three");
    CHECK(of.shown({"--limit", "1", "--after", "1"}) == "two");
}

TEST_CASE("events: a stream that is not there is not found") {
    const five_events of;
    const ran shown{{"events", of.path(), "--stream", "member-9"}};
    CHECK(shown.code == 3);
    CHECK(shown.out.empty());
    CHECK(shown.complains("member-9"));
}

TEST_CASE("events: personal fields are masked wherever a message holds them") {
    club members;
    members.store("member-1", member_joined());
    for (const char* shape : {"text", "json", "ndjson"}) {
        const ran shown{{"events", members.path(), "--format", shape}};
        CHECK(shown.code == 0);
        for (const char* secret : {"ann@", "1971", "Elm", "Oak", "Fir", "Ash"})
            CHECK_MESSAGE(!shown.says(secret), shape << " " << shown.out);
        for (const char* open :
             {R"("member_id":"m1")", R"("email":"***")", R"("birth_year":"***")", R"("plan":"gold")",
              R"("address":{"street":"***","country":"UK"})", R"("former_addresses":[{"street":"***","country":""}])",
              R"("addresses_by_name":{"work":{"street":"***","country":""}})", R"("joined_at":"2010-12-01T12:00:00Z")",
              R"("street":"***")"})
            CHECK_MESSAGE(shown.says(open), shape << " " << open << " " << shown.out);
    }
}

TEST_CASE("events: personal fields are shown to whoever asks for them") {
    club members;
    members.store("member-1", member_joined());
    const ran shown{{"events", members.path(), "--unmasked"}};
    for (const char* said :
         {"ann@example.org", R"("birth_year":1971)", "Elm Road 5", "Oak Lane 7", "Fir Hill 9", "Ash Walk 3"})
        CHECK_MESSAGE(shown.says(said), shown.out);
    CHECK_FALSE(shown.says("***"));
}

TEST_CASE("events: a payload without a schema is shown as base64, with the reason") {
    club members;
    members.store("thing-1", bytes_of_unknown_make("any \xFF bytes"));
    const ran text{{"events", members.path()}};
    CHECK(text.code == 0);
    CHECK(text.says("thing-done@1  (no schema is stored for it)  base64:YW55IP8gYnl0ZXM=\n"));
    CHECK(ran{{"events", members.path(), "--format", "ndjson"}}.says(
        R"("data":null,"problem":"no schema is stored for it","data_base64":"YW55IP8gYnl0ZXM="})"));
}

TEST_CASE("events: base64 is padded, whatever the length of a payload") {
    club members;
    members.store("thing-1", bytes_of_unknown_make("a"));
    members.store("thing-1", bytes_of_unknown_make("ab"));
    members.store("thing-1", bytes_of_unknown_make("abc"));
    const ran shown{{"events", members.path()}};
    for (const char* encoded : {"base64:YQ==\n", "base64:YWI=\n", "base64:YWJj\n"}) CHECK(shown.says(encoded));
}

TEST_CASE("events: a schema that cannot be used is told, and the bytes are shown") {
    club members;
    const event_schema nonsense{{"thing-done", 1}, "shop.Thing", "not a descriptor set"};
    event_data event = bytes_of_unknown_make("abc");
    event.schema = &nonsense;
    members.store("thing-1", event);
    CHECK(ran{{"events", members.path()}}.says("(its stored schema cannot be used)  base64:YWJj\n"));
}

TEST_CASE("events: bytes that do not decode are shown only where they can hold no personal data") {
    club members;
    event_data plan = to_event(plan_changed("gold"));
    plan.payload = "\xFF\xFF\xFF";
    members.store("member-1", plan);
    CHECK(ran{{"events", members.path()}}.says("PlanChanged)  base64:////\n"));

    event_data member = to_event(member_joined());
    member.payload += "\xFF\xFF\xFF";
    members.store("member-2", member);
    const ran masked{{"events", members.path(), "--stream", "member-2"}};
    CHECK(masked.code == 0);
    CHECK(masked.says("MemberJoined; its bytes may hold personal data and are not shown)\n"));
    CHECK_FALSE(masked.says("base64"));
    CHECK(ran{{"events", members.path(), "--stream", "member-2", "--unmasked"}}.says("MemberJoined)  base64:"));
}

TEST_CASE("events: fields that the stored schema does not know are told of") {
    club members;
    const event_schema old = schema_before_plans();
    event_data event = to_event(member_joined());
    event.schema = &old;
    members.store("member-1", event);
    const ran shown{{"events", members.path()}};
    CHECK(shown.says(R"("member_id":"m1")"));
    CHECK(shown.says("(it also has fields that its stored schema does not know)\n"));
    CHECK_FALSE(shown.says("gold"));
}

TEST_CASE("events: an attachment of a type that nobody knows makes no text, and its bytes stay hidden") {
    club members;
    MemberJoined event;
    event.mutable_attachment()->set_type_url("type.example.org/strange.Thing");
    event.mutable_attachment()->set_value("\x08\x01");
    members.store("member-1", event);
    const ran shown{{"events", members.path()}};
    CHECK(shown.code == 0);
    CHECK(shown.says("MemberJoined cannot be written as JSON; its bytes may hold personal data and are not shown)\n"));
}

TEST_CASE("events: what a terminal would obey is escaped in every format") {
    const std::string evil = "\x1b[31mred\x07\x7f\u0085\u202Egnp";
    club members;
    members.store("member-\u202Egnp", plan_changed(evil), {.actor = evil});
    for (const char* shape : {"text", "json", "ndjson"}) {
        const ran shown{{"events", members.path(), "--format", shape}};
        CHECK(shown.code == 0);
        CHECK_FALSE_MESSAGE(holds_control_character(shown.out), shape);
        for (const char* turned : {"\u0085", "\u202E"}) CHECK_FALSE_MESSAGE(shown.says(turned), shape);
        CHECK_MESSAGE(shown.says("\\u001b[31mred"), shape << shown.out);
        CHECK_MESSAGE(shown.says("member-\\u202egnp"), shape << shown.out);
    }
}

TEST_CASE("events: raw text is what was stored") {
    club members;
    members.store("member-\u202E1", plan_changed("\u0085\u4E2D"));
    CHECK(ran{{"events", members.path(), "--raw"}}.says(
        "member-\u202E1 @1  plan-changed@1  {\"plan\":\"\u0085\u4E2D\"}"));
    CHECK(ran{{"events", members.path(), "--raw", "--format", "ndjson"}}.says("{\"plan\":\"\u0085\u4E2D\"}"));
}

TEST_CASE("events: metadata that is none is shown as base64") {
    club members;
    event_data event = to_event(plan_changed("gold"));
    event.metadata = "\xFF";
    members.store("member-1", event);
    const ran shown{{"events", members.path(), "--format", "ndjson"}};
    CHECK(shown.code == 0);
    CHECK(shown.says(R"("metadata_base64":"/w==","data":{"plan":"gold"}})"));
    CHECK(ran{{"events", members.path(), "--correlation", "x"}}.out.empty());
}

TEST_CASE("events: a damaged event ends it with its place, after those before it") {
    club members;
    members.store("member-1", plan_changed("before"));
    members.store("member-2", plan_changed("genuine"));
    raw_sqlite raw{members.path()};
    raw.execute("drop trigger log_events_are_not_changed");
    raw.execute(
        "update log_events set payload = cast(replace(payload, 'genuine', 'forgery') as blob) where position = 2");
    const ran shown{{"events", members.path()}};
    CHECK(shown.code == 6);
    CHECK(shown.says("before"));
    CHECK_FALSE(shown.says("forgery"));
    CHECK(shown.complains("member-2"));
}

TEST_CASE("events: an application shows old events as it reads them") {
    club orders;
    shop::v1::OrderPlaced placed;
    placed.set_customer("ann");
    placed.set_total_major(12);
    orders.store("order-1", placed);
    shop::v1::OrderScripted scripted;
    scripted.set_script("sn");
    orders.store("order-1", scripted);

    CHECK(ran{{"events", orders.path()}}.says("order-placed@1"));
    cli::application shop;
    shop.name = "shop";
    shop.reading = [](event_store& stored) {
        return std::make_unique<upcasting_event_store>(stored, shop_upcasters());
    };
    const ran shown{{"events", orders.path(), "--format", "ndjson"}, shop};
    REQUIRE_MESSAGE(shown.code == 0, shown.err);
    CHECK(lines_of(shown.out).size() == 3);
    CHECK(shown.says(R"("event":"order-placed@3")"));
    CHECK(shown.says(R"("event":"note-added@1")"));
    CHECK(shown.says(R"("part":1)"));
    CHECK(lines_of(ran{{"events", orders.path(), "--type", "note-added"}, shop}.out).size() == 1);
}
