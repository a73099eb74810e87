#include "support/document_world.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/documents.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace foldline_tests::documents::v1;

/// Ten customers, `c0` to `c9`, of two countries, of which the even ones have an address, and every fourth a town.
struct ten_customers : memory_world {
    model_file file;
    document_projection<CustomerSummary> customers{"customers", 1};
    foldline::documents<CustomerSummary> found{file.models(), customers};

    ten_customers() {
        for (const char* field : {"country", "orders", "standing", "address.country", "address.town"})
            customers.index(field);
        customers.on(&OrderPlaced::customer, [](CustomerSummary& to, const OrderPlaced& placed) {
            const std::int64_t number = placed.total_minor();
            to.set_country(placed.country());
            to.set_orders(number);
            to.set_standing(number > 7 ? STANDING_REGULAR : STANDING_NEW);
            if (number % 2 == 0) to.mutable_address()->set_country(placed.country());
            if (number % 4 == 0) to.mutable_address()->set_town("town");
        });
        for (int i = 0; i < 10; ++i)
            append(store, order_placed("c" + std::to_string(i), i, i % 3 == 0 ? "EIRE" : "NORWAY"));
        (void)plain_driver{store, file.models(), customers}.run();
    }

    template <class Value>
    std::string by(std::string_view field, const Value& value, const document_page& page = {}) const {
        std::string keys;
        found.find_by(
            field, value, [&](std::string_view key, const CustomerSummary&) { keys += key; }, page);
        return keys;
    }
    std::string all(const document_page& page) const {
        std::string keys;
        found.each([&](std::string_view key, const CustomerSummary&) { keys += key; }, page);
        return keys;
    }
};

}  // namespace

TEST_CASE("documents: one is found by its key, and others by what they say") {
    const ten_customers shop;
    CHECK(shop.found.find("c3")->orders() == 3);
    CHECK_FALSE(shop.found.find("c10"));
    CHECK_FALSE(shop.found.find(3));
    CHECK(shop.by("country", "EIRE") == "c0c3c6c9");
    CHECK(shop.by("country", std::string{"FRANCE"}).empty());
    CHECK(shop.by("orders", 4) == "c4");
    CHECK(shop.by("standing", STANDING_REGULAR) == "c8c9");
    CHECK(shop.by("standing", STANDING_NEW) == "c0c1c2c3c4c5c6c7");
    CHECK(shop.by("address.country", "NORWAY") == "c2c4c8");
    CHECK(shop.by("address.country", nullptr) == "c1c3c5c7c9");
    CHECK(shop.by("address.town", "town") == "c0c4c8");
    CHECK(shop.by("address.town", nullptr) == "c1c2c3c5c6c7c9");
    CHECK(shop.found.count() == 10);
}

TEST_CASE("documents: they come in the order of their keys, page by page") {
    const ten_customers shop;
    CHECK(shop.all({}) == "c0c1c2c3c4c5c6c7c8c9");
    CHECK(shop.all({3, {}}) == "c0c1c2");
    CHECK(shop.all({3, "c2"}) == "c3c4c5");
    CHECK(shop.all({3, "c8"}) == "c9");
    CHECK(shop.all({0, {}}).empty());
    CHECK(shop.by("country", "EIRE", {2, {}}) == "c0c3");
    CHECK(shop.by("country", "EIRE", {2, "c3"}) == "c6c9");
    CHECK(shop.by("country", "EIRE", {2, "c9"}).empty());
}

TEST_CASE("documents: what they say is found by an index, in both ways to ask") {
    ten_customers shop;
    std::string plan;
    shop.file.models().read([&](sql_session& rows) {
        rows.each_row(
            "explain query plan select key from customers where ix_country is 'EIRE' and key > 'c1' order by key",
            [&](const sql_row& row) { plan += row.text(3); });
    });
    CHECK(plan.find("customers_ix_country (ix_country=? AND key>?)") != std::string::npos);
    CHECK(plan.find("TEMP B-TREE") == std::string::npos);
}

TEST_CASE("documents: a field without an index is refused") {
    const ten_customers shop;
    CHECK_THROWS_AS(shop.by("no_field", 1), definition_error);
    CHECK_THROWS_AS(shop.by("remarks", "x"), definition_error);
    CHECK_THROWS_AS(shop.by("total_minor", 1), sql_error);
}
