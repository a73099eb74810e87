#include "support/memory_world.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline/upcasters/reachability.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <string>

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
using v1::NoteAdded;
using v1::OrderShipped;
using namespace foldline;

namespace {

struct order {
    using events = event_list<v2::OrderPlaced, OrderShipped, NoteAdded>;
};

}  // namespace

TEST_CASE("upcasters: the example of the README reads old events as current ones") {
    foldline_tests::memory_world world;
    auto& store = world.store;
    v1::OrderPlaced old_order;
    old_order.set_total_major(7);
    foldline_tests::append_to(store, {"order", "1"}, {}, old_order, v1::OrderScripted{});

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
