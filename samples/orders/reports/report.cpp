#include "reports/report.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace shop {
namespace {

cell cell_of(const foldline::sql_row& row, int index, column_kind kind) {
    if (row.is_null(index)) return {};
    if (kind == column_kind::text) return std::string(row.text(index));
    return row.integer(index);
}

}  // namespace

std::span<const report* const> all_reports() {
    static constexpr std::array all{&sales_report, &products_report, &customers_report, &orders_report};
    return all;
}

const report* find_report(std::string_view name) {
    const auto all = all_reports();
    const auto found = std::find_if(all.begin(), all.end(), [&](const report* each) { return each->name == name; });
    return found == all.end() ? nullptr : *found;
}

void each_row_of_query(const foldline::read_model_store& models, std::string_view query,
                       std::span<const column> columns, row_sink use) {
    std::vector<cell> cells(columns.size());
    const auto hand_on = [&](const foldline::sql_row& row) {
        for (std::size_t at = 0; at < columns.size(); ++at)
            cells[at] = cell_of(row, static_cast<int>(at), columns[at].kind);
        use(cells);
    };
    models.read([&](foldline::sql_session& rows) { rows.each_row(query, hand_on); });
}

}  // namespace shop
