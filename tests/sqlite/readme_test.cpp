// The examples of sqlite/README.md, which are cut from here.

#include "support/scratch_folder.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/event_copy.hpp>
#include <foldline/sqlite/event_sql.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace foldline;
using foldline_tests::scratch_folder;
namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;

/// A file with two old orders and a cart.
struct old_shop {
    old_shop() {
        for (const char* customer : {"ann", "bob"}) {
            v1::OrderPlaced placed;
            placed.set_customer(customer);
            placed.set_total_major(7);
            store({"order", customer}, placed);
        }
        store({"cart", "1"}, v1::CartViewed{});
    }
    void store(const stream_id& stream, const google::protobuf::Message& event) {
        (void)stored.append(append_request::to(stream, expected_version::any(), {to_event(event)}));
    }

    scratch_folder folder;
    system_clock clock;
    uuid_v7_source ids{clock};
    sqlite::database file{folder / "shop.db", {.durable = sqlite::durability::off}};
    sqlite::sqlite_event_store stored{file, clock, ids};
};

upcaster_chain old_events() {
    upcaster_chain chain;
    chain.add<v2::OrderPlaced>(declared_upcaster{{"order-placed", 1}, {"order-placed", 2}}.move(
        "total_major", "total_minor", multiplied_by{100}));
    return chain;
}

}  // namespace

TEST_CASE("sqlite: SQL over events is as the README has it") {
    old_shop shop;
    event_store& stored = shop.stored;
    std::vector<std::string> answers;
    const auto print = [&](std::string_view customer, std::int64_t total) {
        answers.push_back(std::string(customer) + " " + std::to_string(total));
    };
    // [doc:sql]
    upcasting_event_store events{stored, old_events()};  // or the store itself, for events as they are stored
    sqlite::event_sql sql{events};
    sql.each_row(
        "select customer, sum(total_minor) from order_placed where position > ?1 group by 1 order by 1",
        [&](const sql_row& row) { print(row.text(0), row.integer(1)); }, std::int64_t{0});
    // [doc:end]
    CHECK(answers == std::vector<std::string>{"ann 700", "bob 700"});
}

TEST_CASE("sqlite: a copy of some events is as the README has it") {
    old_shop shop;
    auto& [folder, clock, ids, file, stored] = shop;
    // [doc:copy]
    sqlite::event_import copy{folder / "orders.db", clock, ids, {.numbers = sqlite::numbering::anew}};
    const auto as_it_is = [](const event_view& event, event_type type, std::vector<sqlite::copied_event>& copies) {
        copies.push_back(sqlite::copy_of(event, type));
    };
    sqlite::copy_events(file, stored, read_query::category("order"), copy, as_it_is);
    copy.publish();  // synced and verified; until then it is orders.db.partial
    // [doc:end]
    sqlite::database made{folder / "orders.db", {.mode = sqlite::open_mode::read_only}};
    const sqlite::sqlite_event_store copied{made, clock, ids};
    CHECK(copied.head() == global_position{2});
}

TEST_CASE("sqlite: upcasters are kept as the README has it") {
    old_shop shop;
    sqlite::database& file = shop.file;
    // [doc:keep]
    sqlite::keep_upcasters(file, old_events());  // those that are declared
    // [doc:end]
    CHECK(sqlite::kept_upcasters(file).size() == 1);
}
