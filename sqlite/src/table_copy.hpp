#pragma once

#include <foldline/sqlite/connection.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Copies tables, with their rows, indexes and triggers, from the attached database `from` into the file itself, where
/// there are none of these names. Rows keep their order and their rowids. Inside a transaction.
void copy_tables(connection& db, const std::string& from, std::span<const std::string> tables);

/// The columns that a row of a table in the database `from` is written with, quoted: SQLite computes the others.
[[nodiscard]] std::vector<std::string> written_columns(connection& db, const std::string& from, std::string_view table);

}  // namespace foldline::inline v0::sqlite
