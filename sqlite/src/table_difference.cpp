#include "table_difference.hpp"

#include "access_rules.hpp"
#include "table_copy.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <vector>

namespace foldline::inline v0::sqlite {
namespace {

std::vector<std::string> common_columns(connection& db, const std::string& rebuilt, const std::string& table) {
    auto present = written_columns(db, "main", table);
    const auto other = written_columns(db, rebuilt, table);
    if (present != other)
        throw definition_error(
            fmt::format("the table {} in {} has the columns {}, the rebuilt one has {}: what makes it has changed, so "
                        "rebuild the projection instead",
                        table, db.file().string(), fmt::join(present, ", "), fmt::join(other, ", ")));
    return present;
}

/// Each row of either side once, behind how many more of it the present side has. SQLite would take 1 for 1.0, and 'a'
/// for 'A' in some columns: so rows are grouped by the types and the bytes of their values.
std::string statement_for(const std::string& rebuilt, const std::string& table,
                          const std::vector<std::string>& columns) {
    std::vector<std::string> exact;
    for (const std::string& column : columns) exact.push_back(fmt::format("{0} collate binary, typeof({0})", column));
    return fmt::format(
        "select sum(foldline_side) as foldline_more, {0} from (select 1 as foldline_side, {0} from main.{1} union all "
        "select -1, {0} from {2}.{1}) group by {3} having foldline_more <> 0 order by {3}",
        fmt::join(columns, ", "), quoted_name(table), rebuilt, fmt::join(exact, ", "));
}

std::string hexadecimal(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

row_difference difference_from(const statement& row, const std::string& table) {
    row_difference found;
    found.where = row.integer(0) > 0 ? row_difference::side::only_present : row_difference::side::only_rebuilt;
    found.table = table;
    for (int column = 1; column < row.columns(); ++column) {
        found.columns.emplace_back(row.name(column));
        if (row.is_null(column)) found.values.emplace_back("null");
        else if (row.is_blob(column)) found.values.push_back(hexadecimal(row.blob(column)));
        else found.values.emplace_back(row.text(column));
    }
    return found;
}

}  // namespace

std::uint64_t compare_table(connection& db, const std::string& rebuilt, const std::string& table,
                            function_ref<void(const row_difference&)> sink, std::size_t most) {
    statement rows = db.prepare(statement_for(rebuilt, table, common_columns(db, rebuilt, table)));
    std::uint64_t differences = 0;
    std::array<std::size_t, 2> told{};  // of each side
    while (rows.step()) {
        const auto copies = static_cast<std::uint64_t>(std::abs(rows.integer(0)));
        differences += copies;
        std::size_t& here = told[rows.integer(0) > 0 ? 1 : 0];
        for (std::uint64_t copy = 0; copy < copies && here < most; ++copy, ++here) sink(difference_from(rows, table));
    }
    return differences;
}

}  // namespace foldline::inline v0::sqlite
