// `sql`: statements over the events, and what there is to ask.

#include "opened_store.hpp"
#include "row_writer.hpp"
#include "sql_request.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/table.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/nearest_word.hpp>
#include <foldline/sqlite/event_sql.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

sqlite::event_sql_options options_of(const sql_request& request) {
    sqlite::event_sql_options options;
    if (request.display.personal == personal_data::shown) options.personal = sqlite::personal_fields::shown;
    options.is_interrupted = [] { return is_interrupted(); };
    return options;
}

/// What SQLite found missing behind these words; empty if it was something else.
std::string missing_name(std::string_view complaint, std::string_view words) {
    const auto at = complaint.find(words);
    return at == std::string_view::npos ? std::string{} : std::string(complaint.substr(at + words.size()));
}

std::string meant(const std::string& typed, const std::vector<std::string>& known) {
    const std::string nearest = nearest_word(typed, known);
    return nearest.empty() ? std::string{} : fmt::format("Did you mean {}? ", nearest);
}

/// Those that a statement speaks of.
std::vector<std::string> tables_in(sqlite::event_sql& sql, const std::string& statement) {
    std::vector<std::string> names = sql.tables();
    std::erase_if(names, [&](const std::string& each) { return statement.find(each) == std::string::npos; });
    return names;
}

/// `column` may have the name of its table before it, and may have dots of its own.
std::string meant_column(sqlite::event_sql& sql, const std::vector<std::string>& tables, const std::string& column) {
    std::vector<std::string> names;
    for (const std::string& table : tables)
        for (const auto& each : sql.columns(table)) names.push_back(each.name);
    const std::string found = meant(column, names);
    const auto dot = column.find('.');
    return found.empty() && dot != std::string::npos ? meant(column.substr(dot + 1), names) : found;
}

std::string hint_for(sqlite::event_sql& sql, const sql_request& request, std::string_view complaint,
                     const std::string& program) {
    const std::string store = request.store.string();
    if (const auto table = missing_name(complaint, "no such table: "); !table.empty())
        return fmt::format("{}See: {} sql {} --tables", meant(table, sql.tables()), program, store);
    if (const auto column = missing_name(complaint, "no such column: "); !column.empty()) {
        const auto tables = tables_in(sql, request.statement);
        return fmt::format("{}See: {} sql {} --describe {}. Dotted names stand in double quotes",
                           meant_column(sql, tables, column), program, store,
                           tables.size() == 1 ? tables.front() : "TABLE");
    }
    for (const std::string_view refused : {"not authorized", "may not be modified"})
        if (complaint.find(refused) != std::string_view::npos) return "A statement can only read";
    return {};
}

std::size_t width_of(std::string_view text) {
    constexpr unsigned kind_of_byte = 0xC0;
    constexpr unsigned continuation = 0x80;
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char each) {
        return (static_cast<unsigned char>(each) & kind_of_byte) != continuation;
    }));
}

/// The line of the statement that the error is in, and a mark under the place.
void point_at(std::string_view statement, std::size_t at, std::FILE* to) {
    at = std::min(at, statement.size());
    const std::size_t before = at == 0 ? std::string_view::npos : statement.rfind('\n', at - 1);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const std::string_view line = statement.substr(begin, statement.find('\n', at) - begin);
    const std::string passed = printable(line.substr(0, at - begin));
    fmt::print(to, "  {}\n  {:>{}}\n", printable(line), '^', width_of(passed) + 1);
}

int explain(sqlite::event_sql& sql, const sql_request& request, const sqlite::event_sql_error& refused,
            const console& to) {
    const std::string hint = hint_for(sql, request, refused.why(), to.self.name);
    to.fail(exit_code::failed, refused.why());
    if (refused.at()) point_at(request.statement, *refused.at(), to.err);
    if (!hint.empty()) fmt::print(to.err, "{}\n", printable(hint));
    return exit_code::failed;
}

void list_tables(sqlite::event_sql& sql, row_writer& rows, const sql_request& request, const console& to) {
    const auto tables = sql.tables();
    if (request.shape == row_format::text) {
        for (const std::string& each : tables) fmt::print(to.out, "{}\n", printable(each));
        return;
    }
    rows.write_heading({"table"});
    for (const std::string& each : tables) rows.write({std::string_view{each}});
    rows.end();
}

void describe(sqlite::event_sql& sql, row_writer& rows, const sql_request& request) {
    const auto columns = sql.columns(request.described);
    if (columns.empty())
        throw unknown_name(fmt::format("there is no table {}. {}--tables lists them", request.described,
                                       meant(request.described, sql.tables())));
    rows.write_heading(request.shape == row_format::text ? std::vector<std::string>{"COLUMN", "TYPE", "IN SELECT *"}
                                                         : std::vector<std::string>{"column", "type", "in_select_all"});
    for (const auto& each : columns)
        rows.write({std::string_view{each.name}, std::string_view{each.type},
                    std::string_view{each.is_hidden ? "no" : "yes"}});
    rows.end();
}

}  // namespace

int run(const sql_request& request, const console& to) {
    const opened_store store{request.store, to.self, request.display.as};
    sqlite::event_sql sql{store.events(), options_of(request)};
    row_writer rows{to.out, request.shape, request.display.escape};
    if (request.tables) return list_tables(sql, rows, request, to), exit_code::ok;
    if (!request.described.empty()) return describe(sql, rows, request), exit_code::ok;
    catch_interrupts();
    try {
        sql.each_row(request.statement, [&](const sql_row& row) { rows.write(row); });
        if (!rows.has_heading()) rows.write_heading(sql.result_columns(request.statement));
    } catch (const sqlite::event_sql_error& refused) {
        return explain(sql, request, refused, to);
    } catch (const storage_error&) {
        if (is_interrupted()) throw interrupted("interrupted");
        throw;
    }
    rows.end();
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
