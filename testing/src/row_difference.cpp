#include "row_difference.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0::testing {
namespace {

std::string shown(const sql_row& row, int column) {
    return row.is_null(column) ? "null" : std::string(row.text(column));
}

std::vector<std::string> shown(const sql_row& row) {
    std::vector<std::string> cells;
    for (int i = 0; i < row.columns(); ++i) cells.push_back(shown(row, i));
    return cells;
}

std::vector<std::string> shown(const std::initializer_list<expected_cell>& row) {
    std::vector<std::string> cells;
    for (const expected_cell& cell : row) cells.push_back(cell.shown());
    return cells;
}

void mark(std::string& cell) { cell = "[" + cell + "]"; }

void widen(std::vector<std::size_t>& widths, const std::vector<std::string>& cells) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
}

std::string padded(char mark, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
    std::string text = fmt::format("  {}", mark);
    for (std::size_t i = 0; i < cells.size(); ++i) text += fmt::format("  {:<{}}", cells[i], widths[i]);
    return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

}  // namespace

bool expected_cell::matches(const sql_row& row, int column) const {
    if (row.is_null(column)) return std::holds_alternative<std::nullptr_t>(value_);
    if (const auto* real = std::get_if<double>(&value_)) return row.real(column) == *real;
    return !std::holds_alternative<std::nullptr_t>(value_) && row.text(column) == shown();
}

std::string expected_cell::shown() const {
    if (const auto* integer = std::get_if<std::int64_t>(&value_)) return std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&value_)) return fmt::format("{}", *real);
    if (const auto* text = std::get_if<std::string>(&value_)) return *text;
    return "null";
}

void row_difference::add(const sql_row& actual) {
    if (names_.empty())
        for (int i = 0; i < actual.columns(); ++i) names_.emplace_back(actual.name(i));
    if (next_ < expected_.size()) {
        add_equal_or_not(actual, expected_.begin()[next_++]);
        return;
    }
    differs_ = true;
    lines_.push_back({'+', shown(actual)});
}

void row_difference::add_equal_or_not(const sql_row& actual, const std::initializer_list<expected_cell>& expected) {
    line wanted{'-', shown(expected)};
    line came{'+', shown(actual)};
    bool equal = wanted.cells.size() == came.cells.size();
    for (std::size_t i = 0; i < std::min(wanted.cells.size(), came.cells.size()); ++i) {
        if (expected.begin()[i].matches(actual, static_cast<int>(i))) continue;
        equal = false;
        mark(wanted.cells[i]);
        mark(came.cells[i]);
    }
    if (equal) {
        lines_.push_back({' ', std::move(came.cells)});
        return;
    }
    differs_ = true;
    lines_.push_back(std::move(wanted));
    lines_.push_back(std::move(came));
}

std::vector<row_difference::line> row_difference::lines() const {
    auto all = lines_;
    for (std::size_t i = next_; i < expected_.size(); ++i) all.push_back({'-', shown(expected_.begin()[i])});
    return all;
}

std::string row_difference::to_string() const {
    const auto all = lines();
    std::vector<std::size_t> widths;
    widen(widths, names_);
    for (const line& each : all) widen(widths, each.cells);

    std::string text = names_.empty() ? "" : padded(' ', names_, widths);
    for (const line& each : all) text += padded(each.mark, each.cells, widths);
    return text;
}

}  // namespace foldline::inline v0::testing
