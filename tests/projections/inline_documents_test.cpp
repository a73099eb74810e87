// The same document projection that a projector drives elsewhere, inside the append.

#include "support/memory_world.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/documents/v1/documents.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/projections/documents.hpp>
#include <foldline/projections/projector.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>

#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <variant>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace foldline_tests::documents::v1;

document_projection<CustomerSummary> customers() {
    document_projection<CustomerSummary> made{"customers", 1};
    made.index("country");
    made.on(&OrderPlaced::customer, [](CustomerSummary& customer, const OrderPlaced& placed) {
        if (placed.total_minor() == 13) throw std::runtime_error("thirteen");
        customer.set_country(placed.country());
        customer.set_orders(customer.orders() + 1);
    });
    made.on(&CustomerForgotten::customer,
            [](document<CustomerSummary>& customer, const CustomerForgotten&) { customer.remove(); });
    return made;
}

OrderPlaced order_of(const std::string& customer, std::int64_t total = 1) {
    OrderPlaced placed;
    placed.set_customer(customer);
    placed.set_country("EIRE");
    placed.set_total_minor(total);
    return placed;
}

struct inline_world {
    inline_world() {
        sqlite::event_store_options options;
        options.inline_projections = {&projection};
        store.emplace(file, time, ids, options);
    }

    [[nodiscard]] std::map<std::string, std::int64_t> orders() const {
        std::map<std::string, std::int64_t> found;
        store->read_inline([&](sql_session& rows) {
            foldline::documents<CustomerSummary>{rows, projection}.find_by(
                "country", "EIRE",
                [&](std::string_view key, const CustomerSummary& each) { found.emplace(key, each.orders()); });
        });
        return found;
    }

    scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file{folder / "store.db"};
    document_projection<CustomerSummary> projection = customers();
    std::optional<sqlite::sqlite_event_store> store;
};

using counted = std::map<std::string, std::int64_t>;

}  // namespace

TEST_CASE("inline documents: an append changes them in its own transaction, and they are found by key and by index") {
    inline_world world;
    (void)append_to(*world.store, {"order", "1"}, {}, order_of("anne"), order_of("bob"), order_of("anne"));
    CHECK(world.orders() == counted{{"anne", 2}, {"bob", 1}});
    (void)append_to(*world.store, {"order", "2"}, {}, order_of("anne"));
    CustomerForgotten forgotten;
    forgotten.set_customer("bob");
    (void)append_to(*world.store, {"order", "1"}, {}, forgotten);
    CHECK(world.orders() == counted{{"anne", 3}});
}

TEST_CASE("inline documents: an append that is refused leaves them as they were, whichever way it is refused") {
    inline_world world;
    (void)append_to(*world.store, {"order", "1"}, {}, order_of("anne"));
    CHECK_THROWS_AS((void)append_to(*world.store, {"order", "1"}, {}, order_of("anne"), order_of("bob", 13)),
                    event_failure);
    CHECK(world.orders() == counted{{"anne", 1}});
    const auto conflict = world.store->append(
        append_request::to({"order", "1"}, expected_version::exactly(stream_version{7}), {to_event(order_of("anne"))}));
    CHECK(std::holds_alternative<version_conflict>(conflict));
    CHECK(world.orders() == counted{{"anne", 1}});
    (void)append_to(*world.store, {"order", "1"}, {}, order_of("anne"));
    CHECK(world.orders() == counted{{"anne", 2}});
    CHECK(world.store->head() == global_position{2});
}

TEST_CASE("inline documents: a projector makes the same documents of the same events in a file of its own") {
    inline_world world;
    for (const char* customer : {"anne", "bob", "anne", "carol"})
        (void)append_to(*world.store, {"order", customer}, {}, order_of(customer));
    sqlite::database file{world.folder / "models.db"};
    sqlite::sqlite_read_models models{file};
    auto same = customers();
    projector{*world.store, models, same}.catch_up();
    counted found;
    foldline::documents<CustomerSummary>{models, same}.each(
        [&](std::string_view key, const CustomerSummary& each) { found.emplace(key, each.orders()); });
    CHECK(found == world.orders());
}
