#include "support/memory_world.hpp"
#include "support/upcast_reading.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
namespace v3 = foldline_tests::shop::v3;
using foldline_tests::append_to;
using foldline_tests::lines_of;
using foldline_tests::memory_world;
using foldline_tests::old_order;
using foldline_tests::shop_note;
using namespace foldline;
using lines = std::vector<std::string>;

const stream_id order_1{"order", "1"};

void in_pence(v2::OrderPlaced& event) { event.set_total_minor(event.total_minor() * 100); }
void in_pounds(v3::OrderPlaced& event) { event.set_currency("GBP"); }

}  // namespace

TEST_CASE("carried over: old bytes are read as the new class, and what it has not is filled in") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7), old_order("bob", 0));
    upcaster_chain chain;
    chain.add(carried_over<v1::OrderPlaced>(&in_pence));
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) ==
          lines{"1.0 order-1 v1 order-placed@2 { customer: \"ann\" total_minor: 700 }",
                "2.0 order-1 v2 order-placed@2 { customer: \"bob\" }"});
}

TEST_CASE("carried over: a second such step goes on with what the first has made") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7));
    upcaster_chain chain;
    chain.add(carried_over<v2::OrderPlaced>(&in_pounds));
    chain.add(carried_over(event_type{"order-placed", 1}, &in_pence));
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) ==
          lines{"1.0 order-1 v1 order-placed@3 { customer: \"ann\" total_minor: 700 currency: \"GBP\" }"});
}

TEST_CASE("carried over: it may ask for the context and for earlier events") {
    memory_world world;
    append_to(world.store, order_1, {}, shop_note("EUR"), old_order("ann", 7));
    upcaster_chain chain;
    chain.add(carried_over<v1::OrderPlaced>(
        [](v3::OrderPlaced& event, const upcast_context& at, const earlier<v1::NoteAdded>& note) {
            event.set_currency(note->text() + std::to_string(at.version.value));
        }));
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()).back() ==
          "2.0 order-1 v2 order-placed@3 { customer: \"ann\" total_minor: 7 currency: \"EUR2\" }");
}

TEST_CASE("carried over: fields that neither class knows are kept") {
    memory_world world;
    v3::OrderPlaced newer;
    newer.set_currency("CHF");
    event_data old = to_event(old_order("ann", 7));
    old.payload += newer.SerializeAsString();  // a field 3, of which versions 1 and 2 know nothing
    (void)world.store.append(append_request::to(order_1, expected_version::any(), {old}));
    upcaster_chain chain;
    chain.add(carried_over<v1::OrderPlaced>([](v2::OrderPlaced&) {}));
    chain.add(carried_over<v2::OrderPlaced>([](v3::OrderPlaced&) {}));
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) ==
          lines{"1.0 order-1 v1 order-placed@3 { customer: \"ann\" total_minor: 7 currency: \"CHF\" }"});
}

TEST_CASE("carried over: bytes that are no message are an event_failure that names the step and the class") {
    memory_world world;
    event_data damaged = to_event(old_order("ann", 1));
    damaged.payload = "\x0a\xff";
    (void)world.store.append(append_request::to(order_1, expected_version::any(), {damaged}));
    upcaster_chain chain;
    chain.add(carried_over<v1::OrderPlaced>([](v2::OrderPlaced&) {}));
    const upcasting_event_store store{world.store, chain};
    try {
        (void)lines_of(store, read_query::all());
        FAIL("not thrown");
    } catch (const event_failure& failure) {
        CHECK(failure.type == "order-placed@1");
        CHECK(failure.position == global_position{1});
        CHECK(std::string(failure.what())
                  .find("the upcaster (order-placed@1 -> order-placed@2) failed: the 2 bytes do "
                        "not decode as foldline_tests.shop.v2.OrderPlaced") != std::string::npos);
    }
}

TEST_CASE("carried over: above another upcasting store it goes on with the message that comes from there") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7));
    upcaster_chain first;
    first.add(carried_over<v1::OrderPlaced>(&in_pence));
    upcasting_event_store below{world.store, first};
    upcaster_chain second;
    second.add(carried_over<v2::OrderPlaced>(&in_pounds));
    const upcasting_event_store store{below, second};
    CHECK(lines_of(store, read_query::all()) ==
          lines{"1.0 order-1 v1 order-placed@3 { customer: \"ann\" total_minor: 700 currency: \"GBP\" }"});
}

TEST_CASE("renamed: events of an old name are those of the new one, in reads and in filters") {
    memory_world world;
    event_data old = to_event(shop_note("old"));
    old.type = {"remark-made", 4};
    old.schema = nullptr;
    (void)world.store.append(append_request::to(order_1, expected_version::any(), {old}));
    append_to(world.store, order_1, {}, shop_note("new"));
    upcaster_chain chain;
    chain.add(renamed<v1::NoteAdded>({"remark-made", 4}));
    const upcasting_event_store store{world.store, chain};
    const lines both{"1.0 order-1 v1 note-added@1 { text: \"old\" }", "2.0 order-1 v2 note-added@1 { text: \"new\" }"};
    CHECK(lines_of(store, read_query::all()) == both);
    CHECK(lines_of(store, read_query::all().of_types({schema_of(v1::NoteAdded{}).type})) == both);
    CHECK(lines_of(store, read_query::all().of_types({wanted_type::every_version_of("note-added")})) == both);
    CHECK(lines_of(store, read_query::all().of_types({wanted_type::every_version_of("remark-made")})).empty());
}
