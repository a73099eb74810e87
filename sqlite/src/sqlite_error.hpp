#pragma once

#include <foldline/core/error.hpp>

#include <string_view>

struct sqlite3;

namespace foldline::inline v0::sqlite {

/// Throws what a result code of SQLite means: `corrupt_data` for a damaged file, `storage_error` for all else.
[[noreturn]] void raise(sqlite3* handle, int code, std::string_view operation,
                        write_outcome outcome = write_outcome::nothing_stored);

/// Throws unless `code` is SQLITE_OK.
inline void check(sqlite3* handle, int code, std::string_view operation) {
    if (code != 0) raise(handle, code, operation);
}

}  // namespace foldline::inline v0::sqlite
