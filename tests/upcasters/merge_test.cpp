#include "support/memory_world.hpp"
#include "support/spying_event_store.hpp"
#include "support/upcast_reading.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
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
using foldline_tests::shipment;
using foldline_tests::shop_note;
using namespace foldline;
using lines = std::vector<std::string>;

const stream_id order_1{"order", "1"};
const stream_id order_2{"order", "2"};

/// What was shipped to whom: the shipment with the order before it.
v1::NoteAdded told(const v1::OrderShipped& later, const earlier<v1::OrderPlaced>& placed) {
    return shop_note(later.carrier() + " to " + (placed ? placed->customer() : "nobody"));
}

upcaster_chain merging() {
    upcaster_chain chain;
    chain.add(&told);
    return chain;
}

}  // namespace

TEST_CASE("merge: an event is made of itself and the last one of a type before it in its stream") {
    memory_world world;
    append_to(world.store, order_1, {}, shipment("a"), old_order("ann", 1));
    append_to(world.store, order_2, {}, old_order("bob", 2), shipment("b"));
    append_to(world.store, order_1, {}, old_order("ada", 3), shop_note("between"), shipment("c"), shipment("d"));
    const upcasting_event_store store{world.store, merging()};

    CHECK(lines_of(store, read_query::stream(order_1)) ==
          lines{"1.0 order-1 v1 note-added@1 { text: \"a to nobody\" }",
                "2.0 order-1 v2 order-placed@1 { customer: \"ann\" total_major: 1 }",
                "5.0 order-1 v3 order-placed@1 { customer: \"ada\" total_major: 3 }",
                "6.0 order-1 v4 note-added@1 { text: \"between\" }",
                "7.0 order-1 v5 note-added@1 { text: \"c to ada\" }",
                "8.0 order-1 v6 note-added@1 { text: \"d to ada\" }"});
    CHECK(lines_of(store, read_query::stream(order_2)).back() == "4.0 order-2 v2 note-added@1 { text: \"b to bob\" }");
}

TEST_CASE("merge: the answer is the same from any start, at any page size, in both directions and with a filter") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 1), shipment("a"), shop_note("n"), shipment("b"),
              old_order("ada", 2), shipment("c"));
    const upcasting_event_store store{world.store, merging()};
    const lines all = lines_of(store, read_query::stream(order_1));
    REQUIRE(all.size() == 6);

    for (std::size_t limit = 1; limit <= 7; ++limit) {
        CAPTURE(limit);
        for (std::int64_t start = 0; start <= 6; ++start) {
            CAPTURE(start);
            const lines rest(all.begin() + start, all.end());
            CHECK(lines_of(store, read_query::stream(order_1).after(stream_version{start}), limit) == rest);
            CHECK(lines_of(store, read_query::all().after(global_position{start}), limit) == rest);
        }
        const lines reversed(all.rbegin(), all.rend());
        CHECK(lines_of(store, read_query::stream(order_1).backward(), limit) == reversed);
        const auto notes = read_query::category("order").of_types({schema_of(v1::NoteAdded{}).type});
        CHECK(lines_of(store, notes, limit) == lines{all[1], all[2], all[3], all[5]});
    }
}

TEST_CASE("merge: the earlier event stays, unless an upcaster drops it, and is still found then") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 1), shipment("a"));
    const upcasting_event_store store{world.store, merging().add([](const v1::OrderPlaced&, emits<>) {})};
    CHECK(lines_of(store, read_query::all()) == lines{"2.0 order-1 v2 note-added@1 { text: \"a to ann\" }"});
}

TEST_CASE("merge: the earlier event is as it was stored, though the chain makes another of it") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 4), shipment("a"));
    upcaster_chain chain;
    chain.add([](const v1::OrderPlaced&) { return v3::OrderPlaced{}; });
    chain.add(
        [](const v1::OrderShipped&, const earlier<v1::OrderPlaced>& placed, const earlier<v3::OrderPlaced>& none) {
            return shop_note(fmt::format("{} {}", placed->total_major(), static_cast<bool>(none)));
        });
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()).back() == "2.0 order-1 v2 note-added@1 { text: \"4 false\" }");
}

TEST_CASE("merge: a later event that the chain itself makes finds the earlier one too") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 1), v1::CartViewed{});
    const upcasting_event_store store{world.store,
                                      merging().add([](const v1::CartViewed&) { return shipment("van"); })};
    CHECK(lines_of(store, read_query::all()).back() == "2.0 order-1 v2 note-added@1 { text: \"van to ann\" }");
}

TEST_CASE("merge: several earlier events, the context and emits go together") {
    memory_world world;
    append_to(world.store, order_1, {}, shop_note("gift"), old_order("ann", 1), shipment("a"));
    upcaster_chain chain;
    chain.add([](const v1::OrderShipped& later, const upcast_context& at, const earlier<v1::OrderPlaced>& placed,
                 const earlier<v1::NoteAdded>& note, emits<v2::OrderPlaced, v1::NoteAdded> emit) {
        emit(shop_note(
            fmt::format("{} {} {} v{}", later.carrier(), note->text(), at.stream.to_string(), at.version.value)));
        v2::OrderPlaced made;
        made.set_customer(placed->customer());
        emit(made);
    });
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::stream(order_1).after(stream_version{2})) ==
          lines{"3.0 order-1 v3 note-added@1 { text: \"a gift order-1 v3\" }",
                "3.1 order-1 v3 order-placed@2 { customer: \"ann\" }"});
}

TEST_CASE("merge: the store is asked for an earlier event only when a later one is met") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 1), shop_note("n"), shipment("a"));
    foldline_tests::spying_event_store spy{world.store};
    const upcasting_event_store store{spy, merging()};
    (void)lines_of(store, read_query::stream(order_1).before(stream_version{3}));
    CHECK(spy.reads == 1);
    (void)lines_of(store, read_query::stream(order_1).after(stream_version{2}));
    CHECK(spy.reads == 3);
    CHECK(spy.events_read == 4);
}

TEST_CASE("merge: an earlier event that does not decode fails the later one, and is named") {
    memory_world world;
    event_data damaged = to_event(old_order("ann", 1));
    damaged.payload = "\x0a\xff";
    (void)world.store.append(append_request::to(order_1, expected_version::any(), {damaged}));
    append_to(world.store, order_1, {}, shop_note("n"), shipment("a"));
    const upcasting_event_store store{world.store, merging()};
    try {
        (void)lines_of(store, read_query::stream(order_1).after(stream_version{2}));
        FAIL("not thrown");
    } catch (const event_failure& failure) {
        CHECK(failure.type == "order-shipped@1");
        CHECK(failure.version == stream_version{3});
        const std::string what = failure.what();
        CHECK(what.find("the upcaster (order-shipped@1 after order-placed@1 -> note-added@1) failed") !=
              std::string::npos);
        CHECK(what.find("its 2 bytes do not decode") != std::string::npos);
    }
}

TEST_CASE("merge: to look at an earlier event that is not there fails the later one, and not the process") {
    memory_world world;
    append_to(world.store, order_1, {}, shipment("a"));
    upcaster_chain chain;
    chain.add(
        [](const v1::OrderShipped&, const earlier<v1::OrderPlaced>& placed) { return shop_note(placed->customer()); });
    const upcasting_event_store store{world.store, chain};
    try {
        (void)lines_of(store, read_query::all());
        FAIL("not thrown");
    } catch (const event_failure& failure) {
        CHECK(failure.version == stream_version{1});
        CHECK(std::string(failure.what()).find("no order-placed@1 was stored in this stream before") !=
              std::string::npos);
    }
}

TEST_CASE("merge: above another upcasting store, the earlier event is as that one hands it on, the last of its parts") {
    memory_world world;
    v1::OrderScripted two;
    two.set_script("nn");
    append_to(world.store, order_1, {}, two, shipment("a"));
    upcaster_chain splitting;
    splitting.add([](const v1::OrderScripted&, emits<v1::NoteAdded> emit) {
        emit(shop_note("first"));
        emit(shop_note("second"));
    });
    upcasting_event_store below{world.store, splitting};
    upcaster_chain chain;
    chain.add([](const v1::OrderShipped&, const earlier<v1::NoteAdded>& note) { return shop_note(note->text()); });
    const upcasting_event_store store{below, chain};
    CHECK(lines_of(store, read_query::all()).back() == "2.0 order-1 v2 note-added@1 { text: \"second\" }");
}
