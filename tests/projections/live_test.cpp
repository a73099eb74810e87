#include "support/document_world.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/live.hpp>

#include <doctest/doctest.h>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace foldline_tests::documents::v1;

}  // namespace

TEST_CASE("live: a document is folded from the events, as it is and as it was") {
    memory_world world;
    const auto customers = customers_projection();
    append(world.store, order_placed("anne", 1));
    append(world.store, order_placed("bert", 2));
    append(world.store, order_placed("anne", 4));
    append(world.store, customer_forgotten("anne"));
    append(world.store, order_placed("anne", 8));
    CHECK(live_document(world.store, customers, "anne")->total_minor() == 8);
    CHECK(live_document(world.store, customers, "bert")->total_minor() == 2);
    CHECK_FALSE(live_document(world.store, customers, "carl"));
    CHECK_FALSE(live_document(world.store, customers, "anne", global_position{0}));
    CHECK(live_document(world.store, customers, "anne", global_position{2})->total_minor() == 1);
    CHECK(live_document(world.store, customers, "anne", global_position{3})->total_minor() == 5);
    CHECK_FALSE(live_document(world.store, customers, "anne", global_position{4}));
    CHECK(live_document(world.store, customers, "anne", global_position{500})->total_minor() == 8);
}

TEST_CASE("live: of a projection by stream, only that stream is read") {
    memory_world world;
    document_projection<ShelfSummary> orders{"orders", 1};
    orders.on(by_stream, [](ShelfSummary& order, const OrderPlaced& placed) {
        if (placed.total_minor() < 0) throw std::runtime_error("a negative total");
        order.set_items(order.items() + placed.total_minor());
    });
    for (int i = 0; i < 1500; ++i) append(world.store, order_placed("x", 1), i % 3 == 0 ? "1" : "2");
    append(world.store, order_placed("x", -1), "3");
    CHECK(live_document(world.store, orders, "order-1")->items() == 500);
    CHECK(live_document(world.store, orders, "order-2")->items() == 1000);
    CHECK(live_document(world.store, orders, "order-1", global_position{4})->items() == 2);
    CHECK_FALSE(live_document(world.store, orders, "order-4"));
    CHECK_THROWS_AS((void)live_document(world.store, orders, "order-3"), event_failure);
    CHECK_THROWS_AS((void)live_document(world.store, orders, "no name of a stream"), invalid_name);
}

TEST_CASE("live: an event in a version that no handler takes is told") {
    memory_world world;
    document_projection<ShelfSummary> sales{"sales", 1};
    sales.on(&sales::v1::ItemSold::country, [](ShelfSummary&, const sales::v1::ItemSold&) {});
    append(world.store, sales::v1::ItemSoldSomewhere{});
    CHECK_THROWS_AS((void)live_document(world.store, sales, "EIRE"), event_failure);
}
