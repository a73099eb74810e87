#include "spilled_groups.hpp"

#include <fmt/core.h>

#include <string>
#include <vector>

namespace foldline::inline v0::sqlite {
namespace {

/// `digits` are borrowed until the statement has run.
void bind(statement& insert, int parameter, const event_cell& cell, std::string& digits) {
    switch (cell.is) {
        case event_cell::kind::null: insert.bind_null(parameter); return;
        case event_cell::kind::integer: insert.bind(parameter, cell.integer); return;
        case event_cell::kind::large:
            insert.bind_text(parameter, digits = std::to_string(static_cast<std::uint64_t>(cell.integer)));
            return;
        case event_cell::kind::digits: insert.bind_text(parameter, digits = std::to_string(cell.integer)); return;
        case event_cell::kind::real: insert.bind(parameter, cell.real); return;
        case event_cell::kind::text: insert.bind_text(parameter, cell.view()); return;
        case event_cell::kind::blob: insert.bind_blob(parameter, cell.view()); return;
    }
}

event_cell cell_of(const statement& row, int column) {
    switch (row.kind_of(column)) {
        case statement::kind::null: break;
        case statement::kind::integer: return event_cell::of(row.integer(column));
        case statement::kind::real: return event_cell::of_real(row.real(column));
        case statement::kind::text: return event_cell::text(row.text(column));
        case statement::kind::blob: return event_cell::blob(row.blob(column));
    }
    return {};
}

}  // namespace

/// Its columns have no affinity, so values come back as they went in.
spilled_groups::table::table(std::size_t width) : cells(width) {
    std::string columns = "times";
    std::string values = "?";
    for (std::size_t i = 0; i < width; ++i) {
        columns += fmt::format(", c{}", i);
        values += ", ?";
    }
    db.execute("pragma temp_store = file; pragma temp.journal_mode = off; begin; create temp table counted (" +
               columns + ")");
    insert.emplace(db.prepare("insert into temp.counted values (" + values + ")"));
}

void spilled_groups::add(std::span<const event_groups::group> groups) {
    const std::scoped_lock lock{adding_};
    if (groups.empty()) return;
    if (!table_) table_ = std::make_unique<table>(groups.front().cells.size());
    statement& insert = *table_->insert;
    std::vector<std::string> digits(groups.front().cells.size());
    for (const event_groups::group& each : groups) {
        insert.bind(1, each.rows);
        for (std::size_t i = 0; i < each.cells.size(); ++i)
            bind(insert, static_cast<int>(i) + 2, each.cells[i], digits[i]);
        insert.run();
    }
}

void spilled_groups::sort(std::span<const event_groups::key> keys) {
    std::string order;
    for (const event_groups::key& each : keys)
        order += fmt::format("c{}{}, ", each.cell, each.is_descending ? " desc" : "");
    for (std::size_t i = 0; i < table_->cells.size(); ++i) order += fmt::format("c{}, ", i);
    table_->sorted.emplace(table_->db.prepare("select * from temp.counted order by " + order + "times"));
}

std::optional<event_groups::group> spilled_groups::next() {
    if (!table_->sorted->step()) return std::nullopt;
    std::vector<event_cell>& cells = table_->cells;
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = cell_of(*table_->sorted, static_cast<int>(i) + 1);
    return event_groups::group{cells, table_->sorted->integer(0)};
}

}  // namespace foldline::inline v0::sqlite
