#pragma once

#include <foldline/projections/sql_projection.hpp>

#include <span>
#include <string_view>

namespace shop {

/// What a column of a report holds.
enum class column_kind {
    text,    ///< may be empty
    day,     ///< days since 1970
    time,    ///< microseconds since 1970, or null
    count,   ///< has a sum
    amount,  ///< money in 1/10,000 pounds; has a sum
};

struct column {
    std::string_view name;
    column_kind kind;
};

/// A question that the shop asks of its events: a read model, and one query of its rows.
struct report {
    std::string_view name;
    std::string_view about;
    foldline::sql_projection (*projection)();
    std::span<const column> columns;
    std::string_view query;  ///< selects exactly `columns`
};

/// What was sold, per country and per day on which the order or the credit note was written.
extern const report sales_report;
/// What was sold of each thing on the shelves.
extern const report products_report;
/// Who bought, and how much.
extern const report customers_report;

[[nodiscard]] std::span<const report* const> all_reports();
/// Null for a name that is none.
[[nodiscard]] const report* find_report(std::string_view name);

}  // namespace shop
