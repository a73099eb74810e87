#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/function_ref.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace foldline::inline v0 {

/// A statement was refused for what it says: its text is no SQL, does what it may not, or breaks a constraint. Nothing
/// is wrong with the disk, and the same statement is refused again.
class sql_error : public storage_error {
public:
    using storage_error::storage_error;
};

/// Bytes that are no text, borrowed.
struct sql_blob {
    std::string_view bytes;
};

/// A value on its way into a statement, borrowed until the statement has run.
using sql_value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, sql_blob>;

/// One row of a result; what it hands out lives until the sink that received it returns. Columns count from 0.
///
/// confined.
class sql_row {
public:
    virtual ~sql_row() = default;
    [[nodiscard]] virtual int columns() const = 0;
    [[nodiscard]] virtual std::string_view name(int column) const = 0;
    [[nodiscard]] virtual bool is_null(int column) const = 0;
    [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
    [[nodiscard]] virtual double real(int column) const = 0;
    [[nodiscard]] virtual std::string_view text(int column) const = 0;
    [[nodiscard]] virtual std::string_view blob(int column) const = 0;
    /// As it is, whatever its kind.
    [[nodiscard]] virtual sql_value value(int column) const = 0;
};

/// Turns what C++ has into what SQL takes. Times become their microseconds, an empty optional becomes null.
template <class T>
[[nodiscard]] sql_value to_sql(const T& value) {
    if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, sql_blob>) return value;
    else if constexpr (std::is_same_v<T, bool> || std::integral<T>) return static_cast<std::int64_t>(value);
    else if constexpr (std::floating_point<T>) return static_cast<double>(value);
    else if constexpr (std::is_same_v<T, timestamp>) return static_cast<std::int64_t>(value.time_since_epoch().count());
    else return std::string_view(value);
}
template <class T>
[[nodiscard]] sql_value to_sql(const std::optional<T>& value) {
    return value ? to_sql(*value) : sql_value{nullptr};
}

namespace detail {

void require_columns(const sql_row& row, std::size_t wanted, std::string_view sql);
[[noreturn]] void throw_null_column(const sql_row& row, int column, std::string_view sql);

template <class T>
struct column_as {
    static T get(const sql_row& row, int column, std::string_view sql) {
        if (row.is_null(column)) throw_null_column(row, column, sql);
        if constexpr (std::is_same_v<T, bool>) return row.integer(column) != 0;
        else if constexpr (std::integral<T>) return static_cast<T>(row.integer(column));
        else if constexpr (std::floating_point<T>) return static_cast<T>(row.real(column));
        else if constexpr (std::is_same_v<T, timestamp>)
            return timestamp{std::chrono::microseconds{row.integer(column)}};
        else return T(row.text(column));
    }
};
template <class T>
struct column_as<std::optional<T>> {
    static std::optional<T> get(const sql_row& row, int column, std::string_view sql) {
        if (row.is_null(column)) return std::nullopt;
        return column_as<T>::get(row, column, sql);
    }
};

template <class... Columns, std::size_t... Index>
[[nodiscard]] std::tuple<Columns...> columns_of(const sql_row& row, std::string_view sql,
                                                std::index_sequence<Index...>) {
    require_columns(row, sizeof...(Columns), sql);
    return {column_as<Columns>::get(row, static_cast<int>(Index), sql)...};
}

}  // namespace detail

/// Statements inside one transaction of a read model. Values are bound, never pasted into the text; each text is
/// prepared once and kept.
///
/// confined: one thread, until the function that received it returns.
/// Fails:    sql_error, and the other storage_errors.
class sql_session {
public:
    virtual ~sql_session() = default;

    /// Runs one statement that returns no rows; gives the number of rows it changed.
    template <class... Args>
    std::int64_t execute(std::string_view sql, const Args&... args) {
        const std::array<sql_value, sizeof...(Args)> values{to_sql(args)...};
        return run(sql, values);
    }

    /// Hands each row of a query to `sink`.
    template <class Sink, class... Args>
    void each_row(std::string_view sql, Sink&& sink, const Args&... args) {
        const std::array<sql_value, sizeof...(Args)> values{to_sql(args)...};
        query(sql, values, sink);
    }

    /// The columns of the first row of a query; empty if it has no rows. A column that may be null is asked for as an
    /// `std::optional`; null as anything else throws `sql_error`.
    ///
    ///     const auto found = rows.first<std::int64_t, std::string>("select units, country from sales where …", …);
    template <class... Columns, class... Args>
    [[nodiscard]] std::optional<std::tuple<Columns...>> first(std::string_view sql, const Args&... args) {
        const std::array<sql_value, sizeof...(Args)> values{to_sql(args)...};
        std::optional<std::tuple<Columns...>> found;
        query(sql, values, [&](const sql_row& row) {
            if (!found) found = detail::columns_of<Columns...>(row, sql, std::index_sequence_for<Columns...>{});
        });
        return found;
    }

    virtual std::int64_t run(std::string_view sql, std::span<const sql_value> values) = 0;
    virtual void query(std::string_view sql, std::span<const sql_value> values,
                       function_ref<void(const sql_row&)> sink) = 0;

    /// The same as `query` for whoever knows that the rows it asks for were not changed in this transaction, and that
    /// nobody else changes them: where it can, it takes no lock.
    virtual void look_up(std::string_view sql, std::span<const sql_value> values,
                         function_ref<void(const sql_row&)> sink);
};

}  // namespace foldline::inline v0
