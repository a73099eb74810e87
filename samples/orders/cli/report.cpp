#include "reports/report.hpp"

#include "cli/fail.hpp"
#include "cli/read_models.hpp"
#include "cli/shop_store.hpp"
#include "cli/verbs.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/numbers.hpp>
#include <foldline/cli/table.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace shop {
namespace {

namespace cli = foldline::cli;

bool has_sum(const column& column) { return column.kind == column_kind::count || column.kind == column_kind::amount; }

std::string date_of(std::int64_t day) {
    return foldline::to_string(foldline::timestamp{std::chrono::days{day}})
        .substr(0, std::string_view("2010-12-01").size());
}

std::string cell_of(const column& column, const foldline::sql_row& row, int index) {
    if (row.is_null(index)) return "-";
    switch (column.kind) {
        case column_kind::text: return row.text(index).empty() ? "-" : std::string(row.text(index));
        case column_kind::day: return date_of(row.integer(index));
        case column_kind::time: return foldline::to_string(from_us(row.integer(index)));
        case column_kind::count: return cli::grouped(row.integer(index));
        case column_kind::amount: return money::from_e4(row.integer(index)).to_string();
    }
    return {};
}

nlohmann::ordered_json json_of(const column& column, const foldline::sql_row& row, int index) {
    if (row.is_null(index)) return nullptr;
    switch (column.kind) {
        case column_kind::text: return std::string(row.text(index));
        case column_kind::count: return row.integer(index);
        default: return cell_of(column, row, index);
    }
}

cli::table::heading heading_of(const column& column) {
    std::string title{column.name};
    std::replace(title.begin(), title.end(), '_', ' ');
    std::transform(title.begin(), title.end(), title.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
    return {title, has_sum(column) ? cli::align::right : cli::align::left};
}

std::vector<std::string> sums_of(const report& report, const std::vector<std::int64_t>& sums, std::int64_t rows) {
    std::vector<std::string> cells;
    for (std::size_t at = 0; const column& column : report.columns) {
        if (at == 0) cells.push_back(cli::counted(rows, "row"));
        else if (column.kind == column_kind::count) cells.push_back(cli::grouped(sums[at]));
        else if (column.kind == column_kind::amount) cells.push_back(money::from_e4(sums[at]).to_string());
        else cells.emplace_back();
        ++at;
    }
    return cells;
}

void print_for_people(const report& report, const read_models& models) {
    std::vector<cli::table::heading> headings;
    for (const column& column : report.columns) headings.push_back(heading_of(column));
    cli::table shown{std::move(headings)};

    std::vector<std::int64_t> sums(report.columns.size());
    std::int64_t rows = 0;
    models.each_row(report, [&](const foldline::sql_row& row) {
        std::vector<std::string> cells;
        for (int at = 0; const column& column : report.columns) {
            cells.push_back(cell_of(column, row, at));
            if (has_sum(column)) sums[static_cast<std::size_t>(at)] += row.integer(at);
            ++at;
        }
        shown.add(std::move(cells));
        ++rows;
    });
    shown.add_rule().add(sums_of(report, sums, rows));
    shown.print(stdout);
}

void print_json(const report& report, const read_models& models) {
    auto objects = nlohmann::ordered_json::array();
    models.each_row(report, [&](const foldline::sql_row& row) {
        nlohmann::ordered_json object;
        for (int at = 0; const column& column : report.columns) {
            object[std::string(column.name)] = json_of(column, row, at);
            ++at;
        }
        objects.push_back(std::move(object));
    });
    fmt::print("{}\n", objects.dump(2, ' ', true));
}

}  // namespace

int run(const report_request& request) {
    const report& wanted = *find_report(request.report);
    const shop_store shop{request.store, foldline::sqlite::open_mode::read_only};
    read_models models{request.store};
    cli::catch_interrupts();
    models.catch_up(wanted, shop.events);
    if (request.output == output::json) print_json(wanted, models);
    else print_for_people(wanted, models);
    return exit_code::ok;
}

int run(const rebuild_request& request) {
    const shop_store shop{request.store, foldline::sqlite::open_mode::read_only};
    read_models models{request.store};
    cli::catch_interrupts();
    for (const report* each : all_reports()) {
        const bool wanted = request.reports.empty() || std::find(request.reports.begin(), request.reports.end(),
                                                                 each->name) != request.reports.end();
        if (!wanted) continue;
        const auto begun = std::chrono::steady_clock::now();
        models.rebuild(*each, shop.events);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
        fmt::print("Rebuilt {} from {} in {:.1f} s.\n", each->name, cli::counted(shop.events.head().value, "event"),
                   took.count());
    }
    return exit_code::ok;
}

}  // namespace shop
