// The tables as SQLite sees them: a virtual table for each shape, which exists without having been created.

#include "event_module.hpp"

#include "access_rules.hpp"
#include "scan_plan.hpp"
#include "sqlite_error.hpp"

#include <sqlite3.h>

#include <memory>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

struct registered_table {
    event_table_shape& shape;
    event_tables& tables;
    connection& db;
};

struct table : sqlite3_vtab {
    explicit table(registered_table& of) : sqlite3_vtab{}, shape(of.shape), tables(of.tables) {}

    event_table_shape& shape;
    event_tables& tables;
};

struct cursor : sqlite3_vtab_cursor {
    explicit cursor(table& of) : sqlite3_vtab_cursor{}, rows(of.tables, of.shape) {}

    event_cursor rows;
};

table& table_of(sqlite3_vtab* base) { return *static_cast<table*>(base); }
event_cursor& rows_of(sqlite3_vtab_cursor* base) { return static_cast<cursor*>(base)->rows; }

/// No exception may pass through SQLite: it is kept, for whoever stepped the statement.
template <class Work>
int keeping_failures(event_tables& tables, char** message, Work work) noexcept {
    try {
        work();
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        tables.failure = std::current_exception();
        return SQLITE_NOMEM;
    } catch (const std::exception& failure) {
        tables.failure = std::current_exception();
        sqlite3_free(*message);
        *message = sqlite3_mprintf("%s", failure.what());
        return SQLITE_ERROR;
    } catch (...) {
        tables.failure = std::current_exception();
        return SQLITE_ERROR;
    }
}

std::string declaration_of(const table_columns& columns) {
    std::string text = "create table events (";
    for (const auto& each : columns.all()) {
        if (&each != &columns.all().front()) text += ", ";
        text += quoted_name(each.name) + " " + each.declared + (each.is_hidden ? " hidden" : "");
    }
    return text + ")";
}

int connect(sqlite3* db, void* user, int, const char* const*, sqlite3_vtab** made, char** message) noexcept {
    auto& of = *static_cast<registered_table*>(user);
    return keeping_failures(of.tables, message, [&] {
        auto fresh = std::make_unique<table>(of);
        // SQLite asks whether whoever wrote the statement may make this table.
        const access_scope scope{of.db, access::foldline};
        check(db, sqlite3_declare_vtab(db, declaration_of(of.shape.columns()).c_str()), "declare a table of events");
        *made = fresh.release();
    });
}

int disconnect(sqlite3_vtab* base) noexcept {
    delete &table_of(base);
    return SQLITE_OK;
}

int best_index(sqlite3_vtab* base, sqlite3_index_info* asked) noexcept {
    table& of = table_of(base);
    return keeping_failures(of.tables, &base->zErrMsg, [&] {
        const auto events = static_cast<double>(of.tables.head.value);
        const std::string plan = choose_plan(*asked, of.shape, events).to_string();
        asked->idxStr = sqlite3_mprintf("%s", plan.c_str());
        if (!asked->idxStr) throw std::bad_alloc{};
        asked->needToFreeIdxStr = 1;
    });
}

int open(sqlite3_vtab* base, sqlite3_vtab_cursor** made) noexcept {
    return keeping_failures(table_of(base).tables, &base->zErrMsg,
                            [&] { *made = std::make_unique<cursor>(table_of(base)).release(); });
}

int close(sqlite3_vtab_cursor* base) noexcept {
    delete static_cast<cursor*>(base);
    return SQLITE_OK;
}

scan_value value_of(sqlite3_value* value) {
    const auto bytes = [&] {
        const auto* data = static_cast<const char*>(sqlite3_value_blob(value));
        return std::string_view{data ? data : "", static_cast<std::size_t>(sqlite3_value_bytes(value))};
    };
    switch (sqlite3_value_type(value)) {
        case SQLITE_INTEGER: return std::int64_t{sqlite3_value_int64(value)};
        case SQLITE_FLOAT: return sqlite3_value_double(value);
        case SQLITE_TEXT: return std::string{bytes()};
        case SQLITE_BLOB: return std::vector<char>{bytes().begin(), bytes().end()};
        default: return std::monostate{};
    }
}

scan_values values_in_list(sqlite3_value* list) {
    scan_values values;
    sqlite3_value* each = nullptr;
    int code = sqlite3_vtab_in_first(list, &each);
    for (; code == SQLITE_OK && each; code = sqlite3_vtab_in_next(list, &each)) values.push_back(value_of(each));
    if (code != SQLITE_OK && code != SQLITE_DONE)
        throw storage_error(code, "read a list of values", sqlite3_errstr(code));
    return values;
}

int filter(sqlite3_vtab_cursor* base, int, const char* plan, int count, sqlite3_value** given) noexcept {
    return keeping_failures(table_of(base->pVtab).tables, &base->pVtab->zErrMsg, [&] {
        event_cursor& rows = rows_of(base);
        const auto& conditions = rows.plan_of(plan).conditions;
        std::vector<scan_values> values;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
            values.push_back(conditions[i].is_list ? values_in_list(given[i]) : scan_values{value_of(given[i])});
        rows.begin(plan, values);
    });
}

int next(sqlite3_vtab_cursor* base) noexcept {
    return keeping_failures(table_of(base->pVtab).tables, &base->pVtab->zErrMsg, [&] { rows_of(base).next(); });
}

int is_at_end(sqlite3_vtab_cursor* base) noexcept { return rows_of(base).is_at_end() ? 1 : 0; }

template <class Integer>
void give_digits(sqlite3_context* to, Integer value) {
    const std::string digits = std::to_string(value);
    sqlite3_result_text64(to, digits.data(), digits.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* to, int which) noexcept {
    return keeping_failures(table_of(base->pVtab).tables, &base->pVtab->zErrMsg, [&] {
        const event_cell& cell = rows_of(base).cell(static_cast<std::size_t>(which));
        // Copied, since SQLite keeps values of one row while it goes on to the next.
        switch (cell.is) {
            case event_cell::kind::null: return sqlite3_result_null(to);
            case event_cell::kind::integer: return sqlite3_result_int64(to, cell.integer);
            case event_cell::kind::large: return give_digits(to, static_cast<std::uint64_t>(cell.integer));
            case event_cell::kind::digits: return give_digits(to, cell.integer);
            case event_cell::kind::real: return sqlite3_result_double(to, cell.real);
            case event_cell::kind::text:
                return sqlite3_result_text64(to, cell.bytes ? cell.bytes : "", cell.size, SQLITE_TRANSIENT,
                                             SQLITE_UTF8);
            case event_cell::kind::blob:
                return sqlite3_result_blob64(to, cell.bytes ? cell.bytes : "", cell.size, SQLITE_TRANSIENT);
        }
    });
}

int row_id(sqlite3_vtab_cursor* base, sqlite3_int64* id) noexcept {
    *id = rows_of(base).row_id();
    return SQLITE_OK;
}

const sqlite3_module& event_module() {
    static const sqlite3_module module = [] {
        sqlite3_module made{};
        made.xConnect = connect;  // and no xCreate: the table is there without `create virtual table`
        made.xBestIndex = best_index;
        made.xDisconnect = disconnect;
        made.xOpen = open;
        made.xClose = close;
        made.xFilter = filter;
        made.xNext = next;
        made.xEof = is_at_end;
        made.xColumn = column;
        made.xRowid = row_id;
        return made;
    }();
    return module;
}

}  // namespace

void add_event_table(connection& db, const std::string& name, event_table_shape& shape, event_tables& tables) {
    const auto drop = [](void* user) { delete static_cast<registered_table*>(user); };
    check(db.handle(),
          sqlite3_create_module_v2(db.handle(), name.c_str(), &event_module(), new registered_table{shape, tables, db},
                                   drop),
          "make the table " + name);
}

}  // namespace foldline::inline v0::sqlite
