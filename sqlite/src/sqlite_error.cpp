#include "sqlite_error.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

namespace foldline::inline v0::sqlite {
namespace {

std::string_view file_of(sqlite3* handle) {
    const char* name = handle ? sqlite3_db_filename(handle, "main") : nullptr;
    return name ? name : "";
}

}  // namespace

void raise(sqlite3* handle, int code, std::string_view operation, write_outcome outcome) {
    const char* why = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    const int primary = code & 0xFF;
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
        throw corrupt_data(
            fmt::format("the file {} is damaged: {} (code {}) while: {}", file_of(handle), why, code, operation));
    const std::string_view file = file_of(handle);
    throw storage_error(code, file.empty() ? std::string(operation) : fmt::format("{}: {}", file, operation), why,
                        outcome);
}

}  // namespace foldline::inline v0::sqlite
