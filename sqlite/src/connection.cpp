#include <foldline/sqlite/connection.hpp>

#include "access_rules.hpp"
#include "sqlite_error.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

constexpr int busy_timeout_ms = 5000;

int authorize(void* user, int action, const char* first, const char* second, const char*, const char*) {
    return may(*static_cast<const access*>(user), action, first, second) ? SQLITE_OK : SQLITE_DENY;
}

int note_wal_pages(void* user, sqlite3*, const char*, int pages) {
    *static_cast<int*>(user) = pages;
    return SQLITE_OK;
}

void configure(sqlite3* handle, int option, int value) {
    check(handle, sqlite3_db_config(handle, option, value, nullptr), "configure the connection");
}

}  // namespace

std::size_t connection::by_text::operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }

// Absolute, since SQLite has other uses for names like ":memory:" and "file:store.db".
connection::connection(const std::filesystem::path& file, mode rights, const std::string& vfs)
    : connection(file,
                 {std::filesystem::absolute(file).c_str(),
                  rights == mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY},
                 vfs) {
    if (rights == mode::read_only) execute("pragma query_only = on");
}

connection connection::in_memory() {
    return connection{{}, {":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY}, {}};
}

connection::connection(std::filesystem::path file, const opened& how, const std::string& vfs) : file_(std::move(file)) {
    const int code = sqlite3_open_v2(how.name, &handle_, how.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     vfs.empty() ? nullptr : vfs.c_str());
    if (code != SQLITE_OK) {
        const std::string why = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
        sqlite3_close_v2(std::exchange(handle_, nullptr));
        throw storage_error(code, fmt::format("open {}", file_.string()), why);
    }
    try {
        sqlite3_busy_timeout(handle_, busy_timeout_ms);
        configure(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1);
        configure(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
        // SQLite may lose a commit if another connection moves the log at that moment: only the writer may.
        configure(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
        execute("pragma wal_autocheckpoint = 0; pragma foreign_keys = on; pragma recursive_triggers = on");
        // After the pragma: setting autocheckpoint would take the hook's place.
        sqlite3_wal_hook(handle_, note_wal_pages, &wal_pages_);
        sqlite3_set_authorizer(handle_, authorize, &access_);
    } catch (...) {
        sqlite3_close_v2(handle_);
        throw;
    }
}

connection::~connection() {
    for (auto& texts : prepared_) texts.clear();
    sqlite3_close_v2(handle_);
}

statement connection::prepare(std::string_view sql) {
    sqlite3_stmt* prepared = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &prepared, &rest);
    statement owned{prepared};
    check(handle_, code, sql);
    if (!prepared) throw storage_error(SQLITE_MISUSE, sql, "it holds no statement");
    if (holds_statement(sql.substr(static_cast<std::size_t>(rest - sql.data()))))
        throw storage_error(SQLITE_MISUSE, sql, "it holds more than one statement");
    return owned;
}

statement& connection::prepared(std::string_view sql) {
    auto& texts = prepared_[static_cast<std::size_t>(access_)];
    if (auto known = texts.find(sql); known != texts.end()) return known->second;
    return texts.emplace(std::string(sql), prepare(sql)).first->second;
}

void connection::execute(std::string_view script) {
    while (!script.empty()) {
        sqlite3_stmt* next = nullptr;
        const char* rest = nullptr;
        const int code = sqlite3_prepare_v3(handle_, script.data(), static_cast<int>(script.size()), 0, &next, &rest);
        statement owned{next};
        check(handle_, code, script);
        if (next) owned.run();
        script.remove_prefix(static_cast<std::size_t>(rest - script.data()));
    }
}

/// Whether a text is more than space, semicolons and comments: what cannot be prepared is more, too.
bool connection::holds_statement(std::string_view text) {
    while (!text.empty()) {
        sqlite3_stmt* next = nullptr;
        const char* rest = nullptr;
        const int code = sqlite3_prepare_v3(handle_, text.data(), static_cast<int>(text.size()), 0, &next, &rest);
        const statement owned{next};
        if (code != SQLITE_OK || next) return true;
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    }
    return false;
}

std::int64_t connection::integer(std::string_view sql) {
    statement query = prepare(sql);
    if (!query.step()) throw storage_error(SQLITE_EMPTY, sql, "it gave no row");
    return query.integer(0);
}

bool connection::is_autocommit() const { return sqlite3_get_autocommit(handle_) != 0; }
std::int64_t connection::last_insert_rowid() const { return sqlite3_last_insert_rowid(handle_); }
std::int64_t connection::changes() const { return sqlite3_changes64(handle_); }
access connection::set_access(access who) { return std::exchange(access_, who); }

}  // namespace foldline::inline v0::sqlite
