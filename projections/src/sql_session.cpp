#include <foldline/projections/sql_session.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

constexpr int no_code_of_the_backend = 0;

}  // namespace

void sql_session::look_up(std::string_view sql, std::span<const sql_value> values,
                          function_ref<void(const sql_row&)> sink) {
    query(sql, values, sink);
}

namespace detail {

void require_columns(const sql_row& row, std::size_t wanted, std::string_view sql) {
    if (static_cast<std::size_t>(row.columns()) != wanted)
        throw sql_error(no_code_of_the_backend, sql,
                        fmt::format("it gives {} columns, and {} were asked for", row.columns(), wanted));
}

void throw_null_column(const sql_row& row, int column, std::string_view sql) {
    throw sql_error(no_code_of_the_backend, sql,
                    fmt::format("column {} is null; ask for it as an std::optional", row.name(column)));
}

}  // namespace detail
}  // namespace foldline::inline v0
