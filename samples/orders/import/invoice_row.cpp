#include "import/invoice_row.hpp"

#include "import/input_error.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/stream_id.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace shop {
namespace {

using foldline::timestamp;

constexpr std::array<std::string_view, 8> header_names{"InvoiceNo",   "StockCode", "Description", "Quantity",
                                                       "InvoiceDate", "UnitPrice", "CustomerID",  "Country"};

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

/// All of `text` as a number.
template <class Integer>
std::optional<Integer> number(std::string_view text) {
    Integer value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Takes an unsigned number and the character after it off the front.
std::optional<unsigned> take(std::string_view& text, char after) {
    const auto end = text.find(after);
    if (end == std::string_view::npos || text.starts_with('-')) return std::nullopt;
    const auto value = number<unsigned>(text.substr(0, end));
    text.remove_prefix(end + 1);
    return value;
}

/// `12/1/2010 8:26`: as spreadsheets save the published file, month first.
std::optional<timestamp> parse_spreadsheet_date(std::string_view text) {
    const auto month = take(text, '/');
    const auto day = take(text, '/');
    const auto year = take(text, ' ');
    const auto hour = take(text, ':');
    const auto minute = number<unsigned>(text);
    if (!month || !day || !year || !hour || !minute || *year > 9999 || *hour > 23 || *minute > 59) return std::nullopt;
    const auto date = std::chrono::year{static_cast<int>(*year)} / static_cast<int>(*month) / static_cast<int>(*day);
    if (!date.ok()) return std::nullopt;
    return timestamp{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute};
}

std::optional<timestamp> parse_date(std::string_view text) {
    const auto date = foldline::parse_timestamp(text);
    return date ? date : parse_spreadsheet_date(text);
}

/// `17850`; other tools make it `17850.0` because the column has gaps. Empty where the customer is unknown.
std::optional<std::string> parse_customer(std::string_view text) {
    if (text.ends_with(".0")) text.remove_suffix(2);
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    return std::string(text);
}

bool names_a_stream(std::string_view invoice) {
    try {
        static_cast<void>(foldline::stream_id{"order", std::string(invoice)});
        return true;
    } catch (const foldline::invalid_name&) {
        return false;
    }
}

}  // namespace

invoice_columns::invoice_columns(std::span<const std::string> header, const std::filesystem::path& file)
    : width_(header.size()) {
    for (std::size_t column = 0; column < count; ++column) {
        const auto found = std::find_if(header.begin(), header.end(),
                                        [&](const std::string& name) { return trimmed(name) == header_names[column]; });
        if (found == header.end())
            throw input_error(fmt::format("{} has no column {}; its first line must name {}", file.string(),
                                          header_names[column], fmt::join(header_names, ", ")));
        index_[column] = static_cast<std::size_t>(found - header.begin());
    }
}

std::variant<invoice_row, row_problem> invoice_columns::read(std::span<const std::string> fields) const {
    if (fields.size() != width_)
        return row_problem{fmt::format("the row has {} fields, the header {}", fields.size(), width_)};
    const auto field = [&](known column) { return trimmed(fields[index_[column]]); };

    const auto read_quantity = number<std::int32_t>(field(quantity));
    const auto read_date = parse_date(field(date));
    const auto read_price = money::parse(field(unit_price));
    auto read_customer = parse_customer(field(customer));
    if (!names_a_stream(field(invoice)))
        return row_problem{fmt::format("InvoiceNo \"{}\" is not 1 to 255 printable characters", field(invoice))};
    if (field(stock_code).empty()) return row_problem{"StockCode is missing"};
    if (!read_quantity) return row_problem{fmt::format("Quantity \"{}\" is not a whole number", field(quantity))};
    if (!read_date)
        return row_problem{fmt::format("InvoiceDate \"{}\" is no date such as 2010-12-01 08:26:00", field(date))};
    if (!read_price)
        return row_problem{fmt::format("UnitPrice \"{}\" is no amount with up to 4 decimals", field(unit_price))};
    if (!read_customer) return row_problem{fmt::format("CustomerID \"{}\" is not a number", field(customer))};
    if (field(country).empty()) return row_problem{"Country is missing"};

    return invoice_row{std::string(field(invoice)),
                       *std::move(read_customer),
                       std::string(field(country)),
                       *read_date,
                       {std::string(field(stock_code)), fields[index_[description]], *read_quantity, *read_price}};
}

}  // namespace shop
