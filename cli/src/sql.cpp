// `sql`: statements over the events, and what there is to ask.

#include "nearest_word.hpp"
#include "opened_store.hpp"
#include "row_writer.hpp"
#include "sql_request.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/table.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/event_sql.hpp>

#include <fmt/core.h>

#include <string_view>

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
    if (at == std::string_view::npos) return {};
    complaint.remove_prefix(at + words.size());
    return std::string(complaint.substr(0, complaint.find(" (code")));
}

std::string meant(const std::string& typed, const std::vector<std::string>& known) {
    const std::string nearest = nearest_word(typed, known);
    return nearest.empty() ? std::string{} : fmt::format("Did you mean {}? ", nearest);
}

/// Columns of the tables that a statement speaks of.
std::vector<std::string> columns_in(sqlite::event_sql& sql, const std::string& statement) {
    std::vector<std::string> names;
    for (const std::string& table : sql.tables())
        if (statement.find(table) != std::string::npos)
            for (const auto& each : sql.columns(table)) names.push_back(each.name);
    return names;
}

std::string hint_for(sqlite::event_sql& sql, const sql_request& request, std::string_view complaint,
                     const std::string& program) {
    const std::string store = request.store.string();
    if (const auto table = missing_name(complaint, "no such table: "); !table.empty())
        return fmt::format("{}See: {} sql {} --tables", meant(table, sql.tables()), program, store);
    if (auto column = missing_name(complaint, "no such column: "); !column.empty()) {
        if (const auto dot = column.find('.'); dot != std::string::npos) column.erase(0, dot + 1);
        return fmt::format("{}See: {} sql {} --describe TABLE. Dotted names stand in double quotes",
                           meant(column, columns_in(sql, request.statement)), program, store);
    }
    for (const std::string_view refused : {"not authorized", "may not be modified"})
        if (complaint.find(refused) != std::string_view::npos) return "A statement can only read";
    return {};
}

int list_tables(sqlite::event_sql& sql, const console& to) {
    for (const std::string& each : sql.tables()) fmt::print(to.out, "{}\n", printable(each));
    return exit_code::ok;
}

int describe(sqlite::event_sql& sql, const std::string& name, const console& to) {
    const auto columns = sql.columns(name);
    if (columns.empty())
        throw unknown_name(fmt::format("there is no table {}. {}--tables lists them", name, meant(name, sql.tables())));
    table shown{{{"COLUMN"}, {"TYPE"}, {"IN SELECT *"}}};
    for (const auto& each : columns) shown.add({each.name, each.type, each.is_hidden ? "no" : "yes"});
    shown.print(to.out);
    return exit_code::ok;
}

}  // namespace

int run(const sql_request& request, const console& to) {
    const opened_store store{request.store, to.self, request.display.as};
    sqlite::event_sql sql{store.events(), options_of(request)};
    row_writer rows{to.out, request.shape, request.display.escape};
    if (request.tables) return list_tables(sql, to);
    if (!request.described.empty()) return describe(sql, request.described, to);
    catch_interrupts();
    try {
        sql.each_row(request.statement, [&](const sql_row& row) { rows.write(row); });
        if (!rows.has_heading()) rows.write_heading(sql.result_columns(request.statement));
    } catch (const sql_error& refused) {
        const std::string hint = hint_for(sql, request, refused.what(), to.self.name);
        to.fail(exit_code::failed, refused.what());
        if (!hint.empty()) fmt::print(to.err, "{}\n", printable(hint));
        return exit_code::failed;
    } catch (const storage_error&) {
        if (is_interrupted()) throw interrupted("interrupted");
        throw;
    }
    rows.end();
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
