// `search`: which events are found.

#include "foldline_tests/people/v1/members.pb.h"
#include "parcels.hpp"
#include "ran.hpp"
#include "support/shop_upcasters.hpp"

#include <foldline/core/protobuf_codec.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>
#include "foldline_tests/shop/v1/order.pb.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using parcels::v1::ParcelSent;

/// Parcels a, b, c, one an hour from noon on, and a member's plan between them.
struct three_parcels : club {
    three_parcels() {
        ParcelSent a = parcel("a", 500);
        a.set_code(18'446'744'073'709'551'615U);
        a.set_price(9.5);
        a.set_rate(0.1F);
        a.set_insured(true);
        a.set_service(parcels::v1::STANDARD);
        a.mutable_to()->set_country("France");
        a.add_items()->set_sku("85123A");
        a.add_items()->set_sku("71053");
        (*a.mutable_labels())["colour"] = "red";
        a.mutable_sent_at()->set_seconds(1'291'204'800);  // 2010-12-01T12:00:00Z
        a.mutable_travel()->set_seconds(90);
        a.mutable_remark()->set_value("fragile");
        add("parcel-a", a, {.correlation_id = "request-1"});

        people::v1::PlanChanged plan;
        plan.set_plan("France");
        add("member-1", plan);

        ParcelSent b = parcel("b", -3);
        b.set_service(parcels::v1::EXPRESS);
        b.mutable_to()->set_country("Spain");
        b.add_items()->add_parts()->set_sku("71053");
        (*b.mutable_boxes())["large"].set_quantity(7);
        b.set_note("");
        b.set_signed_by("Ann");
        b.set_seal("abc");
        add("parcel-b", b);

        add("parcel-c", parcel("c", 2'000), {.correlation_id = "request-1"});
    }

    void add(const std::string& stream, const google::protobuf::Message& event, metadata meta = {}) {
        event_data data = to_event(event, meta);
        data.occurred_at = time.now() - std::chrono::hours{24 * 365};
        store(stream, std::move(data));
        time.advance(std::chrono::hours{1});
    }

    /// The streams of what is found: "a c".
    [[nodiscard]] std::string found(std::vector<std::string> options) const {
        options.insert(options.begin(), {"search", path(), "--format", "ndjson"});
        const ran shown{options};
        REQUIRE_MESSAGE(shown.code == 0, shown.err);
        std::string names;
        const std::string before = R"("stream":")";
        for (auto at = shown.out.find(before); at != std::string::npos; at = shown.out.find(before, at + 1)) {
            const auto from = shown.out.find('-', at) + 1;
            names += (names.empty() ? "" : " ") + shown.out.substr(from, shown.out.find('"', from) - from);
        }
        return names;
    }
    [[nodiscard]] std::string where(const std::string& condition) const { return found({"--where", condition}); }
};

}  // namespace

TEST_CASE("search: conditions compare text, numbers, enums, flags, times and durations as what they are") {
    const three_parcels of;
    for (const auto& [condition, wanted] : std::vector<std::pair<std::string, std::string>>{
             {"parcel_id = a", "a"},
             {"parcelId=a", "a"},
             {"parcel_id != a", "b c"},
             {"parcel_id >= b", "b c"},
             {"parcel_id ~ a", "a"},
             {"parcel_id = 'a'", "a"},
             {"parcel_id = ' a'", ""},
             {"parcel_id == a", "a"},
             {"grams = 500", "a"},
             {"grams < 500", "b"},
             {"grams <= 500", "a b"},
             {"grams > 499.5", "a c"},
             {"grams >= 1000", "c"},
             {"grams != 500", "b c"},
             {"grams = -3", "b"},
             {"code = 18446744073709551615", "a"},
             {"code < 18446744073709551615", "b c"},
             {"code > -1", "a b c"},
             {"price = 9.5", "a"},
             {"price > 9", "a"},
             {"rate = 0.1", "a"},
             {"insured = true", "a"},
             {"insured != true", "b c"},
             {"service = EXPRESS", "b"},
             {"service = 2", "b"},
             {"service >= STANDARD", "a b"},
             {"service = SERVICE_UNKNOWN", "c"},
             {"to.country = France", "a"},
             {"to.country != France", "b c"},
             {"to.country ~ pai", "b"},
             {"items.sku = 71053", "a"},
             {"items.sku != 71053", "b c"},
             {"items.parts.sku = 71053", "b"},
             {"labels = red", "a"},
             {"boxes.quantity >= 7", "b"},
             {"sent_at = 2010-12-01T12:00", "a"},
             {"sent_at >= 2010-12-01", "a"},
             {"sent_at < 2010-12-01", ""},
             {"travel > 60", "a"},
             {"remark = fragile", "a"},
             {"note = ", "b"},
             {"seal = YWJj", "b"},
             {"plan = France", "1"},
         })
        CHECK_MESSAGE(of.where(condition) == wanted, condition);
}

TEST_CASE("search: all conditions must hold") {
    const three_parcels of;
    CHECK(of.found({"--where", "grams > 0", "--where", "to.country = France"}) == "a");
    CHECK(of.found({"--where", "grams > 500", "--where", "to.country = France"}).empty());
    CHECK(of.found({"--where", "grams > 0", "--text", "85123"}) == "a");
    CHECK(of.found({"--where", "grams > 0", "--where", "plan = France"}).empty());
}

TEST_CASE("search: a word is found in any field of text, also inside") {
    const three_parcels of;
    CHECK(of.found({"--text", "France"}) == "a 1");
    CHECK(of.found({"--text", "71053"}) == "a b");
    CHECK(of.found({"--text", "red"}) == "a");
    CHECK(of.found({"--text", "fragile"}) == "a");
    CHECK(of.found({"--text", "france"}).empty());
    // Bytes are no text, and neither is the name of an enum.
    CHECK(of.found({"--text", "abc"}).empty());
    CHECK(of.found({"--text", "EXPRESS"}).empty());
}

TEST_CASE("search: a word is found in an attachment whose schema is known") {
    club post;
    ParcelSent event = parcel("a");
    parcels::v1::Place place;
    place.set_country("Peru");
    place.set_street("Lima Road");
    event.mutable_attachment()->PackFrom(place);
    post.store("parcel-a", event);
    CHECK(ran{{"search", post.path(), "--text", "Peru", "--count"}}.out == "1\n");
    CHECK(ran{{"search", post.path(), "--text", "Lima", "--count"}}.out == "0\n");
    CHECK(ran{{"search", post.path(), "--text", "Lima", "--count", "--unmasked"}}.out == "1\n");
}

TEST_CASE("search: without a condition it finds what the other options let through") {
    const three_parcels of;
    CHECK(of.found({}) == "a 1 b c");
    CHECK(of.found({"--category", "parcel"}) == "a b c");
    CHECK(of.found({"--stream", "parcel-b"}) == "b");
    CHECK(of.found({"--type", "plan-changed"}) == "1");
    CHECK(of.found({"--correlation", "request-1"}) == "a c");
    CHECK(of.found({"--backward", "--limit", "2"}) == "c b");
    CHECK(of.found({"--limit", "1", "--where", "grams > 500"}) == "c");
}

TEST_CASE("search: times bound what is found, by recording or by business") {
    const three_parcels of;
    CHECK(of.found({"--since", "2010-12-01T13:00"}) == "1 b c");
    CHECK(of.found({"--since", "2010-12-01T13:00:00.000001"}) == "b c");
    CHECK(of.found({"--until", "2010-12-01T13:00"}) == "a");
    CHECK(of.found({"--since", "2010-12-01T13:00", "--until", "2010-12-01T15:00"}) == "1 b");
    CHECK(of.found({"--since", "2010-12-01T13:00", "--backward"}) == "c b 1");
    CHECK(of.found({"--since", "2011-01-01"}).empty());
    CHECK(of.found({"--until", "2010-01-01"}).empty());
    CHECK(of.found({"--stream", "parcel-b", "--since", "2010-12-01T13:00"}) == "b");
    CHECK(of.found({"--stream", "parcel-b", "--since", "2010-12-01T15:00"}).empty());
    CHECK(of.found({"--until", "2010-01-01", "--occurred"}) == "a 1 b c");
    CHECK(of.found({"--since", "2009-12-01T14:00", "--occurred"}) == "b c");
}

TEST_CASE("search: a count is a number") {
    const three_parcels of;
    CHECK(ran{{"search", of.path(), "--where", "grams > 0", "--count"}}.out == "2\n");
    CHECK(ran{{"search", of.path(), "--where", "grams > 0", "--count", "--format", "json"}}.out == "{\"count\":2}\n");
    CHECK(ran{{"search", of.path(), "--count", "--limit", "3"}}.out == "3\n");
    CHECK(ran{{"search", of.path(), "--where", "grams > 90000", "--format", "json"}}.out == "[]\n");
}

TEST_CASE("search: a personal field is no condition unless it may be shown") {
    const three_parcels of;
    for (const char* condition :
         {"signed_by = Ann", "to.street = x", "billed.country = x", "phone = 1", "contacts ~ 1"}) {
        const ran refused{{"search", of.path(), "--where", condition}};
        CHECK_MESSAGE(refused.code == 2, condition << refused.err);
        CHECK(refused.out.empty());
        CHECK_MESSAGE(refused.complains("--unmasked"), refused.err);
        CHECK(ran{{"search", of.path(), "--where", condition, "--unmasked"}}.code == 0);
    }
    CHECK(of.found({"--where", "signed_by = Ann", "--unmasked"}) == "b");
    CHECK(of.found({"--text", "Ann"}).empty());
    CHECK(of.found({"--text", "Ann", "--unmasked"}) == "b");
    // Counting tells as much as showing.
    CHECK(ran{{"search", of.path(), "--where", "signed_by = Ann", "--count"}}.code == 2);
    // Where other types are asked for, nothing is told.
    CHECK(ran{{"search", of.path(), "--where", "plan = France", "--type", "plan-changed"}}.code == 0);
}

TEST_CASE("search: conditions that can never hold are refused") {
    const three_parcels of;
    for (const auto& [condition, code] : std::vector<std::pair<std::string, int>>{{"wieght = 3", 3},
                                                                                  {"to.town = 3", 3},
                                                                                  {"to = France", 3},
                                                                                  {"parcel_id.x = 3", 3},
                                                                                  {"grams = heavy", 2},
                                                                                  {"grams ~ 5", 2},
                                                                                  {"insured = maybe", 2},
                                                                                  {"service = SLOW", 2},
                                                                                  {"sent_at > yesterday", 2},
                                                                                  {"travel > long", 2},
                                                                                  {"grams", 2},
                                                                                  {"= 3", 2},
                                                                                  {"to..country = 3", 2},
                                                                                  {"grams ! 3", 2}}) {
        const ran refused{{"search", of.path(), "--where", condition}};
        CHECK_MESSAGE(refused.code == code, condition << ": " << refused.err);
        CHECK(refused.out.empty());
    }
    CHECK(ran{{"search", of.path(), "--where", "service = SLOW"}}.complains("EXPRESS"));
    CHECK(ran{{"search", of.path(), "--where", "to = France"}}.complains("to.street"));
    CHECK(ran{{"search", of.path(), "--since", "yesterday"}}.code == 2);
}

TEST_CASE("search: an event that has no schema, or does not decode, is not found by what it says") {
    club post;
    event_data bare;
    bare.type = {"thing-done", 1};
    bare.payload =
        "\x0a\x01"
        "a";
    post.store("thing-1", bare);
    event_data broken = to_event(parcel("a"));
    broken.payload += "\xFF\xFF";
    post.store("parcel-1", broken);
    post.store("parcel-2", parcel("a"));
    CHECK(ran{{"search", post.path(), "--where", "parcel_id = a", "--count"}}.out == "1\n");
    CHECK(ran{{"search", post.path(), "--text", "a", "--count"}}.out == "1\n");
    CHECK(ran{{"search", post.path(), "--count"}}.out == "3\n");
}

TEST_CASE("search: an application searches in what it makes of old events, or in what is stored") {
    club orders;
    shop::v1::OrderPlaced placed;
    placed.set_customer("ann");
    placed.set_total_major(12);
    orders.store("order-1", placed);
    cli::application shop;
    shop.name = "shop";
    shop.reading = [](event_store& stored) {
        return std::make_unique<upcasting_event_store>(stored, shop_upcasters());
    };
    CHECK(ran{{"search", orders.path(), "--type", "order-placed@3", "--text", "ann"}, shop}.says(
        "order-placed@3 (stored @1)"));
    CHECK(ran{{"search", orders.path(), "--where", "total_major = 12", "--count"}, shop}.out == "0\n");
    CHECK(ran{{"search", orders.path(), "--where", "total_major = 12", "--count", "--as-stored"}, shop}.out == "1\n");
    CHECK(ran{{"search", orders.path(), "--where", "total_major = 12", "--count"}}.out == "1\n");
}

TEST_CASE("search, events: a type, a category or a field that nobody has is told, with what may be meant") {
    const three_parcels of;
    for (const char* verb : {"search", "events"}) {
        const auto refused = [&](const std::string& option, const std::string& value, const std::string& hint) {
            const ran shown{{verb, of.path(), option, value}};
            CHECK_MESSAGE(shown.code == 3, verb << ": " << value);
            CHECK(shown.out.empty());
            CHECK_MESSAGE(shown.complains(hint), shown.err);
        };
        refused("--type", "parcel-snet", "no event parcel-snet is stored in");
        refused("--type", "parcel-snet", "did you mean parcel-sent?");
        refused("--type", "parcel-sent@7", "did you mean parcel-sent@1?");
        refused("--type", "thing-done", "`schema list` lists the types");
        refused("--category", "parcels", "no stream of the category parcels is in");
        CHECK(ran{{verb, of.path(), "--type", "parcel-sent@1", "--category", "member"}}.code == 0);
    }
    CHECK(ran{{"search", of.path(), "--where", "to.contry = France"}}.complains("did you mean to.country?"));
}

TEST_CASE("search, events: a store that holds nothing yet knows of no slip") {
    const scratch_folder folder;
    const std::string path = (folder / "empty.db").string();
    {
        testing::manual_clock time;
        testing::sequential_ids ids;
        sqlite::database file{path, {.durable = sqlite::durability::off}};
        const sqlite::sqlite_event_store events{file, time, ids};
    }
    for (const char* verb : {"search", "events"})
        CHECK(ran{{verb, path, "--type", "parcel-sent", "--category", "parcel"}}.code == 0);
}

TEST_CASE("search: times that leave nothing between them are refused") {
    const three_parcels of;
    for (const char* until : {"2010-12-01", "2010-11-30"}) {
        const ran refused{{"search", of.path(), "--since", "2010-12-01", "--until", until}};
        CHECK(refused.code == 2);
        CHECK(refused.complains("--until must be later than --since"));
    }
}
