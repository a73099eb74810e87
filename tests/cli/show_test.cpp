// `show`: everything about one event, however it is named.

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "foldline_tests/shop/v1/order.pb.h"
#include "foldline_tests/shop/v2/order.pb.h"
#include "parcels.hpp"
#include "ran.hpp"
#include "support/shop_upcasters.hpp"

#include <foldline/core/protobuf_codec.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using people::v1::PlanChanged;

PlanChanged plan_changed(const std::string& plan) {
    PlanChanged event;
    event.set_plan(plan);
    return event;
}

event_data with_id(event_data event, const uuid& id) {
    event.id = event_id{id};
    return event;
}

/// Four events; the second of member-1 has all that metadata can have.
struct four_events : club {
    four_events() {
        store("member-1", plan_changed("one"));
        store("member-2", plan_changed("two"));
        store("member-1", plan_changed("three"),
              {.correlation_id = "request-7",
               .causation_id = "command-3",
               .actor = "ann",
               .traceparent = "00-a-b-01",
               .headers = {{"ip", "::1"}}});
        store("member-1", plan_changed("four"));
    }
    [[nodiscard]] std::string plan_at(const std::string& address) const {
        const ran shown{{"show", path(), address, "--format", "ndjson"}};
        REQUIRE_MESSAGE(shown.code == 0, shown.err);
        const std::string before = R"("data":{"plan":")";
        const auto at = shown.out.find(before) + before.size();
        return shown.out.substr(at, shown.out.find('"', at) - at);
    }
    [[nodiscard]] std::string id_at(const std::string& address) const {
        const ran shown{{"show", path(), address, "--format", "ndjson"}};
        const std::string before = R"("id":")";
        return shown.out.substr(shown.out.find(before) + before.size(), 36);
    }
};

cli::application shop_program() {
    cli::application self;
    self.name = "shop";
    self.reading = [](event_store& stored) {
        return std::make_unique<upcasting_event_store>(stored, shop_upcasters());
    };
    return self;
}

}  // namespace

TEST_CASE("show: an event is found by its position, by its stream and version, and by its id") {
    const four_events of;
    CHECK(of.plan_at("3") == "three");
    CHECK(of.plan_at("member-1@3") == "four");
    CHECK(of.plan_at("member-2@1") == "two");
    for (const char* position : {"1", "2", "3", "4"}) CHECK(of.plan_at(of.id_at(position)) == of.plan_at(position));
}

TEST_CASE("show: text tells all that is known of an event") {
    const four_events of;
    const ran shown{{"show", of.path(), "member-1@2"}};
    CHECK(shown.code == 0);
    CHECK(shown.err.empty());
    for (const char* said :
         {"event         plan-changed@1\n", "position      3\n", "stream        member-1 @2\n", "id            0000",
          "occurred      2010-12-01T12:00:00Z\n", "recorded      2010-12-01T12:00:00Z\n", "correlation   request-7\n",
          "caused by     command-3\n", "actor         ann\n", "trace         00-a-b-01\n", "header        ip: ::1\n",
          "previous      @1 plan-changed@1, position 1\n", "next          @3 plan-changed@1, position 4\n",
          "size          7 bytes, and ", "schema        revision 1 of 1\n",
          "message       foldline_tests.people.v1.PlanChanged\n", "{\n  \"plan\": \"three\"\n}\n"})
        CHECK_MESSAGE(shown.says(said), said << "\n" << shown.out);
    CHECK(ran{{"show", of.path(), "1"}}.says("previous      none\n"));
    CHECK(ran{{"show", of.path(), "4"}}.says("next          none\n"));
}

TEST_CASE("show: json is one object with the same") {
    const four_events of;
    const ran shown{{"show", of.path(), "3", "--format", "ndjson"}};
    CHECK(shown.says(R"({"position":3,"stream":"member-1","version":2,"event":"plan-changed@1","id":")"));
    CHECK(shown.says(R"("payload_bytes":7,)"));
    CHECK(shown.says(R"("schema_revision":1,"schema_revisions":1,)"));
    CHECK(shown.says(R"("previous":{"version":1,"position":1,"event":"plan-changed@1"})"));
    CHECK(shown.says(R"("parts":[{"event":"plan-changed@1","message":"foldline_tests.people.v1.PlanChanged",)"
                     R"("retired":false,"data":{"plan":"three"}}]})"));
    CHECK(ran{{"show", of.path(), "3", "--format", "json"}}.says("\n  \"position\": 3,\n"));
}

TEST_CASE("show: the person whom the event is about is named, and a retired event is marked") {
    club post;
    parcels::v1::ParcelSent sent = parcel("p-1");
    sent.set_customer_id("customer-9");
    post.store("parcel-1", sent);
    parcels::v1::ParcelLost lost;
    lost.set_reason("rain");
    post.store("parcel-1", lost);
    CHECK(ran{{"show", post.path(), "1"}}.says("about         customer_id = customer-9\n"));
    CHECK(ran{{"show", post.path(), "1", "--format", "ndjson"}}.says(
        R"("subject":{"field":"customer_id","value":"customer-9"})"));
    CHECK(ran{{"show", post.path(), "2"}}.says("ParcelLost, retired: no new ones are written\n"));
    CHECK(ran{{"show", post.path(), "2", "--format", "ndjson"}}.says(R"("retired":true)"));
}

TEST_CASE("show: an event without a schema is shown as bytes") {
    club members;
    event_data event;
    event.type = {"thing-done", 1};
    event.payload = "abc";
    members.store("thing-1", event);
    const ran shown{{"show", members.path(), "1"}};
    CHECK(shown.says("schema        none is stored\n"));
    CHECK(shown.says("problem       no schema is stored for it\n"));
    CHECK(shown.says("base64        YWJj\n"));
    CHECK(ran{{"show", members.path(), "1", "--format", "ndjson"}}.says(R"("schema_revision":null)"));
}

TEST_CASE("show: an id that the caller gave, one with a time in it and one without are found") {
    club members;
    const uuid given = uuid::from_name("tests/show/given");
    members.store("member-1", with_id(to_event(plan_changed("given")), given));
    const ran shown{{"show", members.path(), given.to_string()}};
    CHECK(shown.says("\"given\""));

    // Stored long after the id was made: what its time says is wrong then.
    testing::manual_clock earlier;
    uuid_v7_source timed{earlier, 1};
    const uuid early = timed.next();
    members.time.advance(std::chrono::hours{24 * 400});
    uuid_v7_source late_ids{members.time, 2};
    const uuid punctual = late_ids.next();
    members.store("member-1", plan_changed("between"));
    members.store("member-2", with_id(to_event(plan_changed("late")), early));
    members.store("member-3", with_id(to_event(plan_changed("punctual")), punctual));
    CHECK(ran{{"show", members.path(), early.to_string()}}.says("\"late\""));
    CHECK(ran{{"show", members.path(), punctual.to_string()}}.says("\"punctual\""));
}

TEST_CASE("show: what is not there is not found, and what is no event is refused") {
    const four_events of;
    for (const char* missing : {"5", "99999999999", "member-1@4", "member-9@1", "0190b1f3-7c1a-7b7e-9d5c-3f0a52f1c9aa",
                                "5a1f2c3d-0000-8000-8000-00000000ffff"}) {
        const ran shown{{"show", of.path(), missing}};
        CHECK_MESSAGE(shown.code == 3, missing << ": " << shown.err);
        CHECK(shown.out.empty());
        CHECK(shown.complains("there is no event"));
    }
    CHECK(ran{{"show", of.path(), "5"}}.complains("there is no event at position 5 in "));
    CHECK(ran{{"show", of.path(), "5"}}.complains("; the last one is at 4\n"));
    CHECK(ran{{"show", of.path(), "member-1@4"}}.complains("no event member-1@4 in "));
    CHECK(ran{{"show", of.path(), "member-1@4"}}.complains("; the stream ends at "));
    CHECK(ran{{"show", of.path(), "member-9@1"}}.complains("; there is no such stream\n"));
    CHECK(ran{{"show", of.path(), "4,711"}}.complains("no event at position 4711 in "));
    for (const char* wrong :
         {"4,7", "0", "-1", "member-1", "member-1@", "member-1@0", "@3", "Member-1@3", "12x", "x"}) {
        const ran refused{{"show", of.path(), wrong}};
        CHECK_MESSAGE(refused.code == 2, wrong);
    }
}

TEST_CASE("show: an application shows an old event as it reads it, and as it is stored if it is asked to") {
    club orders;
    shop::v1::OrderPlaced placed;
    placed.set_customer("ann");
    placed.set_total_major(12);
    orders.store("order-1", placed);
    const ran shown{{"show", orders.path(), "1"}, shop_program()};
    CHECK(shown.code == 0);
    CHECK(shown.says("event         order-placed@3 (stored @1)\n"));
    CHECK(ran{{"show", orders.path(), "1", "--as-stored"}, shop_program()}.says("event         order-placed@1\n"));
    const ran object{{"show", orders.path(), "1", "--format", "ndjson"}, shop_program()};
    CHECK(object.says(R"("event":"order-placed@1","id":)"));
    CHECK(object.says(R"("parts":[{"event":"order-placed@3","message":)"));
}

TEST_CASE("show: an event that upcasters split is shown in parts, and one that they drop as none") {
    club orders;
    shop::v1::OrderScripted scripted;
    scripted.set_script("sn");
    orders.store("order-1", scripted);
    orders.store("order-1", shop::v1::CartViewed{});
    const ran split{{"show", orders.path(), "1"}, shop_program()};
    CHECK(split.says("event         order-scripted@1\n"));
    CHECK(split.says("part          order-shipped@1 (stored order-scripted@1)\n"));
    CHECK(split.says("part          note-added@1 (stored order-scripted@1)\n"));
    CHECK(ran{{"show", orders.path(), "2"}, shop_program()}.says("nothing: upcasters make no event of it"));
}

TEST_CASE("show: what a terminal would obey is escaped in every format") {
    club members;
    members.store("member-\u202Egnp", plan_changed("\x1b[31mred\x07"), {.actor = "\x1b[2J"});
    for (const char* shape : {"text", "json", "ndjson"}) {
        const ran shown{{"show", members.path(), "1", "--format", shape}};
        CHECK(shown.out.find('\x1b') == std::string::npos);
        CHECK(shown.out.find('\x07') == std::string::npos);
        CHECK_FALSE(shown.says("\u202E"));
        CHECK_MESSAGE(shown.says("[31mred"), shown.out);
    }
}

TEST_CASE("show, events, search: upcasters that the file keeps are used where that is asked for") {
    club orders;
    shop::v1::OrderPlaced old;
    old.set_customer("ann");
    old.set_total_major(12);
    orders.store("order-1", old);
    shop::v2::OrderPlaced placed;  // so that the file knows the schema
    placed.set_total_minor(3);
    orders.store("order-2", placed);
    {
        sqlite::database file{orders.path()};
        upcaster_chain steps;
        steps.add(declared_upcaster{{"order-placed", 1}, {"order-placed", 2}}.move("total_major", "total_minor",
                                                                                   multiplied_by{100}));
        sqlite::keep_upcasters(file, steps);
    }
    CHECK(ran{{"events", orders.path()}}.says("order-placed@1  "));
    const ran upcast{{"events", orders.path(), "--upcast"}};
    CHECK_MESSAGE(upcast.says(R"(order-placed@2 (stored @1)  {"customer":"ann","total_minor":"1200"})"), upcast.out);
    CHECK(upcast.says(R"(order-placed@2  {"customer":"","total_minor":"3"})"));
    CHECK(ran{{"events", orders.path(), "--upcast", "--format", "ndjson"}}.says(
        R"("event":"order-placed@2","stored_as":"order-placed@1","id")"));
    CHECK(ran{{"show", orders.path(), "1", "--upcast"}}.says("order-placed@2 (stored @1)\n"));
    CHECK(ran{{"tail", orders.path(), "--upcast", "--limit", "1"}}.says("(stored @1)"));
    CHECK(ran{{"search", orders.path(), "--where", "total_minor > 1000", "--count"}}.out == "0\n");
    CHECK(ran{{"search", orders.path(), "--where", "total_minor > 1000", "--count", "--upcast"}}.out == "1\n");
}
