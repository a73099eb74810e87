#include "support/document_world.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/documents.hpp>
#include <foldline/projections/projection_chain.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace foldline_tests::documents::v1;

/// `first_orders` has a row for each order that was the first one of its customer.
struct chained_shop : memory_world {
    model_file file;
    document_projection<CustomerSummary> customers = customers_projection();
    sql_projection first_orders{"first_orders", 1};

    chained_shop() {
        first_orders.table("first_orders", "create table first_orders (customer text not null) strict");
        first_orders.on([&](const OrderPlaced& placed, const event_view&, sql_session& rows) {
            const CustomerSummary* customer = customers.documents_in(rows).find(placed.customer());
            if (!customer) throw std::runtime_error("the order is in front of its customer");
            if (customer->orders() == 1) rows.execute("insert into first_orders values (?1)", placed.customer());
            if (placed.country() == "nowhere") throw std::runtime_error("nobody lives there");
        });
    }
};

const std::string firsts = "select customer from first_orders order by customer";

}  // namespace

TEST_CASE("projection chain: a later part sees what an earlier one made of the same event") {
    chained_shop shop;
    projection_chain chain{"shop", 1, {&shop.customers, &shop.first_orders}};
    CHECK(chain.events().size() == 2);
    CHECK(chain.tables().size() == 2);
    plain_driver driver{shop.store, shop.file.models(), chain};
    append(shop.store, order_placed("anne", 1));
    append(shop.store, order_placed("anne", 1));
    append(shop.store, order_placed("bert", 1));
    append(shop.store, customer_forgotten("bert"));
    append(shop.store, order_placed("bert", 1));
    (void)driver.run();
    append(shop.store, order_placed("anne", 1));
    (void)driver.run();
    CHECK(rows_of(shop.file.models(), firsts) == std::vector<std::string>{"anne", "bert", "bert"});
    CHECK(foldline::documents<CustomerSummary>{shop.file.models(), shop.customers}.find("anne")->orders() == 3);
}

TEST_CASE("projection chain: an event that fails in one part leaves nothing in another") {
    chained_shop shop;
    projection_chain chain{"shop", 1, {&shop.customers, &shop.first_orders}};
    plain_driver driver{shop.store, shop.file.models(), chain};
    append(shop.store, order_placed("anne", 1));
    append(shop.store, order_placed("anne", 10, "nowhere"));
    append(shop.store, order_placed("bert", 10, "nowhere"));
    append(shop.store, order_placed("anne", 100));
    driver.run_over_failures();
    CHECK(driver.failures == 2);
    const foldline::documents<CustomerSummary> found{shop.file.models(), shop.customers};
    CHECK(found.count() == 1);
    CHECK(found.find("anne")->total_minor() == 101);
    CHECK(rows_of(shop.file.models(), firsts) == std::vector<std::string>{"anne"});
}

TEST_CASE("projection chain: documents that were only read are not kept for the next batch") {
    chained_shop shop;
    shop.customers.order_by_key();
    shop.file.models().create(shop.customers, shop.store.identity());
    for (int batch = 1; batch <= 2; ++batch) {
        const auto session = begin_as_nobody(shop.file.models(), "customers");
        session->execute("insert or replace into customers values ('foreign', ?1, null)",
                         sql_blob{batch == 1 ? std::string_view{"\x08\x01"} : std::string_view{"\x08\x02"}});
        counted_session::counts all;
        counted_session rows{*session, all};
        const CustomerSummary* found = shop.customers.documents_in(rows).find("foreign");
        CHECK(all == counted_session::counts{0, 1, 0});
        REQUIRE(found);
        CHECK(found->orders() == batch);
        session->commit(global_position{batch}, {});
        shop.customers.committed(global_position{batch});
    }
}

TEST_CASE("projection chain: parts that do not fit together are refused") {
    chained_shop shop;
    using chain = projection_chain;
    CHECK_THROWS_AS((chain{"Shop", 1, {&shop.customers}}), definition_error);
    CHECK_THROWS_AS((chain{"shop", 0, {&shop.customers}}), definition_error);
    CHECK_THROWS_AS((chain{"shop", 1, {}}), definition_error);
    CHECK_THROWS_AS((chain{"shop", 1, {&shop.customers, nullptr}}), definition_error);
    CHECK_THROWS_AS((chain{"shop", 1, {&shop.customers, &shop.customers}}), definition_error);
    sql_projection same_table{"others", 1};
    same_table.table("Customers", "create table Customers (a) strict");
    CHECK_THROWS_AS((chain{"shop", 1, {&shop.customers, &same_table}}), definition_error);
    shop.customers.order_by_key();
    CHECK_THROWS_AS((chain{"shop", 1, {&shop.customers, &shop.first_orders}}), definition_error);
}

TEST_CASE("projection chain: its parts keep an event in order by one key") {
    auto customers = customers_projection();
    customers.order_by_key();
    document_projection<ShelfSummary> countries{"countries", 1};
    countries.order_by_key().on(&OrderPlaced::country, [](ShelfSummary&, const OrderPlaced&) {});
    const projection_chain chain{"shop", 1, {&customers, &countries}};
    CHECK(chain.has_order_key());
    CHECK(chain.order_key(0, order_placed("EIRE", 1, "EIRE"), {}) == "EIRE");
    CHECK_THROWS_AS((void)chain.order_key(0, order_placed("anne", 1, "EIRE"), {}), definition_error);
    CHECK(chain.order_key(1, customer_forgotten("anne"), {}) == "anne");
}
