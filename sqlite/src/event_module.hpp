#pragma once

#include "event_cursor.hpp"
#include "event_table_shape.hpp"

#include <foldline/sqlite/connection.hpp>

#include <string>

namespace foldline::inline v0::sqlite {

/// Makes `shape` a table of that name for statements that are prepared from now on. Both outlive the connection.
/// Throws `storage_error`.
void add_event_table(connection& db, const std::string& name, event_table_shape& shape, event_tables& tables);

}  // namespace foldline::inline v0::sqlite
