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
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace shop {
namespace {

namespace cli = foldline::cli;

bool has_sum(const column& column) { return column.kind == column_kind::count || column.kind == column_kind::amount; }

std::string date_of(std::int64_t day) {
    return foldline::to_string(foldline::timestamp{std::chrono::days{day}})
        .substr(0, std::string_view("2010-12-01").size());
}

std::string text_of(const column& column, const cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    const auto* number = std::get_if<std::int64_t>(&cell);
    if (!number) return {};
    switch (column.kind) {
        case column_kind::text: return {};
        case column_kind::day: return date_of(*number);
        case column_kind::time: return foldline::to_string(from_us(*number));
        case column_kind::count: return cli::grouped(*number);
        case column_kind::amount: return money::from_e4(*number).to_string();
    }
    return {};
}

nlohmann::ordered_json json_of(const column& column, const cell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return nullptr;
    if (column.kind == column_kind::count) return std::get<std::int64_t>(cell);
    return text_of(column, cell);
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

cli::table table_for(const report& report) {
    std::vector<cli::table::heading> headings;
    for (const column& column : report.columns) headings.push_back(heading_of(column));
    return cli::table{std::move(headings)};
}

/// Hands each row that is asked for to `use`.
void each_row(const report_request& request, const report& report, read_models& models, row_sink use) {
    report.each_row(models.store(), request.only, use);
}

void print_for_people(const report_request& request, const report& report, read_models& models) {
    cli::table shown = table_for(report);
    std::vector<std::int64_t> sums(report.columns.size());
    std::int64_t rows = 0;
    each_row(request, report, models, [&](std::span<const cell> row) {
        std::vector<std::string> cells;
        for (std::size_t at = 0; at < row.size(); ++at) {
            const column& column = report.columns[at];
            const std::string text = text_of(column, row[at]);
            cells.push_back(text.empty() ? "-" : text);
            if (has_sum(column)) sums[at] += std::get<std::int64_t>(row[at]);
        }
        shown.add(std::move(cells));
        ++rows;
    });
    shown.add_rule().add(sums_of(report, sums, rows));
    shown.print(stdout);
}

void print_json(const report_request& request, const report& report, read_models& models) {
    auto objects = nlohmann::ordered_json::array();
    each_row(request, report, models, [&](std::span<const cell> row) {
        nlohmann::ordered_json object;
        for (std::size_t at = 0; at < row.size(); ++at)
            object[std::string(report.columns[at].name)] = json_of(report.columns[at], row[at]);
        objects.push_back(std::move(object));
    });
    fmt::print("{}\n", objects.dump(2, ' ', true));
}

void tell_of_parked(const report& report, read_models& models) {
    const auto parked = models.store().dead_letters().count(report.name);
    const auto events = static_cast<std::int64_t>(parked.failed + parked.behind);
    if (events > 0)
        note(fmt::format("the rows of {0} lack {1} that could not be applied: orders dead-letters list {0}",
                         report.name, cli::counted(events, "event")));
}

void tell_how_far_behind(const report& report, const foldline::projection_state& state,
                         foldline::global_position head) {
    const std::int64_t behind = head.value - state.position().value;
    if (behind > 0)
        note(fmt::format("the rows of {} stand at event {} of {}, {} behind", report.name,
                         cli::grouped(state.position().value), cli::grouped(head.value),
                         cli::counted(behind, "event")));
}

}  // namespace

int run(const report_request& request) {
    const report& wanted = *find_report(request.report);
    const shop_store shop{request.store, foldline::sqlite::open_mode::read_only};
    read_models models{request.store};
    if (request.rows == rows_wanted::up_to_date) {
        cli::catch_interrupts();
        models.bring_up_to_date(wanted, shop.events);
    }
    const auto state = models.store().find(wanted.name);
    if (!state)
        return fail(exit_code::not_found,
                    fmt::format("there are no rows of {0} yet; this makes them: orders report {0}", wanted.name));
    tell_how_far_behind(wanted, *state, shop.events.head());
    tell_of_parked(wanted, models);
    if (request.output == output::json) print_json(request, wanted, models);
    else print_for_people(request, wanted, models);
    return exit_code::ok;
}

}  // namespace shop
