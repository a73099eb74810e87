#pragma once

#include "support/sales.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <utility>

namespace foldline_tests {

inline constexpr foldline::timestamp some_time{std::chrono::microseconds{1'700'000'000}};
inline const foldline::store_identity some_store{
    foldline::store_id{foldline::uuid::from_name("a store")},
    foldline::history_id{foldline::uuid::from_name("a history")},
};

/// A projection of one table, with whatever statements.
inline foldline::sql_projection of_table(std::string name, const std::string& table, const std::string& create) {
    foldline::sql_projection made{std::move(name), 1};
    made.table(table, create);
    return made;
}

template <class Error>
std::string message_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& thrown) {
        return thrown.what();
    }
    return "nothing was thrown";
}

inline bool says(const std::string& message, const std::string& part) {
    return message.find(part) != std::string::npos;
}

/// Read models with the table `notes (id integer primary key, text text)`, and sessions on them.
struct notes_world {
    model_file file;
    foldline::sql_projection notes =
        of_table("notes", "notes", "create table notes (id integer primary key, text text)");
    notes_world() { file.models().create(notes, some_store); }

    [[nodiscard]] foldline::sqlite::sqlite_read_models& models() { return file.models(); }

    /// Runs one statement in a session of its own and commits.
    std::int64_t execute(const std::string& sql) {
        const auto session = begin_as_nobody(models(), "notes");
        const auto changed = session->execute(sql);
        session->commit(position_of(models(), "notes").next(), some_time);
        return changed;
    }
    [[nodiscard]] std::vector<std::string> texts() { return rows_of(models(), "select text from notes order by id"); }
};

}  // namespace foldline_tests
