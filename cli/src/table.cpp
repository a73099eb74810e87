#include <foldline/cli/table.hpp>

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace foldline::inline v0::cli {

table::table(std::vector<heading> headings) : headings_(std::move(headings)), widths_(headings_.size()) {
    std::vector<std::string> titles;
    for (const heading& each : headings_) titles.push_back(each.title);
    add(std::move(titles));
}

table& table::add(std::vector<std::string> cells) {
    cells.resize(headings_.size());
    for (std::size_t at = 0; at < cells.size(); ++at) {
        cells[at] = printable(cells[at]);
        widths_[at] = std::max(widths_[at], width_of(cells[at]));
    }
    rows_.push_back(std::move(cells));
    return *this;
}

table& table::add_rule() {
    rows_.emplace_back();
    return *this;
}

void table::print(std::FILE* out) const {
    std::vector<std::string> rule;
    for (const std::size_t width : widths_) rule.emplace_back(width, '-');
    for (const auto& cells : rows_) print_cells(out, cells.empty() ? rule : cells);
}

void table::print_cells(std::FILE* out, const std::vector<std::string>& cells) const {
    std::string line;
    for (std::size_t at = 0; at < cells.size(); ++at) {
        const std::string padding(widths_[at] - width_of(cells[at]), ' ');
        if (at > 0) line += "  ";
        line += headings_[at].side == align::right ? padding + cells[at] : cells[at] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print(out, "{}\n", line);
}

}  // namespace foldline::inline v0::cli
