#include "row_fetcher.hpp"

#include "row_values.hpp"
#include "sqlite_error.hpp"

#include <sqlite3.h>

#include <cstring>
#include <new>

namespace foldline::inline v0::sqlite {
namespace {

std::string_view bytes_of(sqlite3_value* value) {
    const void* data = sqlite3_value_blob(value);  // before the size: it may convert the value
    const int size = sqlite3_value_bytes(value);
    if (size == 0) return {};
    if (!data) throw std::bad_alloc{};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::string_view copy_to(char* to, std::string_view bytes) {
    if (bytes.empty()) return {};
    std::memcpy(to, bytes.data(), bytes.size());
    return {to, bytes.size()};
}

}  // namespace

row_fetcher::row_fetcher(connection& db) {
    constexpr int columns = 11;
    const int code = sqlite3_create_function_v2(db.handle(), "foldline_row", columns, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                                this, &row_fetcher::take_row, nullptr, nullptr, nullptr);
    check(db.handle(), code, "make the function foldline_row");
}

void row_fetcher::take_row(sqlite3_context* call, int, sqlite3_value** columns) noexcept {
    try {
        static_cast<row_fetcher*>(sqlite3_user_data(call))->take(columns);
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(call);  // no exception may pass through SQLite
    }
}

void row_fetcher::take(sqlite3_value** columns) {
    row_.position = sqlite3_value_int64(columns[0]);
    row_.stream = sqlite3_value_int64(columns[1]);
    row_.version = sqlite3_value_int64(columns[2]);
    row_.type = sqlite3_value_int64(columns[3]);
    row_.event_id = uuid_from(bytes_of(columns[4]));
    row_.recorded_at = sqlite3_value_int64(columns[5]);
    row_.occurred_at.reset();
    if (sqlite3_value_type(columns[6]) != SQLITE_NULL) row_.occurred_at = sqlite3_value_int64(columns[6]);
    row_.format = sqlite3_value_int64(columns[7]);
    // SQLite lends a function its arguments for this call only, so what is read later is copied.
    const std::string_view metadata = bytes_of(columns[8]);
    const std::string_view payload = bytes_of(columns[9]);
    if (bytes_.size() < metadata.size() + payload.size()) bytes_.resize(metadata.size() + payload.size());
    row_.metadata = copy_to(bytes_.data(), metadata);
    row_.payload = copy_to(bytes_.data() + metadata.size(), payload);
    row_.checksum = sqlite3_value_int64(columns[10]);
}

}  // namespace foldline::inline v0::sqlite
