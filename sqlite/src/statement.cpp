#include <foldline/sqlite/statement.hpp>

#include "sqlite_error.hpp"

#include <sqlite3.h>

namespace foldline::inline v0::sqlite {
namespace {

[[noreturn]] void fail(sqlite3_stmt* handle, int code) {
    // Resetting first ends the statement's transaction; the message is kept by the connection until the next call.
    const std::string text = sqlite3_sql(handle) ? sqlite3_sql(handle) : "";
    sqlite3_reset(handle);
    raise(sqlite3_db_handle(handle), code, text);
}

void check_bound(sqlite3_stmt* handle, int code) {
    if (code != SQLITE_OK) fail(handle, code);
}

/// SQLite takes a null pointer for NULL; an empty value is not that.
const char* data_of(std::string_view value) { return value.data() ? value.data() : ""; }

std::string_view bytes(const void* data, int size) {
    return size == 0 ? std::string_view{}
                     : std::string_view{static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

}  // namespace

statement::~statement() { sqlite3_finalize(handle_); }

statement& statement::bind(int parameter, std::int64_t value) {
    check_bound(handle_, sqlite3_bind_int64(handle_, parameter, value));
    return *this;
}

statement& statement::bind(int parameter, double value) {
    check_bound(handle_, sqlite3_bind_double(handle_, parameter, value));
    return *this;
}

statement& statement::bind_text(int parameter, std::string_view value) {
    check_bound(handle_,
                sqlite3_bind_text64(handle_, parameter, data_of(value), value.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

statement& statement::bind_blob(int parameter, std::string_view value) {
    check_bound(handle_, sqlite3_bind_blob64(handle_, parameter, data_of(value), value.size(), SQLITE_STATIC));
    return *this;
}

statement& statement::bind_null(int parameter) {
    check_bound(handle_, sqlite3_bind_null(handle_, parameter));
    return *this;
}

bool statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail(handle_, code);
    sqlite3_reset(handle_);
    return false;
}

void statement::run() {
    while (step()) {}
}

void statement::reset() noexcept { sqlite3_reset(handle_); }

bool statement::is_busy() const { return sqlite3_stmt_busy(handle_) != 0; }

int statement::columns() const { return sqlite3_column_count(handle_); }
int statement::parameters() const { return sqlite3_bind_parameter_count(handle_); }
std::string_view statement::name(int column) const { return sqlite3_column_name(handle_, column); }
statement::kind statement::kind_of(int column) const {
    switch (sqlite3_column_type(handle_, column)) {
        case SQLITE_INTEGER: return kind::integer;
        case SQLITE_FLOAT: return kind::real;
        case SQLITE_TEXT: return kind::text;
        case SQLITE_BLOB: return kind::blob;
        default: return kind::null;
    }
}
bool statement::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
bool statement::is_blob(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_BLOB; }
std::int64_t statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string_view statement::text(int column) const {
    const auto* data = sqlite3_column_text(handle_, column);  // before the size: it may convert the value
    return bytes(data, sqlite3_column_bytes(handle_, column));
}

std::string_view statement::blob(int column) const {
    const void* data = sqlite3_column_blob(handle_, column);
    return bytes(data, sqlite3_column_bytes(handle_, column));
}

}  // namespace foldline::inline v0::sqlite
