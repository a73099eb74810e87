// Which columns the class of a message gives.

#include "../../sqlite/src/event_columns.hpp"

#include "foldline_tests/codec/v1/shapes.pb.h"
#include "foldline_tests/columns/v1/columns.pb.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace foldline::sqlite;
using foldline_tests::columns::v1::KindsListed;
using foldline_tests::columns::v1::KindsListedLater;

const message_column& named(const std::vector<message_column>& columns, std::string_view name) {
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const message_column& each) { return each.name == name; });
    REQUIRE_MESSAGE(found != columns.end(), std::string(name));
    return *found;
}

}  // namespace

TEST_CASE("columns: each kind of field is declared as what SQL compares it as") {
    const auto columns = columns_of(*KindsListed::descriptor());
    CHECK(named(columns, "small").declared == "INTEGER");
    CHECK(named(columns, "large_unsigned").declared.empty());
    CHECK(named(columns, "fine").declared == "REAL");
    CHECK(named(columns, "flag").declared == "INTEGER");
    CHECK(named(columns, "text").declared == "TEXT");
    CHECK(named(columns, "raw").declared == "BLOB");
    CHECK(named(columns, "colour").declared == "TEXT");
    CHECK(named(columns, "at").form == column_form::time);
    CHECK(named(columns, "numbers").form == column_form::json);
    CHECK(named(columns, "wrapped").declared == "INTEGER");
}

TEST_CASE("columns: a message inside is dotted names and a hidden column, and one that holds itself is JSON") {
    const auto columns = columns_of(*KindsListed::descriptor());
    CHECK(named(columns, "part").is_hidden);
    CHECK(named(columns, "part.name").path.size() == 2);
    CHECK(named(columns, "part.owner").is_personal);
    CHECK_FALSE(named(columns, "part.name").is_personal);
    const auto nested = columns_of(*foldline_tests::codec::v1::BoxNested::descriptor());
    CHECK(named(nested, "inner").form == column_form::json);
    CHECK_FALSE(named(nested, "inner").is_hidden);
    CHECK(std::none_of(nested.begin(), nested.end(), [](const auto& each) { return each.name == "inner.inner"; }));
}

TEST_CASE("columns: fields of one name are one column of a table, and names that are taken become others") {
    table_columns table{{{"position", "INTEGER"}, {"Text", "TEXT"}}};
    const auto first = columns_of(*KindsListed::descriptor());
    const auto places = table.add(first);
    const auto later = table.add(columns_of(*KindsListedLater::descriptor()));
    CHECK(later[0] == places[0]);
    const auto name_at = [&](std::string_view field) {
        return table.all()[places[static_cast<std::size_t>(&named(first, field) - first.data())]].name;
    };
    CHECK(name_at("position") == "data.position");
    CHECK(name_at("text") == "data.text");
    CHECK(table.all()[places[1]].declared.empty());
    CHECK_FALSE(table.all()[places[1]].is_exact);
    CHECK(table.all()[places[0]].declared == "INTEGER");
    CHECK(table.places_of(first) == places);
}

TEST_CASE("columns: lists and maps have columns of their elements") {
    const auto lists = lists_of(*KindsListed::descriptor());
    const auto names = [&](std::string_view list) {
        std::string text;
        for (const auto& each : columns_of_elements(named(lists, list)))
            if (!each.is_hidden) text += (text.empty() ? "" : " ") + each.name;
        return text;
    };
    CHECK(names("numbers") == "value");
    CHECK(names("parts") == "name price_e4 tags owner");
    CHECK(names("counts") == "key value");
    CHECK(names("parts_by_number") == "key value.name value.price_e4 value.tags value.owner");
    CHECK(names("part.tags") == "value");
}
