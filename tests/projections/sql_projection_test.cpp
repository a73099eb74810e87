#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/inline_projector.hpp>

#include <doctest/doctest.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

void ignore(const sales::v1::ItemSold&, const event_view&, sql_session&) {}

}  // namespace

TEST_CASE("sql projection: a name that is none is refused") {
    for (const std::string& name :
         {std::string{}, std::string{"Sales"}, std::string{"1st"}, std::string{"_sales"}, std::string{"sales-eu"},
          std::string{"a/b"}, std::string{".."}, std::string{"a\0b", 3}, std::string(101, 'a')}) {
        CAPTURE(name);
        CHECK_THROWS_AS((sql_projection{name, 1}), definition_error);
    }
    CHECK(sql_projection{"sales_2_eu", 1}.name() == "sales_2_eu");
    CHECK(sql_projection{std::string(100, 'a'), 1}.version() == 1);
    CHECK_THROWS_AS((sql_projection{"sales", 0}), definition_error);
}

TEST_CASE("sql projection: a table that is none, is named twice or is foldline's own is refused") {
    sql_projection sales{"sales", 1};
    sales.table("Sales_2", "create table Sales_2 (a)");
    for (const char* name : {"", "2_sales", "sales-2", "main.sales", "a b", "\"a\"", "sales_2", "SALES_2", "rm_mine",
                             "RM_mine", "log_mine", "sn_mine", "foldline_mine", "sqlite_mine"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(sales.table(name, "create table x (a)"), definition_error);
    }
    CHECK(sales.tables().size() == 1);
}

TEST_CASE("sql projection: an event has one handler") {
    sql_projection sales{"sales", 1};
    sales.on(
        [](const sales::v1::ItemSold& event, const event_view& view, sql_session& rows) { ignore(event, view, rows); });
    CHECK_THROWS_AS(sales.on([](const sales::v1::ItemSold&, const event_view&, sql_session&) {}), definition_error);
    sales.on([](const sales::v1::ItemSoldSomewhere&, const event_view&, sql_session&) {});
    REQUIRE(sales.events().size() == 2);
    CHECK(sales.events()[0].type == event_type{"item-sold", 2});
    CHECK(sales.events()[1].type == event_type{"item-sold", 1});
}

TEST_CASE("inline projector: two of one name, or with one table, are refused") {
    memory_world world;
    auto sales = sales_projection();
    auto again = sales_projection();
    sql_projection journal{"journal", 1};
    journal.table("sales_journal", "create table sales_journal (a)");
    sql_projection other{"other", 1};
    CHECK_THROWS_AS((inline_projector{world.store, {&sales, &again}}), definition_error);
    CHECK_THROWS_AS((inline_projector{world.store, {&sales, &journal}}), definition_error);
    CHECK_THROWS_AS((inline_projector{world.store, {&sales, nullptr}}), definition_error);
    CHECK_FALSE(inline_projector{world.store, {&sales, &other}}.empty());
    CHECK(inline_projector{world.store, {}}.empty());
}
