#pragma once

#include <foldline/core/event_type.hpp>
#include <foldline/core/function_ref.hpp>
#include <foldline/sqlite/connection.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace foldline::inline v0::sqlite {

/// A row of `log_upcasters`, as it stands there. Borrowed.
struct upcaster_row {
    event_type from;
    std::string_view body;
    std::int64_t checksum;
};

/// Hands out the rows by the types that the steps start from. The file has the table.
void for_each_upcaster(connection& db, function_ref<void(const upcaster_row&)> use);

/// What is wrong with a row; empty if nothing.
[[nodiscard]] std::string fault_of(const upcaster_row& row);

// In a transaction.

void put_upcaster(connection& db, event_type from, std::string_view body);
void remove_upcaster(connection& db, event_type from);

}  // namespace foldline::inline v0::sqlite
