#pragma once

#include <foldline/core/function_ref.hpp>
#include <foldline/projections/read_model_store.hpp>
#include <foldline/sqlite/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace foldline::inline v0::sqlite {

/// Compares the rows of a table with those of the table of the same name in the attached database `rebuilt`: by what
/// they hold, to the byte and to the type, and by how often each is there. Rowids that have no name do not count. Gives the
/// number of rows that one side has and the other lacks; `sink` gets the first `most` of each side. Throws
/// `definition_error` where the two have other columns.
[[nodiscard]] std::uint64_t compare_table(connection& db, const std::string& rebuilt, const std::string& table,
                                          function_ref<void(const row_difference&)> sink, std::size_t most);

}  // namespace foldline::inline v0::sqlite
