#include "schema_messages.hpp"
#include "support/memory_world.hpp"
#include "support/upcast_reading.hpp"

#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

namespace {

namespace v3 = foldline_tests::shop::v3;
using foldline_tests::lines_of;
using foldline_tests::memory_world;
using foldline_tests::order_class;
using foldline_tests::order_schema;
using foldline_tests::proto3;
using namespace foldline;
using lines = std::vector<std::string>;

/// A schema of the order that no class of the program has; a store in memory borrows it.
struct old_class {
    explicit old_class(std::string_view body) : messages(body), schema(order_schema(proto3(body))) {}

    order_class messages;
    event_schema schema;
};

void append_order(event_store& store, const old_class& of, const std::string& text) {
    event_data event;
    event.type = of.schema.type;
    event.payload = of.messages.make(text)->SerializeAsString();
    event.schema = &of.schema;
    (void)store.append(append_request::to({"order", "1"}, expected_version::any(), {event}));
}

upcaster_chain to_pence() {
    upcaster_chain chain;
    return chain.add<v3::OrderPlaced>(declared_upcaster{{"order-placed", 1}, {"order-placed", 3}}.move(
        "total_major", "total_minor", multiplied_by{100}));
}

const old_class& plain_order() {
    static const old_class made{"message Order { string customer = 1; int64 total_major = 2; }"};
    return made;
}
const old_class& turned_order() {
    static const old_class made{"message Order { int64 total_major = 1; string customer = 2; }"};
    return made;
}
const old_class& priced_order() {
    static const old_class made{"message Order { string customer = 1; int64 total_major = 2; string currency = 3; }"};
    return made;
}

}  // namespace

TEST_CASE("declared: a chain that has read one store reads others whose schemas are built where dead ones were") {
    constexpr int until_an_address_comes_again = 400;
    const upcaster_chain chain = to_pence();
    for (int i = 0; i < until_an_address_comes_again; ++i) {
        memory_world world;
        append_order(world.store, i % 2 == 0 ? plain_order() : turned_order(), "customer: \"ann\" total_major: 7");
        const upcasting_event_store store{world.store, chain};
        REQUIRE(lines_of(store, read_query::all()) ==
                lines{"1.0 order-1 v1 order-placed@3 { customer: \"ann\" total_minor: 700 }"});
    }
}

TEST_CASE("declared: a schema that a store gets while it is read counts from the next read on") {
    memory_world world;
    const upcasting_event_store store{world.store, to_pence()};
    append_order(world.store, plain_order(), "customer: \"ann\" total_major: 7");
    const std::string first = "1.0 order-1 v1 order-placed@3 { customer: \"ann\" total_minor: 700 }";
    CHECK(lines_of(store, read_query::all()) == lines{first});
    append_order(world.store, priced_order(), "customer: \"bob\" total_major: 8 currency: \"EUR\"");
    CHECK(lines_of(store, read_query::all()) ==
          lines{first, "2.0 order-1 v2 order-placed@3 { customer: \"bob\" total_minor: 800 currency: \"EUR\" }"});
}

TEST_SUITE("threads") {
    TEST_CASE("declared: the first events of two types may be met by several readers at once") {
        memory_world world;
        for (int i = 0; i < 20; ++i)
            append_order(world.store, plain_order(), "customer: \"c\" total_major: " + std::to_string(i));
        upcaster_chain chain = to_pence();
        chain.add<foldline_tests::shop::v1::OrderShipped>(declared_upcaster{{"order-placed", 3}, {"order-shipped", 1}}
                                                              .move("customer", "carrier")
                                                              .leave_out("total_minor")
                                                              .leave_out("currency"));
        const upcasting_event_store store{world.store, chain};
        std::vector<lines> seen(4);
        {
            std::vector<std::jthread> readers;
            for (auto& own : seen) readers.emplace_back([&] { own = lines_of(store, read_query::all(), 3); });
        }
        for (const auto& own : seen) {
            CHECK(own.size() == 20);
            CHECK(own == seen[0]);
        }
    }
}
