#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/testing/projection_spec.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

namespace {

using namespace foldline;
using namespace foldline_tests;
using foldline::testing::past_event;
using foldline::testing::projection_spec;
using foldline::testing::spec_failure;

template <class F>
std::string failure_of(F&& specify) {
    try {
        specify();
    } catch (const spec_failure& failure) {
        return failure.what();
    }
    return "the specification was met";
}

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("projection spec: rows that are as expected pass") {
    auto sales = sales_projection();
    projection_spec{sales}
        .then_rows("select * from sales", {})
        .given(sold("EIRE", 2), sold("FRANCE", 1), till_opened("1"))
        .then_rows("select country, units from sales order by 1", {{"EIRE", 2}, {"FRANCE", 1}})
        .given(returned("EIRE", 2))
        .then_rows("select country, units from sales order by 1", {{"EIRE", 0}, {"FRANCE", 1}});
}

TEST_CASE("projection spec: streams and business times are those that were given") {
    const timestamp noon = *parse_timestamp("2010-12-09T12:00");
    sql_projection seen{"seen", 1};
    seen.table("seen", "create table seen (stream text, version integer, occurred_at integer)");
    seen.on([](const sales::v1::ItemSold&, const event_view& event, sql_session& rows) {
        rows.execute("insert into seen values (?1, ?2, ?3)", event.stream.to_string(), event.version.value,
                     event.occurred_at);
    });
    projection_spec{seen}
        .given(past_event{sold("EIRE", 1)}.in("till-7").occurred(noon), past_event{sold("EIRE", 2)}.in("till-7"),
               sold("EIRE", 3))
        .then_rows("select stream, version from seen", {{"till-7", 1}, {"till-7", 2}, {"spec-1", 1}})
        .then_rows("select occurred_at from seen limit 1", {{noon.time_since_epoch().count()}});
}

TEST_CASE("projection spec: cells of every kind are compared as what they are") {
    auto sales = sales_projection();
    projection_spec spec{sales};
    const std::string text = "x";
    spec.then_rows("select null, 1, -9223372036854775807, 0.5, 'x', '', true",
                   {{nullptr, 1, -9223372036854775807, 0.5, text, "", true}});
    CHECK_THROWS_AS(spec.then_rows("select null", {{""}}), spec_failure);
    CHECK_THROWS_AS(spec.then_rows("select ''", {{nullptr}}), spec_failure);
    CHECK_THROWS_AS(spec.then_rows("select 'null'", {{nullptr}}), spec_failure);
    CHECK_THROWS_AS(spec.then_rows("select 2", {{1}}), spec_failure);
    CHECK_THROWS_AS(spec.then_rows("select 0.25", {{0.5}}), spec_failure);
    CHECK_THROWS_AS(spec.then_rows("select 'X'", {{"x"}}), spec_failure);
    CHECK_THROWS_AS(spec.then_rows("select 1, 2", {{1}}), spec_failure);
    CHECK_THROWS_AS(spec.then_rows("select 1", {{1, 2}}), spec_failure);
}

TEST_CASE("projection spec: a failure shows both tables, and marks the cells that differ") {
    auto sales = sales_projection();
    projection_spec spec{sales};
    spec.given(sold("EIRE", 2), sold("FRANCE", 1), sold("NORWAY", 30));
    const auto failure = failure_of([&] {
        spec.then_rows("select country, units from sales order by 1",
                       {{"EIRE", 2}, {"FRANCE", 10}, {"NORWAY", 30}, {"SPAIN", 4}});
    });
    CHECK(says(failure, "projection_spec_test.cpp:"));
    CHECK(says(failure, "select country, units from sales order by 1"));
    CHECK(says(failure,
               "     country  units\n"
               "     EIRE     2\n"
               "  -  FRANCE   [10]\n"
               "  +  FRANCE   [1]\n"
               "     NORWAY   30\n"
               "  -  SPAIN    4\n"));
    CHECK(says(failure_of([&] { spec.then_rows("select country from sales order by 1", {{"EIRE"}}); }),
               "     country\n"
               "     EIRE\n"
               "  +  FRANCE\n"
               "  +  NORWAY\n"));
}

TEST_CASE("projection spec: a projection that fails is told by its event") {
    auto sales = sales_projection();
    meddled_projection poisoned{sales, [](const event_view&, sql_session&) { throw std::runtime_error("no paper"); }};
    projection_spec spec{poisoned};
    spec.given(sold("EIRE", 2));
    CHECK_THROWS_AS(spec.then_rows("select * from sales", {}), event_failure);
}
