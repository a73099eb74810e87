#include "row_writer.hpp"

#include "base64.hpp"
#include "shown_payload.hpp"

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

std::string hexadecimal(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
}

struct as_text {
    std::string operator()(std::nullptr_t) const { return {}; }
    std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
    std::string operator()(double value) const { return fmt::format("{}", value); }
    std::string operator()(std::string_view value) const { return std::string(value); }
    std::string operator()(sql_blob value) const { return hexadecimal(value.bytes); }
};

struct as_json_value {
    json operator()(std::nullptr_t) const { return nullptr; }
    json operator()(std::int64_t value) const { return value; }
    json operator()(double value) const { return value; }
    json operator()(std::string_view value) const { return std::string(value); }
    json operator()(sql_blob value) const { return base64(value.bytes); }
};

bool is_number(const sql_value& value) {
    return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

}  // namespace

void row_writer::write_heading(std::vector<std::string> names) {
    has_heading_ = true;
    names_ = std::move(names);
    is_number_.assign(names_.size(), true);
    if (shape_ == row_format::csv) write_csv(names_);
}

void row_writer::write(const sql_row& row) {
    if (!has_heading_) {
        std::vector<std::string> names;
        for (int i = 0; i < row.columns(); ++i) names.emplace_back(row.name(i));
        write_heading(std::move(names));
    }
    std::vector<sql_value> values;
    for (int i = 0; i < row.columns(); ++i) values.push_back(row.value(i));
    write(values);
}

void row_writer::write(const std::vector<sql_value>& values) {
    if (shape_ == row_format::json || shape_ == row_format::ndjson) return write_object(values);
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < values.size(); ++i) {
        is_number_[i] = is_number_[i] && (is_number(values[i]) || std::holds_alternative<std::nullptr_t>(values[i]));
        cells.push_back(std::visit(as_text{}, values[i]));
    }
    if (shape_ == row_format::csv) write_csv(cells);
    else rows_.push_back(std::move(cells));
}

void row_writer::write_object(const std::vector<sql_value>& values) {
    json object = json::object();
    for (std::size_t i = 0; i < values.size(); ++i) object[names_[i]] = std::visit(as_json_value{}, values[i]);
    const std::string text = text_of(object, escape_);
    if (shape_ == row_format::ndjson) fmt::print(out_, "{}\n", text);
    else fmt::print(out_, "{}{}", is_first_ ? "[\n" : ",\n", text);
    is_first_ = false;
}

void row_writer::write_csv(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& each : cells) {
        if (&each != &cells.front()) line += ',';
        line += csv_cell(escape_ == escaping::on ? printable(each) : each);
    }
    fmt::print(out_, "{}\r\n", line);
}

void row_writer::end() {
    if (shape_ == row_format::json) fmt::print(out_, "{}", is_first_ ? "[]\n" : "\n]\n");
    if (shape_ != row_format::text) return;
    std::vector<table::heading> headings;
    for (std::size_t i = 0; i < names_.size(); ++i)
        headings.push_back({names_[i], is_number_[i] && !rows_.empty() ? align::right : align::left});
    table shown{std::move(headings)};
    for (auto& each : rows_) shown.add(std::move(each));
    shown.print(out_);
}

}  // namespace foldline::inline v0::cli
