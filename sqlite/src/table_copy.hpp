#pragma once

#include <foldline/sqlite/connection.hpp>

#include <span>
#include <string>

namespace foldline::inline v0::sqlite {

/// Copies tables, with their rows, indexes and triggers, from the attached database `from` into the file itself, where
/// there are none of these names. Rows keep their order and their rowids. Inside a transaction.
void copy_tables(connection& db, const std::string& from, std::span<const std::string> tables);

}  // namespace foldline::inline v0::sqlite
