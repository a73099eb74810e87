#pragma once

#include "foldline_tests/columns/v1/columns.pb.h"
#include "support/memory_world.hpp"

#include <foldline/sqlite/event_sql.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace foldline_tests {

inline std::string line_of(const foldline::sql_row& row) {
    std::string line;
    for (int i = 0; i < row.columns(); ++i) {
        if (i > 0) line += '|';
        line += row.is_null(i) ? "null" : std::string(row.text(i));
    }
    return line;
}

inline std::vector<std::string> rows_of(foldline::sqlite::event_sql& sql, const std::string& statement) {
    std::vector<std::string> rows;
    sql.each_row(statement, [&](const foldline::sql_row& row) { rows.push_back(line_of(row)); });
    return rows;
}

/// The same tables, with the same rows, in a database that knows nothing of events.
class copied_tables {
public:
    copied_tables() { REQUIRE(sqlite3_open(":memory:", &db_) == SQLITE_OK); }
    copied_tables(const copied_tables&) = delete;
    copied_tables& operator=(const copied_tables&) = delete;
    ~copied_tables() { sqlite3_close(db_); }

    void copy(foldline::sqlite::event_sql& sql, const std::string& table) {
        std::string declared;
        std::string names;
        for (const auto& each : sql.columns(table)) {
            if (!names.empty()) names += ", ", declared += ", ";
            names += '"' + each.name + '"';
            declared += '"' + each.name + "\" " + each.type;
        }
        execute("create table " + table + " (" + declared + ")");
        sql.each_row("select " + names + " from " + table, [&](const foldline::sql_row& row) { insert(table, row); });
    }

    [[nodiscard]] std::vector<std::string> rows_of(const std::string& statement) const {
        sqlite3_stmt* prepared = nullptr;
        REQUIRE_MESSAGE(sqlite3_prepare_v2(db_, statement.c_str(), -1, &prepared, nullptr) == SQLITE_OK,
                        statement << ": " << sqlite3_errmsg(db_));
        std::vector<std::string> rows;
        while (sqlite3_step(prepared) == SQLITE_ROW) {
            std::string line;
            for (int i = 0; i < sqlite3_column_count(prepared); ++i) {
                if (i > 0) line += '|';
                const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(prepared, i));
                line += text ? text : "null";
            }
            rows.push_back(line);
        }
        sqlite3_finalize(prepared);
        return rows;
    }

private:
    void execute(const std::string& text) {
        REQUIRE_MESSAGE(sqlite3_exec(db_, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, text);
    }

    void insert(const std::string& table, const foldline::sql_row& row) {
        std::string values;
        for (int i = 0; i < row.columns(); ++i) {
            if (i > 0) values += ", ";
            const foldline::sql_value value = row.value(i);
            if (row.is_null(i)) values += "null";
            else if (std::holds_alternative<std::string_view>(value)) values += quoted(row.text(i));
            else if (std::holds_alternative<foldline::sql_blob>(value)) values += blob(row.blob(i));
            else values += std::string(row.text(i));
        }
        execute("insert into " + table + " values (" + values + ")");
    }

    static std::string quoted(std::string_view text) {
        std::string all = "'";
        for (const char c : text) all += c == '\'' ? std::string("''") : std::string(1, c);
        return all + "'";
    }
    static std::string blob(std::string_view bytes) {
        std::string all = "x'";
        for (const char c : bytes) all += fmt::format("{:02x}", static_cast<unsigned char>(c));
        return all + "'";
    }

    sqlite3* db_ = nullptr;
};

/// Events of two versions and three categories, with values that look like numbers and differ only in their letters.
struct copied_world : memory_world {
    explicit copied_world(std::mt19937_64& random, int count = 250, std::size_t group_bytes = 1000)
        : sql(store, {.page = 7, .group_bytes = group_bytes}) {
        const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
        const std::vector<std::string> texts{"a", "A", "b ", "b", "5", "05", "5.0", "", "\xC3\xA9"};
        const auto text = [&] { return texts[static_cast<std::size_t>(below(static_cast<int>(texts.size())))]; };
        for (int i = 0; i < count; ++i) {
            if (below(3) == 0) time.advance(std::chrono::seconds{below(50)});
            const foldline::stream_id stream{below(2) == 0   ? "even"
                                             : below(3) == 0 ? "e5"
                                                             : "odd",
                                             below(5) == 0 ? "A" : std::to_string(below(4))};
            if (below(4) == 0) {
                columns::v1::KindsListedLater later;
                later.set_small(below(6) - 3);
                later.set_large(text());
                later.set_text(text());
                if (below(2) == 0) later.set_new_field(text());
                (void)append_to(store, stream, std::nullopt, later);
                continue;
            }
            columns::v1::KindsListed event;
            event.set_text(text());
            event.set_small(below(6) - 3);
            event.set_large(below(7));
            event.set_large_unsigned(below(9) == 0 ? ~0ULL : static_cast<std::uint64_t>(below(3)));
            event.set_fine(below(4) / 2.0);
            if (below(2) == 0) event.set_raw(text());
            if (below(2) == 0) event.set_maybe(below(3));
            event.set_flag(below(2) == 0);
            event.set_colour(static_cast<columns::v1::Colour>(below(7)));
            if (below(2) == 0) event.mutable_part()->set_name(text());
            for (int n = below(4); n > 0; --n) event.add_numbers(below(5));
            (void)append_to(store, stream, std::nullopt, event);
        }
        for (const char* table : {"kinds_listed", "kinds_listed__numbers", "events"}) copy.copy(sql, table);
    }

    void compare(const std::string& statement) {
        REQUIRE_MESSAGE(rows_of(sql, statement) == copy.rows_of(statement), statement);
    }

    foldline::sqlite::event_sql sql;
    copied_tables copy;
};

}  // namespace foldline_tests
