#pragma once

#include "domain/line.hpp"

#include <foldline/core/clock.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace shop {

/// One row of the published file: a line of an invoice, with the head of the invoice repeated.
///
/// value.
struct invoice_row {
    std::string invoice;
    std::string customer;  ///< empty: unknown
    std::string country;
    foldline::timestamp date;
    struct line line;
};

/// Why a row cannot be taken.
struct row_problem {
    std::string reason;
};

/// Which column of a file holds what; its header says so, in any order, and further columns are ignored.
///
/// value.
class invoice_columns {
public:
    /// Throws `input_error`, naming the file, if a column is missing.
    invoice_columns(std::span<const std::string> header, const std::filesystem::path& file);

    [[nodiscard]] std::variant<invoice_row, row_problem> read(std::span<const std::string> fields) const;

private:
    enum known : std::size_t { invoice, stock_code, description, quantity, date, unit_price, customer, country };
    static constexpr std::size_t count = country + 1;

    std::size_t width_;                       // fields of a row
    std::array<std::size_t, count> index_{};  // of each known column
};

}  // namespace shop
