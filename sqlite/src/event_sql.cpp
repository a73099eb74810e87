#include <foldline/sqlite/event_sql.hpp>

#include "access_rules.hpp"
#include "event_module.hpp"
#include "sql_session.hpp"

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

event_sql::event_sql(const event_store& store, event_sql_options options)
    : parts_(std::make_unique<parts>(store, std::move(options))) {}
event_sql::~event_sql() = default;

std::int64_t event_sql::run(std::string_view sql, std::span<const sql_value> values) {
    query(sql, values, [](const sql_row&) {});
    return 0;
}

void event_sql::query(std::string_view sql, std::span<const sql_value> values,
                      function_ref<void(const sql_row&)> sink) {
    event_tables& tables = parts_->tables;
    parts_->add_tables_of(sql);
    parts_->require_transaction();
    const global_position head = tables.store.head();
    const restored<global_position> seen{tables.head, head};
    const restored<std::exception_ptr> failure{tables.failure, nullptr};
    std::exception_ptr of_sink;
    try {
        parts_->session.query(sql, values, [&](const sql_row& row) {
            try {
                sink(row);  // it may run another statement, which sees another head
            } catch (...) {
                of_sink = std::current_exception();
                throw;
            }
        });
    } catch (...) {
        if (of_sink) std::rethrow_exception(of_sink);
        if (tables.failure) std::rethrow_exception(std::exchange(tables.failure, nullptr));
        throw;
    }
}

std::vector<std::string> event_sql::result_columns(std::string_view sql) {
    parts_->add_tables_of(sql);
    const access_scope scope{parts_->db, access::events};
    const statement prepared = parts_->db.prepare(sql);
    std::vector<std::string> names;
    for (int i = 0; i < prepared.columns(); ++i) names.emplace_back(prepared.name(i));
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
