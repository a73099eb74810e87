#include "domain/status.hpp"
#include "reports/report.hpp"
#include "reports/top_sellers.hpp"
#include "shop/orders/v1/line.pb.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace {

using shop::sales_board;
using shop::seller;
namespace v1 = shop::v1;

v1::Line line_of(const std::string& stock_code, const std::string& description, std::int32_t quantity,
                 std::int64_t unit_price_e4) {
    v1::Line line;
    line.set_stock_code(stock_code);
    line.set_description(description);
    line.set_quantity(quantity);
    line.set_unit_price_e4(unit_price_e4);
    return line;
}

}  // namespace

TEST_CASE("status: each word that an order can have names it, and no other word does") {
    for (const std::string_view word : shop::status_words()) {
        const auto status = shop::status_from(word);
        REQUIRE(status);
        CHECK(shop::to_string(*status) == word);
    }
    CHECK(shop::status_words().size() == 5);
    CHECK(shop::status_from("paid") == v1::OrderState::PAID);
    CHECK_FALSE(shop::status_from("lost"));
    CHECK_FALSE(shop::status_from(""));
}

TEST_CASE("reports: each has the name of its projection, and is found by it") {
    std::set<std::string_view> names;
    for (const shop::report* each : shop::all_reports()) {
        CHECK(each->projection()->name() == each->name);
        CHECK(shop::find_report(each->name) == each);
        CHECK(names.insert(each->name).second);
    }
    CHECK(shop::find_report("weather") == nullptr);
}

TEST_CASE("top sellers: the best come first, and products that earned the same by their code") {
    sales_board board;
    board.add(line_of("b", "B", 1, 50'000), 1);
    board.add(line_of("a", "A", 5, 10'000), 1);
    board.add(line_of("c", "C", 1, 10'000), 1);
    board.add(line_of("c", "", 2, 30'000), 1);
    CHECK(board.best(2) == std::vector<seller>{{"c", "C", 3, 70'000}, {"a", "A", 5, 50'000}});
    CHECK(board.best(10).size() == 3);
    CHECK(board.best(0).empty());
}

TEST_CASE("top sellers: what is returned or cancelled falls away") {
    sales_board board;
    board.add(line_of("a", "A", 5, 10'000), 1);
    board.add(line_of("a", "A", -2, 10'000), 1);
    CHECK(board.best(1) == std::vector<seller>{{"a", "A", 3, 30'000}});
    board.add(line_of("a", "A", 5, 10'000), -1);
    CHECK(board.best(1) == std::vector<seller>{{"a", "A", -2, -20'000}});
}
