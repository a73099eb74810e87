#include <foldline/sqlite/event_sql.hpp>

#include "access_rules.hpp"
#include "event_module.hpp"
#include "sql_session.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

/// How many steps of SQLite's machine pass between two looks at whether somebody has interrupted it.
constexpr int steps_between_looks = 20'000;

std::string table_name_of(std::string event_name) {
    std::replace(event_name.begin(), event_name.end(), '-', '_');
    return event_name;
}

std::string in_lower_case(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

/// Everything that goes wrong with a database in memory, but for what is the fault of the machine or of nobody.
bool is_fault_of_statement(int code) {
    constexpr int primary = 0xFF;
    switch (code & primary) {
        case SQLITE_INTERRUPT:
        case SQLITE_NOMEM:
        case SQLITE_IOERR:
        case SQLITE_FULL:
        case SQLITE_CANTOPEN: return false;
        default: return true;
    }
}

/// What the error says of this statement besides its text.
std::string complaint_of(const storage_error& refused, std::string_view sql) {
    std::string_view why = refused.what();
    if (const auto begin = why.find(sql); !sql.empty() && begin == 0) why.remove_prefix(sql.size());
    if (why.substr(0, 2) == ": ") why.remove_prefix(2);
    why = why.substr(0, why.rfind(" (code "));
    if (why.find(".ROWID is prohibited") != std::string_view::npos)
        return "rows of events have no rowid; their position tells them apart";
    return std::string(why);
}

/// Puts a value back at the end of a scope.
template <class Value>
class restored {
public:
    restored(Value& kept, Value now) : kept_(kept), before_(std::exchange(kept, std::move(now))) {}
    restored(const restored&) = delete;
    restored& operator=(const restored&) = delete;
    ~restored() { kept_ = std::move(before_); }

private:
    Value& kept_;
    Value before_;
};

}  // namespace

struct event_sql::parts {
    struct named_table {
        template <class... Of>
        explicit named_table(std::string called, Of&&... of)
            : name(std::move(called)), shape(std::forward<Of>(of)...) {}

        std::string name;
        event_table_shape shape;
        bool is_added = false;
    };
    /// A name of events, and the tables that it makes.
    struct event_name {
        std::string name;
        std::string table;
        bool has_lists = false;  ///< the tables of its lists are known
    };

    parts(const event_store& store, event_sql_options options)
        : classes(store, options.made), tables{store, std::move(options)}, db(connection::in_memory()) {
        named.emplace_back("events", classes);
        sqlite3_progress_handler(
            db.handle(), steps_between_looks,
            [](void* self) {
                const auto& ask = static_cast<parts*>(self)->tables.options.is_interrupted;
                return ask && ask() ? 1 : 0;
            },
            this);
    }

    void learn_names() {
        for (std::string& name : classes.names()) {
            const auto is_it = [&](const event_name& each) { return each.name == name; };
            if (std::any_of(names.begin(), names.end(), is_it)) continue;
            std::string table = free_name(table_name_of(name));
            named.emplace_back(table, classes, name);
            names.push_back({std::move(name), std::move(table)});
        }
    }

    [[nodiscard]] std::string free_name(std::string name) const {
        const auto is_taken = [&](const named_table& each) { return is_same_name(each.name, name); };
        while (std::any_of(named.begin(), named.end(), is_taken)) name += '_';
        return name;
    }

    void learn_lists(event_name& of) {
        if (std::exchange(of.has_lists, true)) return;
        std::vector<std::string> lists;
        for (const auto* prototype : classes.prototypes_of(of.name))
            for (const message_column& each : lists_of(*prototype->GetDescriptor()))
                if (std::find(lists.begin(), lists.end(), each.name) == lists.end()) lists.push_back(each.name);
        for (const std::string& list : lists)
            named.emplace_back(free_name(of.table + "__" + list), classes, of.name, list);
    }

    /// Makes the tables that a text may mean: to make those of all events costs time for each of their schemas.
    void add_tables_of(std::string_view sql) {
        learn_names();
        const std::string text = in_lower_case(sql);
        const auto names_it = [&](const std::string& name) {
            return text.find(in_lower_case(name)) != std::string::npos;
        };
        for (event_name& each : names)
            if (names_it(each.table + "__")) learn_lists(each);
        for (named_table& each : named)
            if (!each.is_added && names_it(each.name)) {
                add_event_table(db, each.name, each.shape, tables);
                each.is_added = true;
            }
    }

    /// Calls `ask`. What was thrown below SQLite, or by a sink, which `of_sink` then holds, comes out as it was.
    template <class Ask>
    void answer(std::string_view sql, Ask ask) {
        add_tables_of(sql);
        require_transaction();
        const restored<global_position> seen{tables.head, tables.store.head()};
        const restored<std::exception_ptr> failure{tables.failure, nullptr};
        std::exception_ptr of_sink;
        try {
            ask(of_sink);
        } catch (...) {
            if (of_sink) std::rethrow_exception(of_sink);
            if (tables.failure) std::rethrow_exception(std::exchange(tables.failure, nullptr));
            rethrow(sql);
        }
    }

    [[noreturn]] void rethrow(std::string_view sql) const {
        try {
            throw;
        } catch (const storage_error& failed) {
            if (!is_fault_of_statement(failed.code)) throw;
            const int at = sqlite3_error_offset(db.handle());
            throw event_sql_error(failed.code, sql, complaint_of(failed, sql),
                                  at < 0 ? std::nullopt : std::optional{static_cast<std::size_t>(at)});
        }
    }

    /// An error may have ended the transaction that statements stand in.
    void require_transaction() {
        if (db.is_autocommit()) db.execute("begin");
    }

    event_classes classes;
    event_tables tables;
    std::deque<named_table> named;  // SQLite keeps pointers to the shapes
    std::deque<event_name> names;
    connection db;  // before all that its tables point to is gone
    connection_session session{db, access::events};
};

event_sql_error::event_sql_error(int code_, std::string_view statement, std::string why, std::optional<std::size_t> at)
    : sql_error(code_, statement, why),
      why_(std::move(why)),
      at_(at),
      text_(at_ ? fmt::format("{}, at {} of: {}", why_, *at_, statement) : fmt::format("{}: {}", why_, statement)) {}

event_sql::event_sql(const event_store& store, event_sql_options options)
    : parts_(std::make_unique<parts>(store, std::move(options))) {}
event_sql::~event_sql() = default;

std::int64_t event_sql::run(std::string_view sql, std::span<const sql_value> values) {
    query(sql, values, [](const sql_row&) {});
    return 0;
}

void event_sql::query(std::string_view sql, std::span<const sql_value> values,
                      function_ref<void(const sql_row&)> sink) {
    parts_->answer(sql, [&](std::exception_ptr& of_sink) {
        parts_->session.query(sql, values, [&](const sql_row& row) {
            try {
                sink(row);  // it may run another statement, which sees another head
            } catch (...) {
                of_sink = std::current_exception();
                throw;
            }
        });
    });
}

std::vector<std::string> event_sql::result_columns(std::string_view sql) {
    std::vector<std::string> names;
    parts_->answer(sql, [&](std::exception_ptr&) {
        const access_scope scope{parts_->db, access::events};
        const statement prepared = parts_->db.prepare(sql);
        for (int i = 0; i < prepared.columns(); ++i) names.emplace_back(prepared.name(i));
    });
    return names;
}

std::vector<std::string> event_sql::tables() {
    parts_->learn_names();
    std::vector<std::string> all{"events"};
    for (auto& name : parts_->names) {
        parts_->learn_lists(name);
        all.push_back(name.table);
        for (const auto& each : parts_->named)
            if (each.shape.event_name() == name.name && !each.shape.list().empty()) all.push_back(each.name);
    }
    return all;
}

std::vector<event_sql_column> event_sql::columns(std::string_view table) {
    (void)tables();
    std::vector<event_sql_column> columns;
    for (auto& each : parts_->named) {
        if (!is_same_name(each.name, table)) continue;
        for (const auto& column : each.shape.columns().all())
            columns.push_back({column.name, column.declared, column.is_hidden});
    }
    return columns;
}

}  // namespace foldline::inline v0::sqlite
