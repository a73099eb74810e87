#include "support/memory_world.hpp"
#include "support/upcast_reading.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>
#include <foldline/testing/old_event.hpp>
#include <foldline/upcasters/known_events_store.hpp>
#include <foldline/upcasters/reachability.hpp>
#include <foldline/upcasters/schema_check.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
namespace v3 = foldline_tests::shop::v3;
using foldline_tests::append_to;
using foldline_tests::lines_of;
using foldline_tests::memory_world;
using v1::NoteAdded;
using v1::OrderShipped;
using namespace foldline;
using lines = std::vector<std::string>;

namespace {

const stream_id order_1{"order", "1"};

struct order {
    using events = event_list<v2::OrderPlaced, OrderShipped, NoteAdded>;
};

constexpr auto order_1_today = "1.0 order-1 v1 order-placed@3 { customer: \"ann\" total_minor: 700 currency: \"GBP\" }";

/// Told at the first event of a type that nobody knows.
struct told {
    void operator()(event_type type, const event_view&) const { names->push_back(type.to_string()); }
    lines* names;
};

}  // namespace

TEST_CASE("upcasters: the example of the README reads old events as current ones") {
    memory_world world;
    auto& store = world.store;
    append_to(store, order_1, {}, foldline_tests::old_order("ann", 7), v1::OrderScripted{});

    // [doc:chain]
    upcaster_chain chain;
    chain.add([](const v1::OrderPlaced& old) {  // one to one
        v2::OrderPlaced placed;
        placed.set_customer(old.customer());
        placed.set_total_minor(old.total_major() * 100);
        return placed;
    });
    chain.add([](const v1::OrderScripted& old, emits<OrderShipped, NoteAdded> emit) {  // one to many, or to none
        NoteAdded note;
        note.set_text(old.script());
        emit(note);
        emit(OrderShipped{});
    });
    chain.add([](const v1::CartViewed&, emits<>) {});
    chain.add(renamed<NoteAdded>({"remark-made", 1}));  // the same event under another stored name
    chain.rename_category("cart", "order");             // streams that were stored as cart-…
    upcasting_event_store events{store, chain};
    require_reachable(events, chain, event_catalog{}.add(order::events{}));  // at start-up, not at the first old event
    // [doc:end]

    std::string seen;
    events.read(read_query::all(), batch_limit{10},
                [&](const event_view& event) { seen += events.type_of(event.type).to_string() + " "; });
    CHECK(seen == "order-placed@2 note-added@1 order-shipped@1 ");
}

TEST_CASE("upcasters: an event is made of itself, of its place and of an earlier one, as the README has it") {
    memory_world world;
    append_to(world.store, order_1, timestamp{}, foldline_tests::old_order("ann", 7), foldline_tests::shipment("van"));

    upcaster_chain chain;
    // [doc:earlier]
    chain.add([](const OrderShipped& old, const upcast_context& stored, const earlier<v1::OrderPlaced>& placed) {
        NoteAdded note;
        note.set_text(old.carrier() + " to " + (placed ? placed->customer() : "nobody") + " at " +
                      to_string(stored.occurred_at));
        return note;
    });
    // [doc:end]
    const upcasting_event_store events{world.store, chain};

    CHECK(lines_of(events, read_query::stream(order_1)).back() ==
          "2.0 order-1 v2 note-added@1 { text: \"van to ann at 1970-01-01T00:00:00Z\" }");
}

TEST_CASE("upcasters: rules, and bytes that are carried over, make one chain, as the README has it") {
    memory_world world;
    append_to(world.store, order_1, {}, foldline_tests::old_order("ann", 7));
    upcaster_chain chain;
    // [doc:declared]
    declared_upcaster in_pence{{"order-placed", 1}, {"order-placed", 2}};  // rules, which a file can keep
    in_pence.move("total_major", "total_minor", multiplied_by{100});
    chain.add<v2::OrderPlaced>(in_pence);
    chain.add(carried_over<v2::OrderPlaced>([](v3::OrderPlaced& event) { event.set_currency("GBP"); }));
    // [doc:end]
    CHECK(lines_of(upcasting_event_store{world.store, chain}, read_query::all()) == lines{order_1_today});
}

TEST_CASE("upcasters: an old class is not needed, as the README has it") {
    memory_world world;
    append_to(world.store, order_1, {}, foldline_tests::old_order("ann", 7));
    upcaster_chain chain;
    // [doc:dynamic]
    chain.add_dynamic({"order-placed", 1}, [](const dynamic_event& old) {  // code, by the names of the stored schema
        v3::OrderPlaced placed;
        placed.set_customer(old.text("customer"));
        placed.set_total_minor(old.integer("total_major") * 100);
        placed.set_currency("GBP");
        return placed;
    });
    // [doc:end]
    CHECK(lines_of(upcasting_event_store{world.store, chain}, read_query::all()) == lines{order_1_today});
}

TEST_CASE("upcasters: the start-up checks of the README let a good program through, and no other") {
    memory_world world;
    auto& store = world.store;
    append_to(store, order_1, {}, foldline_tests::old_order("ann", 7));
    upcaster_chain chain;
    chain.add([](const v1::OrderPlaced&) { return v3::OrderPlaced{}; });
    struct order {
        using events = event_list<v3::OrderPlaced>;
    };
    const auto start = [&] {
        // [doc:start]
        event_catalog known;
        known.add(order::events{});
        require_reachable(store, chain, known);           // every stored event has a way to one that is known
        require_compatible_schemas(store, known, chain);  // and every known one reads what is stored of it
        // [doc:end]
    };
    CHECK_NOTHROW(start());
    chain = {};
    CHECK_THROWS_AS(start(), definition_error);
}

TEST_CASE("upcasters: events of unknown types are treated as their reader has decided, as the README has it") {
    memory_world world;
    auto& store = world.store;
    append_to(store, order_1, {}, foldline_tests::bank::v1::MoneyDeposited{}, foldline_tests::shop_note("n"));
    event_catalog known;
    known.add(order::events{});
    lines names;
    const told tell_operator{&names};
    // [doc:unknown]
    known_events_store events{store, known, unknown_event_policy::skipped, tell_operator};
    // [doc:end]
    CHECK(lines_of(events, read_query::all()) == lines{"2.0 order-1 v2 note-added@1 { text: \"n\" }"});
    CHECK(names == lines{"money-deposited@1"});
    CHECK(events.counts().at("money-deposited@1") == 1);
}

TEST_CASE("upcasters: a test stores an event of a retired message, as the README of testing has it") {
    memory_world world;
    auto& store = world.store;
    foldline_tests::bank::v1::MoneyWithdrawn withdrawn;
    withdrawn.set_amount_major(3);
    // [doc:old-event]
    (void)store.append(
        append_request::to({"account", "1"}, expected_version::no_stream(), {testing::old_event(withdrawn)}));
    // [doc:end]
    CHECK(store.head() == global_position{1});
}
