// SQL over the events that an upcasting store makes: types that were never stored, several rows of one event, and none.

#include "foldline_tests/shop/v1/order.pb.h"
#include "support/memory_world.hpp"
#include "support/passing_store.hpp"
#include "support/shop_upcasters.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/sqlite/event_sql.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using sqlite::event_sql;

std::vector<std::string> rows_of(event_sql& sql, const std::string& statement) {
    std::vector<std::string> rows;
    sql.each_row(statement, [&](const sql_row& row) {
        std::string line;
        for (int i = 0; i < row.columns(); ++i)
            line += (i > 0 ? "|" : "") + (row.is_null(i) ? std::string("null") : std::string(row.text(i)));
        rows.push_back(line);
    });
    return rows;
}

std::string only_row(event_sql& sql, const std::string& statement) {
    const auto rows = rows_of(sql, statement);
    REQUIRE(rows.size() == 1);
    return rows.front();
}

bool has(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

shop::v1::OrderScripted scripted(const std::string& script) {
    shop::v1::OrderScripted event;
    event.set_script(script);
    return event;
}

const std::vector<std::string> no_rows;

}  // namespace

TEST_CASE("sql upcasting: types that only the chain makes are tables, and have their columns") {
    memory_world world;
    (void)append_to(world.store, stream_id{"order", "1"}, std::nullopt, scripted("psnp"));
    const upcasting_event_store current{world.store, shop_upcasters()};
    event_sql sql{current};
    const auto tables = sql.tables();
    CHECK(has(tables, "order_placed"));
    CHECK(has(tables, "note_added"));
    CHECK(rows_of(sql, "select customer, currency, schema_version, event_part from order_placed") ==
          std::vector<std::string>{"p0|GBP|3|0", "p3|GBP|3|3"});
    CHECK(only_row(sql, "select carrier, event_part from order_shipped") == "s1|1");
    CHECK(only_row(sql, "select text from note_added where text = 'n2'") == "n2");
    CHECK(rows_of(sql, "select * from order_scripted") == no_rows);
    CHECK(rows_of(sql, "select type, event_part from events order by position, event_part") ==
          std::vector<std::string>{"order-placed|0", "order-shipped|1", "note-added|2", "order-placed|3"});
}

TEST_CASE("sql upcasting: a store inside another one is told of by hand") {
    memory_world world;
    (void)append_to(world.store, stream_id{"order", "1"}, std::nullopt, scripted("n"));
    upcasting_event_store current{world.store, shop_upcasters()};
    passing_store wrapped{current};
    const google::protobuf::Descriptor& note = *shop::v1::NoteAdded::descriptor();
    event_sql sql{wrapped, {.made = {{{"note-added", 1}, note.full_name(), descriptor_set_of(note)}}}};
    CHECK(only_row(sql, "select text from note_added") == "n0");
}

TEST_CASE("sql upcasting: no part of an event is lost or doubled, whatever way leads to it") {
    memory_world world;
    const std::string many(300, 'n');  // more parts than a byte counts
    for (int i = 0; i < 5; ++i) {
        (void)append_to(world.store, stream_id{"order", "1"}, std::nullopt, scripted(many));
        (void)append_to(world.store, stream_id{"order", "2"}, std::nullopt, shop::v1::CartViewed{});
    }
    const upcasting_event_store current{world.store, shop_upcasters()};
    event_sql sql{current, {.page = 3}};
    const std::string all = "1500";
    CHECK(only_row(sql, "select count(*) from note_added") == all);
    CHECK(only_row(sql, "select count(*) from events") == all);
    // The branches of an `or` are told apart by the ids of their rows.
    CHECK(only_row(sql, "select count(*) from note_added where stream = 'order-1' or position > 0") == all);
    CHECK(only_row(sql, "select count(*) from note_added where position = 1 or position = 3 or version = 2") == "600");
    CHECK(only_row(sql, "select count(distinct text) from note_added") == "300");
    CHECK(rows_of(sql, "select text, count(*) from note_added group by text having count(*) <> 5") == no_rows);
    CHECK(rows_of(sql, "select position, event_part from note_added order by position desc limit 1") ==
          std::vector<std::string>{"9|0"});
    CHECK(only_row(sql, "select count(*) from note_added where recorded_at > '2000' and recorded_at < '2100'") ==
          only_row(sql, "select count(*) from note_added where +recorded_at > '2000' and +recorded_at < '2100'"));
}

TEST_CASE("sql upcasting: a category that was renamed is found by its new name") {
    memory_world world;
    (void)append_to(world.store, stream_id{"cart", "1"}, std::nullopt, scripted("n"));
    (void)append_to(world.store, stream_id{"order", "2"}, std::nullopt, scripted("nn"));
    upcaster_chain chain = shop_upcasters();
    chain.rename_category("cart", "order");
    const upcasting_event_store current{world.store, chain};
    event_sql sql{current};
    CHECK(rows_of(sql, "select stream, count(*) from note_added group by stream order by 1") ==
          std::vector<std::string>{"order-1|1", "order-2|2"});
    CHECK(only_row(sql, "select count(*) from note_added where category = 'order'") == "3");
    CHECK(only_row(sql, "select text from note_added where stream = 'order-1'") == "n0");
    // As whoever reads that store otherwise, whoever asks by the old name is told the new one.
    CHECK_THROWS_AS((void)rows_of(sql, "select * from note_added where category in ('cart')"), invalid_request);
    CHECK_THROWS_AS((void)rows_of(sql, "select * from note_added where stream = 'cart-1'"), invalid_request);
}

TEST_CASE("sql: rows have no rowid, which those that are counted together could not have") {
    memory_world world;
    (void)append_to(world.store, stream_id{"order", "1"}, std::nullopt, shop::v1::NoteAdded{});
    event_sql sql{world.store};
    for (const char* name : {"rowid", "oid", "_rowid_", "note_added.rowid"}) {
        CAPTURE(name);
        CHECK_THROWS_AS((void)rows_of(sql, std::string("select text from note_added order by text, ") + name),
                        sqlite::event_sql_error);
    }
    CHECK(rows_of(sql, "select text from note_added where position = 1 or text = ''").size() == 1);
}

TEST_CASE("sql: a statement that is refused says what is wrong, and where") {
    memory_world world;
    (void)append_to(world.store, stream_id{"order", "1"}, std::nullopt, shop::v1::NoteAdded{});
    event_sql sql{world.store};
    const std::string mistaken = "select txt from note_added";
    for (const bool only_columns : {true, false}) {
        CAPTURE(only_columns);
        try {
            if (only_columns) (void)sql.result_columns(mistaken);
            else (void)rows_of(sql, mistaken);
            FAIL("it was answered");
        } catch (const sqlite::event_sql_error& refused) {
            CHECK(refused.why() == "no such column: txt");
            CHECK(refused.at() == 7);
            CHECK(std::string(refused.what()) == "no such column: txt, at 7 of: " + mistaken);
        }
    }
    try {
        const std::vector<sql_value> values{std::int64_t{1}, std::int64_t{2}};
        sql.query("select text from note_added where position = ?", values, [](const sql_row&) {});
        FAIL("it was answered");
    } catch (const sqlite::event_sql_error& refused) {
        CHECK(refused.why() == "it has 1 parameters, but 2 values were given");
    }
}

TEST_CASE("sql: an empty store has one table, and that has no rows") {
    memory_world world;
    event_sql sql{world.store};
    CHECK(sql.tables() == std::vector<std::string>{"events"});
    CHECK(only_row(sql, "select count(*), max(position) from events") == "0|null");
    CHECK(rows_of(sql, "select * from events where recorded_at > '2000' order by position desc") == no_rows);
    // What is stored later is seen.
    (void)append_to(world.store, stream_id{"order", "1"}, std::nullopt, shop::v1::NoteAdded{});
    CHECK(only_row(sql, "select count(*), max(position) from events") == "1|1");
    CHECK(only_row(sql, "select text from note_added").empty());
}

TEST_CASE("sql: a type that was stored without a schema gets its columns from the event that brings one") {
    memory_world world;
    shop::v1::NoteAdded note;
    note.set_text("hello");
    event_data bare = to_event(note);
    bare.schema = nullptr;
    (void)world.store.append(append_request::to(stream_id{"order", "1"}, expected_version::any(), {bare}));
    event_sql before{world.store};
    CHECK(only_row(before, "select position, data from events") == "1|null");
    CHECK(only_row(before, "select count(*) from note_added") == "1");
    (void)append_to(world.store, stream_id{"order", "1"}, std::nullopt, note);
    CHECK(rows_of(before, "select json_extract(data, '$.text') from events").back() == "hello");
    event_sql after{world.store};
    CHECK(rows_of(after, "select text from note_added") == std::vector<std::string>{"hello", "hello"});
}

TEST_SUITE("threads") {
    TEST_CASE("sql upcasting: a long scan is read by several threads, and gives the same rows") {
        memory_world world;
        constexpr int count = 30'000;
        for (int i = 0; i < count; i += 1000) {
            std::vector<event_data> events;
            for (int j = i; j < i + 1000; ++j) events.push_back(to_event(scripted(j % 3 == 0 ? "pn" : "n")));
            (void)world.store.append(
                append_request::to(stream_id{"order", std::to_string(i)}, expected_version::any(), std::move(events)));
        }
        const upcasting_event_store current{world.store, shop_upcasters()};
        event_sql sql{current};
        std::int64_t rows = 0;
        sql.each_row("select position, text from note_added order by position", [&](const sql_row& row) {
            REQUIRE(row.integer(0) == ++rows);
            REQUIRE(row.text(1) == ((rows - 1) % 3 == 0 ? "n1" : "n0"));
        });
        CHECK(rows == count);
        CHECK(rows_of(sql, "select text, count(*) from note_added group by text order by 1") ==
              std::vector<std::string>{"n0|20000", "n1|10000"});
        CHECK(only_row(sql, "select count(*) from order_placed") == "10000");
    }

    TEST_CASE("sql: a long scan sees no event that is appended while its threads read") {
        memory_world world;
        constexpr int count = 40'000;
        const auto add = [&](int events) {
            std::vector<event_data> notes(static_cast<std::size_t>(events), to_event(shop::v1::NoteAdded{}));
            (void)world.store.append(
                append_request::to(stream_id{"order", "1"}, expected_version::any(), std::move(notes)));
        };
        for (int i = 0; i < count; i += 1000) add(1000);
        event_sql sql{world.store};
        std::int64_t rows = 0;
        sql.each_row("select position from note_added", [&](const sql_row& row) {
            REQUIRE(row.integer(0) == ++rows);
            if (rows % 100 == 0) add(100);
        });
        CHECK(rows == count);
        CHECK(only_row(sql, "select count(*) from note_added") == std::to_string(2 * count));
    }

    TEST_CASE("sql: more groups than memory may hold are counted and sorted all the same") {
        memory_world world;
        constexpr int count = 30'000;
        for (int i = 0; i < count; i += 1000) {
            std::vector<event_data> events;
            for (int j = i; j < i + 1000; ++j) {
                shop::v1::NoteAdded note;
                note.set_text(std::to_string(10'000 + j * 7919 % 15'000));  // each twice, far apart
                events.push_back(to_event(note));
            }
            (void)world.store.append(
                append_request::to(stream_id{"order", std::to_string(i)}, expected_version::any(), std::move(events)));
        }
        event_sql sql{world.store, {.group_bytes = 10'000}};
        std::vector<std::string> expected;
        for (int i = 0; i < 15'000; ++i) expected.push_back(std::to_string(10'000 + i) + "|2");
        CHECK(rows_of(sql, "select text, count(*) from note_added group by text order by text") == expected);
        std::reverse(expected.begin(), expected.end());
        CHECK(rows_of(sql, "select text, count(*) from note_added group by text order by text desc") == expected);
        CHECK(rows_of(sql, "select distinct text from note_added order by 1").size() == 15'000);
        CHECK(only_row(sql, "select count(distinct text) from note_added") == "15000");
        CHECK(rows_of(sql, "select text from note_added order by text limit 3") ==
              std::vector<std::string>{"10000", "10000", "10001"});
    }
}
