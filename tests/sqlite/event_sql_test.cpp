// SQL over events: which tables and columns there are, what is read for a statement, and that whatever is pushed down
// changes no answer.

#include "foldline_tests/columns/v1/columns.pb.h"
#include "foldline_tests/shop/v1/order.pb.h"
#include "support/memory_world.hpp"
#include "support/passing_store.hpp"
#include "support/seed.hpp"
#include "support/shop_upcasters.hpp"
#include "support/spying_event_store.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/event_sql.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using columns::v1::KindsListed;
using columns::v1::KindsListedLater;
using sqlite::event_sql;

std::string line_of(const sql_row& row) {
    std::string line;
    for (int i = 0; i < row.columns(); ++i) {
        if (i > 0) line += '|';
        line += row.is_null(i) ? "null" : std::string(row.text(i));
    }
    return line;
}

std::vector<std::string> rows_of(event_sql& sql, const std::string& statement) {
    std::vector<std::string> rows;
    sql.each_row(statement, [&](const sql_row& row) { rows.push_back(line_of(row)); });
    return rows;
}

std::string only_row(event_sql& sql, const std::string& statement) {
    const auto rows = rows_of(sql, statement);
    REQUIRE(rows.size() == 1);
    return rows.front();
}

KindsListed listed(const std::string& text, int small) {
    KindsListed event;
    event.set_text(text);
    event.set_small(small);
    return event;
}

/// A hundred events in ten streams of two categories, an hour between each and the next, behind a store that counts.
struct hundred_events : memory_world {
    hundred_events() {
        for (int i = 0; i < 100; ++i) {
            time.advance(std::chrono::hours{1});
            const stream_id stream{i % 2 == 0 ? "even" : "odd", std::to_string(i % 10)};
            KindsListed event = listed("text " + std::to_string(i % 4), i);
            event.mutable_part()->set_name(std::to_string(i % 3));
            (void)append_to(store, stream, std::nullopt, event);
        }
    }

    std::size_t read_for(const std::string& statement, std::vector<std::string>* rows = nullptr) {
        spy.events_read = 0;
        auto found = rows_of(sql, statement);
        if (rows) *rows = std::move(found);
        return spy.events_read;
    }

    spying_event_store spy{store};
    event_sql sql{spy};
};

}  // namespace

TEST_CASE("sql: an event is a row of the table of its name, with what the store and its message say") {
    memory_world world;
    KindsListed event = listed("hello", -7);
    event.set_position("left");
    event.mutable_part()->set_name("wheel");
    event.mutable_part()->set_price_e4(-5);
    event.set_colour(columns::v1::BLUE);
    event.add_numbers(1);
    event.add_numbers(2);
    event_data data = to_event(event, metadata{.correlation_id = "request", .actor = "ann"});
    (void)world.store.append(append_request::to(stream_id{"kind", "a-1"}, expected_version::any(), {data}));
    event_sql sql{world.store};
    CHECK(only_row(sql, "select position, stream, category, id, version, schema_version from kinds_listed") ==
          "1|kind-a-1|kind|a-1|1|1");
    CHECK(only_row(sql, "select correlation_id, causation_id, actor, metadata from kinds_listed") ==
          R"(request|null|ann|{"correlation_id":"request","actor":"ann"})");
    CHECK(only_row(sql, "select text, small, colour, \"part.name\", \"part.price_e4\", numbers from kinds_listed") ==
          "hello|-7|BLUE|wheel|-5|[1,2]");
    CHECK(only_row(sql, "select \"data.position\" from kinds_listed") == "left");
    CHECK(only_row(sql, "select part, json_extract(part, '$.price_e4') from kinds_listed") ==
          R"({"name":"wheel","price_e4":-5,"tags":[],"owner":"***"}|-5)");
    CHECK(only_row(sql, "select type, schema_version, json_extract(data, '$.text') from events") ==
          "kinds-listed|1|hello");
    CHECK(only_row(sql, "select recorded_at from events").size() == 27);
    CHECK(only_row(sql, "select length(event_id) from events") == "36");
}

TEST_CASE("sql: the elements of a list are rows of a table of their own") {
    memory_world world;
    KindsListed event;
    event.add_parts()->set_name("a");
    event.add_parts()->set_name("b");
    event.add_numbers(7);
    (*event.mutable_counts())["x"] = 4;
    (void)append_to(world.store, stream_id{"kind", "1"}, std::nullopt, event);
    event_sql sql{world.store};
    CHECK(rows_of(sql, "select position, stream, version, \"index\", name, owner from kinds_listed__parts") ==
          std::vector<std::string>{"1|kind-1|1|0|a|***", "1|kind-1|1|1|b|***"});
    CHECK(only_row(sql, "select value from kinds_listed__numbers") == "7");
    CHECK(only_row(sql, "select key, value from kinds_listed__counts") == "x|4");
    CHECK(only_row(sql, "select count(*) from kinds_listed join kinds_listed__parts using (position)") == "2");
    const auto tables = sql.tables();
    CHECK(std::find(tables.begin(), tables.end(), "kinds_listed__parts_by_number") != tables.end());
}

TEST_CASE("sql: all versions of a name are one table, and fields of one name one column") {
    memory_world world;
    KindsListedLater later;
    later.set_large("a text now");
    later.set_new_field("new");
    (void)append_to(world.store, stream_id{"kind", "1"}, std::nullopt, listed("old", 1), later);
    event_sql sql{world.store};
    CHECK(rows_of(sql, "select schema_version, text, large, new_field from kinds_listed order by position") ==
          std::vector<std::string>{"1|old|0|null", "2||a text now|new"});
    CHECK(rows_of(sql, "select position from kinds_listed where schema_version = 2") == std::vector<std::string>{"2"});
    CHECK(rows_of(sql, "select position from kinds_listed where large = 'a text now'") ==
          std::vector<std::string>{"2"});
    CHECK(rows_of(sql, "select large, count(*) from kinds_listed group by large order by 2, 1").size() == 2);
}

TEST_CASE("sql: personal fields are masked unless they are asked for, also to conditions") {
    memory_world world;
    KindsListed event;
    event.set_secret("hush");
    (void)append_to(world.store, stream_id{"kind", "1"}, std::nullopt, event);
    event_sql masked{world.store};
    CHECK(only_row(masked, "select secret from kinds_listed") == "***");
    CHECK(rows_of(masked, "select 1 from kinds_listed where secret = 'hush'").empty());
    CHECK(only_row(masked, "select data from events").find("hush") == std::string::npos);
    event_sql shown{world.store, {.personal = sqlite::personal_fields::shown}};
    CHECK(only_row(shown, "select secret from kinds_listed where secret = 'hush'") == "hush");
    CHECK(only_row(shown, "select data from events").find("hush") != std::string::npos);
}

TEST_CASE("sql: events are shown as an upcasting store hands them on") {
    memory_world world;
    shop::v1::OrderPlaced old;
    old.set_customer("ann");
    old.set_total_major(3);
    (void)append_to(world.store, stream_id{"order", "1"}, std::nullopt, old);
    upcasting_event_store current{world.store, shop_upcasters()};
    event_sql stored{world.store};
    event_sql upcast{current};
    CHECK(only_row(stored, "select schema_version, total_major from order_placed") == "1|3");
    CHECK(only_row(upcast, "select schema_version, total_minor from order_placed") == "3|300");
    CHECK(only_row(upcast, "select json_extract(data, '$.total_minor') from events") == "300");
}

TEST_CASE("sql: conditions on places and times decide what is read") {
    hundred_events events;
    std::vector<std::string> rows;
    CHECK(events.read_for("select count(*) from kinds_listed", &rows) == 100);
    CHECK(rows.front() == "100");
    CHECK(events.read_for("select text from kinds_listed where position = 50", &rows) == 1);
    CHECK(rows == std::vector<std::string>{"text 1"});
    CHECK(events.read_for("select count(*) from kinds_listed where position > 90 and position <= 95") == 5);
    CHECK(events.read_for("select count(*) from kinds_listed where position between 3.5 and 10") == 7);
    CHECK(events.read_for("select version from kinds_listed where stream = 'even-4'", &rows) == 10);
    CHECK(rows.size() == 10);
    CHECK(events.read_for("select small from kinds_listed where stream = 'even-4' and version >= 9", &rows) == 2);
    CHECK(rows == std::vector<std::string>{"84", "94"});
    CHECK(events.read_for("select count(*) from kinds_listed where category = 'odd'", &rows) == 50);
    CHECK(rows.front() == "50");
    CHECK(events.read_for("select count(*) from kinds_listed where category in ('odd', 'none', 'No Category')") == 50);
    CHECK(events.read_for("select count(*) from kinds_listed where stream = 'no stream'") == 0);
    CHECK(events.read_for("select count(*) from kinds_listed where schema_version = 2") == 0);
    CHECK(events.read_for("select count(*) from events where type = 'never-heard-of'") == 0);
    CHECK(events.read_for("select count(*) from events where type in ('kinds-listed')", &rows) == 100);
    CHECK(events.read_for("select count(*) from kinds_listed where position = null") == 0);
}

TEST_CASE("sql: a condition on the recorded time reads only what was recorded then") {
    hundred_events events;
    std::vector<std::string> rows;
    const std::string time = only_row(events.sql, "select recorded_at from kinds_listed where position = 91");
    const std::string micros = only_row(events.sql, "select recorded_at_us from kinds_listed where position = 91");
    constexpr std::size_t looked_up = 8;  // by halves
    CHECK(events.read_for("select count(*) from kinds_listed where recorded_at >= '" + time + "'", &rows) <=
          10 + looked_up);
    CHECK(rows.front() == "10");
    CHECK(events.read_for("select count(*) from kinds_listed where recorded_at > '" + time + "'", &rows) <=
          9 + looked_up);
    CHECK(rows.front() == "9");
    (void)events.read_for("select count(*) from kinds_listed where recorded_at < '" + time + "'", &rows);
    CHECK(rows.front() == "90");
    CHECK(events.read_for("select position from kinds_listed where recorded_at = '" + time + "'", &rows) <=
          1 + 2 * looked_up);
    CHECK(rows == std::vector<std::string>{"91"});
    CHECK(events.read_for("select count(*) from kinds_listed where recorded_at_us > " + micros, &rows) <=
          9 + looked_up);
    CHECK(rows.front() == "9");
}

TEST_CASE("sql: the order of the log needs no sorting, and whoever wants few rows reads few events") {
    hundred_events events;
    std::vector<std::string> rows;
    CHECK(events.read_for("select position from kinds_listed order by position desc limit 2", &rows) <= 16);
    CHECK(rows == std::vector<std::string>{"100", "99"});
    CHECK(events.read_for("select position from kinds_listed order by recorded_at limit 2", &rows) <= 16);
    CHECK(rows == std::vector<std::string>{"1", "2"});
    CHECK(events.read_for("select 1 from kinds_listed limit 1") <= 16);
}

TEST_CASE("sql: equal rows are counted together") {
    hundred_events events;
    const std::string grouped = "select text, count(*) from kinds_listed group by text";
    CHECK(rows_of(events.sql, grouped + " order by text desc") ==
          std::vector<std::string>{"text 3|25", "text 2|25", "text 1|25", "text 0|25"});
    CHECK(rows_of(events.sql, "select distinct category from kinds_listed").size() == 2);
    CHECK(rows_of(events.sql, "select text, category, count(*) from kinds_listed group by 1, 2").size() == 4);
    CHECK(only_row(events.sql, "select count(distinct text) from kinds_listed") == "4");
    CHECK(only_row(events.sql, "select count(*) from kinds_listed where text = 'text 2'") == "25");
    const std::string plan = only_row(events.sql, "explain query plan " + grouped);
    CHECK(plan.find("TEMP B-TREE") == std::string::npos);
}

TEST_CASE("sql: a statement sees the events that are stored when it begins") {
    memory_world world;
    for (int i = 0; i < 20; ++i) (void)append_to(world.store, stream_id{"kind", "1"}, std::nullopt, listed("x", i));
    event_sql sql{world.store};
    int rows = 0;
    sql.each_row("select position from kinds_listed", [&](const sql_row&) {
        ++rows;
        (void)append_to(world.store, stream_id{"kind", "1"}, std::nullopt, listed("x", 0));
    });
    CHECK(rows == 20);
    rows = 0;
    sql.each_row("select position from kinds_listed where stream = 'kind-1'", [&](const sql_row&) {
        ++rows;
        (void)append_to(world.store, stream_id{"kind", "1"}, std::nullopt, listed("x", 0));
        CHECK(std::stoi(only_row(sql, "select count(*) from kinds_listed")) == 40 + rows);
    });
    CHECK(rows == 40);
}

TEST_CASE("sql: a statement can only read, and reaches no file") {
    hundred_events events;
    for (const char* refused :
         {"insert into kinds_listed (text) values ('x')", "delete from kinds_listed", "create table mine (a)",
          "attach 'file.db' as other", "pragma writable_schema = on", "select load_extension('x')", "vacuum", "begin",
          "commit", "select 1; select 2", "select nothing from nowhere", "drop table kinds_listed",
          "create virtual table t using kinds_listed", ""}) {
        CAPTURE(refused);
        CHECK_THROWS_AS(events.sql.each_row(refused, [](const sql_row&) {}), sql_error);
    }
    CHECK(only_row(events.sql, "select count(*) from kinds_listed") == "100");
}

TEST_CASE("sql: an event that does not decode is named, where something of it was asked for") {
    memory_world world;
    (void)append_to(world.store, stream_id{"kind", "1"}, std::nullopt, listed("x", 1));
    event_data broken = to_event(listed("y", 2));
    broken.payload.resize(broken.payload.size() - 1);
    (void)world.store.append(append_request::to(stream_id{"kind", "2"}, expected_version::any(), {broken}));
    event_sql sql{world.store};
    CHECK(only_row(sql, "select count(*) from kinds_listed") == "2");
    try {
        (void)rows_of(sql, "select text from kinds_listed");
        FAIL("it was read");
    } catch (const event_failure& failure) {
        CHECK(failure.stream == "kind-2");
        CHECK(failure.position.value == 2);
    }
    CHECK_THROWS_AS((void)rows_of(sql, "select data from events"), event_failure);
    CHECK(only_row(sql, "select count(*) from kinds_listed") == "2");
}

namespace {

class failing_store final : public passing_store {
public:
    using passing_store::passing_store;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        if (fails) throw corrupt_data("it is damaged");
        return passing_store::read(query, limit, sink);
    }
    bool fails = false;
};

}  // namespace

TEST_CASE("sql: what a store throws, or a sink, comes out as it is") {
    hundred_events events;
    failing_store failing{events.store};
    event_sql sql{failing};
    CHECK(rows_of(sql, "select text from kinds_listed").size() == 100);
    failing.fails = true;
    CHECK_THROWS_AS((void)rows_of(sql, "select text from kinds_listed"), corrupt_data);
    failing.fails = false;
    CHECK_THROWS_AS(
        sql.each_row("select 1 from kinds_listed", [](const sql_row&) { throw std::out_of_range("enough"); }),
        std::out_of_range);
    CHECK(rows_of(sql, "select text from kinds_listed").size() == 100);
}

TEST_CASE("sql: a statement ends when it is interrupted") {
    hundred_events events;
    int looks = 0;
    event_sql sql{events.store, {.page = 10, .is_interrupted = [&] { return ++looks > 3; }}};
    CHECK_THROWS_AS((void)rows_of(sql, "select text from kinds_listed where text = 'none'"), storage_error);
}

TEST_CASE("property: what is pushed down changes no answer") {
    const std::uint64_t seed = seed_of_this_run();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
    memory_world world;
    for (int i = 0; i < 300; ++i) {
        if (below(3) == 0) world.time.advance(std::chrono::seconds{below(100)});
        KindsListed event = listed("t" + std::to_string(below(4)), below(6) - 3);
        if (below(2) == 0) event.set_maybe(below(3));
        event.set_flag(below(2) == 0);
        event.set_colour(static_cast<columns::v1::Colour>(below(7)));
        if (below(2) == 0) event.mutable_part()->set_name(std::to_string(below(3)));
        (void)append_to(world.store, stream_id{below(2) == 0 ? "even" : "odd", std::to_string(below(4))}, std::nullopt,
                        event);
    }
    event_sql sql{world.store, {.page = 7}};

    // The same rows in a table of SQLite's own.
    const std::string columns =
        "position, stream, category, version, schema_version, recorded_at, text, small, maybe, "
        "flag, colour, \"part.name\"";
    sqlite3* reference = nullptr;
    REQUIRE(sqlite3_open(":memory:", &reference) == SQLITE_OK);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> closing{reference, sqlite3_close};
    const auto execute = [&](const std::string& text) {
        REQUIRE(sqlite3_exec(reference, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    };
    execute(
        "create table kinds_listed (position integer, stream text, category text, version integer, schema_version "
        "integer, recorded_at text, text text, small integer, maybe integer, flag integer, colour text, "
        "\"part.name\" text)");
    std::vector<std::string> times;
    sql.each_row("select " + columns + " from kinds_listed", [&](const sql_row& row) {
        std::string values;
        for (int i = 0; i < row.columns(); ++i) {
            const sql_value value = row.value(i);
            if (i > 0) values += ", ";
            if (std::holds_alternative<std::nullptr_t>(value)) values += "null";
            else if (std::holds_alternative<std::int64_t>(value)) values += std::string(row.text(i));
            else values += "'" + std::string(row.text(i)) + "'";
        }
        times.emplace_back(row.text(5));
        execute("insert into kinds_listed values (" + values + ")");
    });
    const auto expected_of = [&](const std::string& statement) {
        sqlite3_stmt* prepared = nullptr;
        REQUIRE_MESSAGE(sqlite3_prepare_v2(reference, statement.c_str(), -1, &prepared, nullptr) == SQLITE_OK,
                        statement);
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
    };

    const std::vector<std::string> compared{"=", "<", "<=", ">", ">=", "<>", "is"};
    const std::vector<std::string> names{"position",       "stream",      "category", "version",
                                         "schema_version", "recorded_at", "text",     "small",
                                         "maybe",          "flag",        "colour",   "\"part.name\""};
    const auto value_for = [&](std::size_t column) -> std::string {
        if (below(20) == 0) return "null";
        if (below(20) == 0) return "'" + std::to_string(below(4)) + "'";
        switch (column) {
            case 0: return below(5) == 0 ? "7.5" : std::to_string(below(310) - 3);
            case 1: return (below(2) == 0 ? "'even-" : "'odd-") + std::to_string(below(5)) + "'";
            case 2: return below(2) == 0 ? "'even'" : "'Odd'";
            case 5: return "'" + times[static_cast<std::size_t>(below(300))].substr(0, below(2) == 0 ? 27 : 17) + "'";
            case 6: return "'t" + std::to_string(below(5)) + "'";
            case 10: return below(2) == 0 ? "'GREEN'" : "'4'";
            case 11: return "'" + std::to_string(below(4)) + "'";
            default: return std::to_string(below(6) - 2);
        }
    };
    for (int round = 0; round < 1'500; ++round) {
        std::string where;
        for (int n = below(4); n > 0; --n) {
            const auto column = static_cast<std::size_t>(below(static_cast<int>(names.size())));
            where += where.empty() ? " where " : below(5) == 0 ? " or " : " and ";
            if (below(5) == 0) where += names[column] + " in (" + value_for(column) + ", " + value_for(column) + ")";
            else
                where += names[column] + (below(15) == 0 ? " collate nocase " : " ") +
                         compared[static_cast<std::size_t>(below(static_cast<int>(compared.size())))] + " " +
                         value_for(column);
        }
        const std::string& one = names[static_cast<std::size_t>(below(static_cast<int>(names.size())))];
        const std::string& other = names[static_cast<std::size_t>(below(static_cast<int>(names.size())))];
        const std::string direction = below(2) == 0 ? " desc" : "";
        std::string statement;
        switch (below(4)) {
            case 0:
                statement = "select position, " + one + " from kinds_listed" + where + " order by position" + direction;
                break;
            case 1:
                statement =
                    "select " + one + ", count(*) from kinds_listed" + where + " group by 1 order by 1" + direction;
                break;
            case 2:
                statement = "select distinct " + one + ", " + other + " from kinds_listed" + where + " order by 1" +
                            direction + ", 2";
                break;
            default:
                statement =
                    "select " + one + ", sum(small), count(*) from kinds_listed" + where + " group by 1 order by 1, 2";
                break;
        }
        if (below(3) == 0) statement += " limit " + std::to_string(below(12));
        REQUIRE_MESSAGE(rows_of(sql, statement) == expected_of(statement), statement);
    }
}

TEST_SUITE("threads") {
    TEST_CASE("sql: a long scan, which several threads read, gives the same rows in the same order") {
        memory_world world;
        constexpr int count = 40'000;
        for (int i = 0; i < count; i += 1000) {
            std::vector<event_data> events;
            for (int j = i; j < i + 1000; ++j) events.push_back(to_event(listed("t" + std::to_string(j % 7), j)));
            (void)world.store.append(
                append_request::to(stream_id{"kind", std::to_string(i)}, expected_version::any(), std::move(events)));
        }
        event_sql sql{world.store};
        std::int64_t expected = 0;
        sql.each_row("select position, small, text from kinds_listed order by position", [&](const sql_row& row) {
            ++expected;
            REQUIRE(row.integer(0) == expected);
            REQUIRE(row.integer(1) == expected - 1);
            REQUIRE(row.text(2) == "t" + std::to_string((expected - 1) % 7));
        });
        CHECK(expected == count);
        sql.each_row("select position from kinds_listed order by position desc",
                     [&](const sql_row& row) { REQUIRE(row.integer(0) == expected--); });
        CHECK(expected == 0);
        CHECK(rows_of(sql, "select text, count(*) from kinds_listed where position > 10 group by text").size() == 7);
        CHECK(only_row(sql, "select count(*) from kinds_listed where text = 't3'") == "5714");
        CHECK(rows_of(sql, "select distinct text from kinds_listed order by 1 desc").front() == "t6");
        // Left early, with threads that still read.
        CHECK(rows_of(sql, "select position from kinds_listed where position > 1 limit 10000").size() == 10'000);
    }

    TEST_CASE("sql: an event that does not decode ends a long scan where it stands") {
        memory_world world;
        std::vector<event_data> events;
        for (int i = 0; i < 30'000; ++i) events.push_back(to_event(listed("x", i)));
        events[25'000].payload = "\xFF";
        for (std::size_t i = 0; i < events.size(); i += 1000)
            (void)world.store.append(append_request::to(stream_id{"kind", "1"}, expected_version::any(),
                                                        {events.begin() + static_cast<std::ptrdiff_t>(i),
                                                         events.begin() + static_cast<std::ptrdiff_t>(i + 1000)}));
        event_sql sql{world.store};
        CHECK(only_row(sql, "select count(*) from kinds_listed") == "30000");
        try {
            (void)rows_of(sql, "select text from kinds_listed where text = 'none'");
            FAIL("it was read");
        } catch (const event_failure& failure) {
            CHECK(failure.position.value == 25'001);
        }
    }
}
