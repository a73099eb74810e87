#include "access_rules.hpp"

#include <sqlite3.h>

#include <string_view>

namespace foldline::inline v0::sqlite {
namespace {

/// SQLite takes names in any case.
bool begins_with(std::string_view name, std::string_view prefix) {
    return name.size() >= prefix.size() &&
           sqlite3_strnicmp(name.data(), prefix.data(), static_cast<int>(prefix.size())) == 0;
}

bool is_ours(const char* table) {
    for (std::string_view prefix : {"log_", "rm_", "sn_", "foldline_"})
        if (table && begins_with(table, prefix)) return true;
    return false;
}

/// SQLite asks for leave to change its own tables while it makes one of the user's.
bool is_schema(const char* table) {
    return table && (begins_with(table, "sqlite_schema") || begins_with(table, "sqlite_master"));
}

/// The events themselves are never changed, not even by mistake in our own code. (A trigger says so too, but anyone may
/// drop a trigger.)
bool foldline_may(int action, const char* first) {
    const std::string_view name = first ? first : "";
    switch (action) {
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
        case SQLITE_DROP_TABLE: return name != "log_events" && name != "log_appends";
        case SQLITE_DROP_TRIGGER: return !is_ours(first);
        default: return true;
    }
}

bool tables_may(int action, const char* first, const char* second) {
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_FUNCTION:
        case SQLITE_RECURSIVE:
        case SQLITE_REINDEX: return true;
        case SQLITE_READ:
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
        case SQLITE_CREATE_TABLE:
        case SQLITE_CREATE_VIEW: return !is_ours(first);
        case SQLITE_CREATE_INDEX:
        case SQLITE_CREATE_TRIGGER: return !is_ours(first) && !is_ours(second);
        default: return false;
    }
}

bool user_may(int action, const char* first) {
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_FUNCTION:
        case SQLITE_RECURSIVE: return true;
        case SQLITE_READ: return !is_ours(first);
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE: return !is_ours(first) && !is_schema(first);
        default: return false;
    }
}

bool reader_may(int action, const char* first) {
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_FUNCTION:
        case SQLITE_RECURSIVE: return true;
        case SQLITE_READ: return !is_ours(first);
        default: return false;
    }
}

/// What an event is called is none of our business here, nor what SQLite's own tables are of an empty database. Rows
/// that are counted together have no rowid of their own, and SQLite does not say before whether it will be asked for.
/// (It writes so the one that is no column.)
bool events_may(int action, const char* second) {
    const std::string_view name = second ? second : "";
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_RECURSIVE: return true;
        case SQLITE_READ: return name != "ROWID";
        case SQLITE_FUNCTION: return sqlite3_stricmp(second ? second : "", "load_extension") != 0;
        default: return false;
    }
}

}  // namespace

bool may(access who, int action, const char* first, const char* second) {
    switch (who) {
        case access::foldline: return foldline_may(action, first);
        case access::tables: return tables_may(action, first, second);
        case access::user: return user_may(action, first);
        case access::reader: return reader_may(action, first);
        case access::events: return events_may(action, second);
    }
    return false;
}

std::string quoted_name(std::string_view name) {
    std::string quoted = "\"";
    for (char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

}  // namespace foldline::inline v0::sqlite
