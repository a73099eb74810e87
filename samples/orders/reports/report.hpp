#pragma once

#include <foldline/core/function_ref.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace shop {

/// What a column of a report holds.
enum class column_kind {
    text,    ///< may be empty
    day,     ///< days since 1970
    time,    ///< microseconds since 1970, or nothing
    count,   ///< has a sum
    amount,  ///< money in 1/10,000 pounds; has a sum
};

struct column {
    std::string_view name;
    column_kind kind;
};

/// A value in a row: nothing, a number, or a text.
using cell = std::variant<std::monostate, std::int64_t, std::string>;
using row_sink = foldline::function_ref<void(std::span<const cell>)>;

/// A question that the shop asks of its events: a read model, and how its rows are read.
struct report {
    std::string_view name;  ///< of the report, and of its projection
    std::string_view about;
    std::unique_ptr<foldline::projection> (*projection)();
    std::span<const column> columns;
    /// Hands rows of one moment to `use`, a cell for each column: all, or those where `found_by` is `only`.
    void (*each_row)(const foldline::read_model_store& models, const std::optional<std::string>& only, row_sink use);
    std::string_view found_by{};                 ///< the column that rows are found by; empty if there is none
    std::span<const std::string_view> values{};  ///< that it may have; empty if it may have any
};

/// A table: what was sold, per country and per day on which the order or the credit note was written.
extern const report sales_report;
/// A table: what was sold of each thing on the shelves.
extern const report products_report;
/// Documents by key: who bought, and how much.
extern const report customers_report;
/// Documents by stream: where each order stands.
extern const report orders_report;

[[nodiscard]] std::span<const report* const> all_reports();
/// Null for a name that is none.
[[nodiscard]] const report* find_report(std::string_view name);

/// The rows of a report that are those of an SQL query, which selects exactly `columns`.
void each_row_of_query(const foldline::read_model_store& models, std::string_view query,
                       std::span<const column> columns, row_sink use);

}  // namespace shop
