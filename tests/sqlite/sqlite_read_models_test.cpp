#include "support/notes_world.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// Puts in the place of a projection's rows what `fill` makes.
void swap_in(read_model_store& models, const projection& projection, const std::function<void(sql_session&)>& fill) {
    auto beside = models.beside(projection);
    beside->create(projection, some_store);
    {
        const auto session = begin_as_nobody(*beside, projection.name());
        fill(*session);
        session->commit(global_position{7}, some_time);
    }
    models.swap_in(projection, std::move(beside), [] {});
}

}  // namespace

TEST_CASE("read models: rows and checkpoint change together, or not at all") {
    notes_world world;
    {
        const auto session = begin_as_nobody(world.file.models(), world.notes.name());
        session->execute("insert into notes values (1, 'lost')");
    }
    CHECK(rows_of(world.file.models(), "select * from notes").empty());
    CHECK(position_of(world.file.models(), "notes") == global_position{0});

    {
        const auto session = begin_as_nobody(world.file.models(), world.notes.name());
        session->execute("insert into notes values (1, 'kept')");
        CHECK(rows_of(world.file.models(), "select * from notes").empty());  // not before the commit
        session->commit(global_position{5}, some_time);
    }
    world.file.reopen();
    CHECK(rows_of(world.file.models(), "select * from notes") == std::vector<std::string>{"1|kept"});
    const auto kept = world.file.models().find("notes").value();
    CHECK(kept.name == "notes");
    CHECK(kept.source == some_store);
    CHECK(kept.version == 1);
    CHECK(kept.definition == definition_of(world.notes));
    CHECK(kept.position() == global_position{5});
    CHECK(kept.partitions.size() == 1);
    CHECK(kept.partitions.front().reached == some_time);
}

TEST_CASE("read models: values keep their types, and any bytes") {
    notes_world world;
    const std::string nul("a\0b", 3);
    {
        const auto session = begin_as_nobody(world.file.models(), world.notes.name());
        CHECK(session->execute("insert into notes values (?1, ?2)", 1, nullptr) == 1);
        CHECK(session->execute("insert into notes values (?1, ?2), (?3, ?4)", 2, nul, 3, "x'; drop table notes; --") ==
              2);
        CHECK(session->execute("insert into notes values (?1, ?2)", 4, sql_blob{nul}) == 1);
        CHECK(session->execute("insert into notes values (?1, ?2)", 5, 0.5) == 1);
        CHECK(session->execute("insert into notes values (?1, ?2)", 6, "") == 1);
        CHECK(session->execute("update notes set text = 'y' where id > 100") == 0);
        session->commit(global_position{1}, some_time);
    }
    std::vector<std::string> types;
    world.file.models().read([&](sql_session& rows) {
        rows.each_row("select id, text, typeof(text) from notes order by id", [&](const sql_row& row) {
            CHECK(row.columns() == 3);
            CHECK(row.name(1) == "text");
            types.emplace_back(row.text(2));
            if (row.integer(0) == 1) CHECK(row.is_null(1));
            if (row.integer(0) == 2) CHECK(row.text(1) == nul);
            if (row.integer(0) == 3) CHECK(row.text(1) == "x'; drop table notes; --");
            if (row.integer(0) == 4) CHECK(row.blob(1) == nul);
            if (row.integer(0) == 5) CHECK(row.real(1) == 0.5);
            if (row.integer(0) == 6) CHECK_FALSE(row.is_null(1));
        });
    });
    // The column is of no strict table: 0.5 is kept as text there.
    CHECK(types == std::vector<std::string>{"null", "text", "text", "blob", "text", "text"});
}

TEST_CASE("read models: a statement that is none is told with its text") {
    notes_world world;
    const auto fault = [&](const std::string& sql) { return message_of<sql_error>([&] { world.execute(sql); }); };
    CHECK(says(fault("insert in notes values (1)"), "insert in notes values (1): near \"in\": syntax error"));
    CHECK(says(fault("insert into nots values (1)"), "no such table: nots"));
    CHECK(says(fault("insert into notes (id) values (?1)"), "1 parameters, but 0 values were given"));
    CHECK(says(fault("insert into notes (id) values ('x')"), "datatype mismatch"));
    CHECK(says(fault("  "), "it holds no statement"));
    CHECK(position_of(world.file.models(), "notes") == global_position{0});
}

TEST_CASE("read models: a text of two statements is refused, and neither is run") {
    notes_world world;
    CHECK_THROWS_AS(world.execute("insert into notes values (1, 'a'); insert into notes values (2, 'b')"), sql_error);
    CHECK(rows_of(world.file.models(), "select * from notes").empty());
    CHECK(world.execute("insert into notes values (3, 'a;b') ; -- that is all") == 1);
}

TEST_CASE("read models: users' statements touch no table of foldline's and no other file") {
    notes_world world;
    const auto session = begin_as_nobody(world.file.models(), world.notes.name());
    for (const char* sql :
         {"select * from rm_projections", "update rm_projections set revision = 9", "delete from rm_tables",
          "insert into rm_tables values ('a', 'b')", "drop table rm_tables", "drop table RM_Projections",
          "create index i on rm_tables (projection)", "create trigger t after insert on rm_tables begin select 1; end",
          "alter table rm_tables add column more", "select * from foldline_components",
          "drop table foldline_components", "insert into notes select 1, name from rm_projections",
          "update notes set text = (select max(revision) from rm_projections)", "create table log_mine (a)",
          "create view rm_mine as select 1", "begin", "commit", "rollback", "end", "savepoint s", "release s",
          "pragma user_version = 7", "pragma journal_mode", "attach ':memory:' as other", "detach main",
          "update sqlite_schema set sql = ''", "vacuum",
          // Tables are named by the projection: one that a handler makes would be lost at the next rebuild.
          "create table mine (a)", "drop table notes", "alter table notes rename to rm_notes",
          "create view mine as select 1", "create index mine on notes (text)", "create temp table rm_projections (a)",
          "create temp view rm_projections as select 1", "create temp table notes (a)",
          "create temp trigger t after insert on rm_projections begin select 1; end"}) {
        CAPTURE(sql);
        CHECK_THROWS_AS(session->execute(sql), sql_error);
    }
    CHECK(session->execute("insert into notes values (1, 'still here')") == 1);
    session->commit(global_position{1}, some_time);
    CHECK(rows_of(world.file.models(), "select * from notes") == std::vector<std::string>{"1|still here"});
}

TEST_CASE("read models: a trigger is held to the same rules as the statement that fires it") {
    model_file file;
    const auto sly =
        of_table("sly", "notes",
                 "create table notes (id integer);"
                 "create trigger t after insert on notes begin update rm_projections set revision = 99; end");
    file.models().create(sly, some_store);
    const auto session = begin_as_nobody(file.models(), sly.name());
    CHECK_THROWS_AS(session->execute("insert into notes values (1)"), sql_error);
    session->commit(global_position{1}, some_time);
    CHECK(position_of(file.models(), "sly") == global_position{1});
}

TEST_CASE("read models: a reader changes nothing and sees one state") {
    notes_world world;
    world.execute("insert into notes values (1, 'a')");
    for (const char* sql : {"insert into notes values (2, 'b')", "delete from notes", "drop table notes",
                            "create table mine (a)", "create temp table mine (a)", "pragma query_only = off", "begin",
                            "commit", "attach ':memory:' as other", "select * from rm_projections"}) {
        CAPTURE(sql);
        world.file.models().read([&](sql_session& rows) {
            CHECK_THROWS_AS(rows.each_row(sql, [](const sql_row&) {}), sql_error);
            CHECK_THROWS_AS(rows.execute(sql), sql_error);
        });
    }
    std::vector<std::string> seen;
    world.file.models().read([&](sql_session& rows) {
        const auto count = [&] {
            rows.each_row("select count(*) from notes", [&](const sql_row& row) { seen.emplace_back(row.text(0)); });
        };
        count();
        world.execute("insert into notes values (2, 'b')");
        count();
    });
    CHECK(seen == std::vector<std::string>{"1", "1"});
    CHECK(rows_of(world.file.models(), "select count(*) from notes") == std::vector<std::string>{"2"});
}

TEST_CASE("read models: a query may ask the same text again for each of its rows") {
    notes_world world;
    world.execute("insert into notes values (1, 'a'), (2, 'b'), (3, 'c')");
    const std::string text = "select id from notes where id > ?1 order by id";
    const auto pairs = [&](sql_session& rows) {
        std::vector<std::pair<std::int64_t, std::int64_t>> found;
        rows.each_row(
            text,
            [&](const sql_row& outer) {
                const auto first = outer.integer(0);
                rows.each_row(
                    text, [&](const sql_row& inner) { found.emplace_back(first, inner.integer(0)); }, first);
            },
            0);
        return found;
    };
    const std::vector<std::pair<std::int64_t, std::int64_t>> expected{{1, 2}, {1, 3}, {2, 3}};
    world.file.models().read([&](sql_session& rows) {
        CHECK(pairs(rows) == expected);
        CHECK(pairs(rows) == expected);
    });
    CHECK(pairs(*begin_as_nobody(world.file.models(), world.notes.name())) == expected);
}

TEST_CASE("read models: a sink that throws leaves the session and its statements usable") {
    notes_world world;
    world.execute("insert into notes values (1, 'a'), (2, 'b')");
    const auto session = begin_as_nobody(world.file.models(), world.notes.name());
    const auto stop = [](const sql_row&) { throw std::runtime_error("enough"); };
    CHECK_THROWS_AS(session->each_row("select * from notes", stop), std::runtime_error);
    CHECK_THROWS_AS(session->execute("select * from rm_tables"), sql_error);
    int rows = 0;
    session->each_row("select * from notes", [&](const sql_row&) { ++rows; });
    CHECK(rows == 2);
    session->commit(global_position{9}, some_time);
    CHECK(position_of(world.file.models(), "notes") == global_position{9});
}

TEST_CASE("read models: a query that ended early holds no table back") {
    notes_world world;
    world.execute("insert into notes values (1, 'a'), (2, 'b')");
    {
        const auto session = begin_as_nobody(world.file.models(), world.notes.name());
        CHECK_THROWS_AS(
            session->each_row("select * from notes", [](const sql_row&) { throw std::runtime_error("enough"); }),
            std::runtime_error);
        session->commit(global_position{9}, some_time);
    }
    world.file.models().create(world.notes, some_store);
    CHECK(rows_of(world.file.models(), "select * from notes").empty());
}

TEST_CASE("read models: statements after an error that ended the transaction are refused, not stored alone") {
    notes_world world;
    world.execute("insert into notes values (1, 'a')");
    const auto session = begin_as_nobody(world.file.models(), world.notes.name());
    session->execute("insert into notes values (2, 'b')");
    CHECK_THROWS_AS(session->execute("insert or rollback into notes values (1, 'again')"), sql_error);
    CHECK_THROWS_AS(session->execute("insert into notes values (3, 'c')"), storage_error);
    CHECK_THROWS_AS(session->commit(global_position{8}, some_time), storage_error);
    CHECK(rows_of(world.file.models(), "select id from notes") == std::vector<std::string>{"1"});
    CHECK(position_of(world.file.models(), "notes") == global_position{1});
}

TEST_CASE("read models: statements make the tables they are given for, and nothing else") {
    model_file file;
    const auto refusal = [&](const std::string& create) {
        const auto broken = of_table("broken", "mine", create);
        const auto message = message_of<definition_error>([&] { file.models().create(broken, some_store); });
        CHECK(file.models().find("broken").has_value() == (message == "nothing was thrown"));
        return message;
    };
    CHECK(says(refusal("create table other (a)"), "do not make it"));
    CHECK(says(refusal(""), "do not make it"));
    CHECK(says(refusal("create table mine (a); create table more (a)"), "make more, which is none"));
    CHECK(says(refusal("create table mine (a); create view more as select 1"), "make more, which is none"));
    CHECK(refusal("create table Mine (a); create index more on mine (a)") == "nothing was thrown");
}

TEST_CASE("read models: a table of another projection, or of nobody, is not taken") {
    model_file file;
    const auto first = of_table("first", "shared", "create table shared (a)");
    const auto second = of_table("second", "Shared", "create table if not exists Shared (b)");
    file.models().create(first, some_store);
    CHECK(says(message_of<definition_error>([&] { file.models().create(second, some_store); }),
               "belongs to projection first"));
    CHECK(
        says(message_of<definition_error>([&] { (void)file.models().beside(second); }), "belongs to projection first"));
    file.models().create(first, some_store);  // its own tables are made anew

    file.database().lease_writer().db().execute("create table foundling (a)");
    const auto third = of_table("third", "foundling", "create table if not exists foundling (a)");
    CHECK(says(message_of<definition_error>([&] { file.models().create(third, some_store); }), "no projection's"));
}

TEST_CASE("read models: a projection without rows cannot be begun, nor one of a name that is none") {
    model_file file;
    const auto notes = of_table("notes", "notes", "create table notes (a)");
    CHECK_FALSE(file.models().find("notes"));
    const partition_claim claim{"notes", {}, {}, 1, 1, {}};
    CHECK_THROWS_AS(file.models().begin({&claim, 1})->execute("select 1"), claim_lost);
    CHECK_THROWS_AS(file.models().pause("notes", true), definition_error);

    struct badly_named final : projection {
        [[nodiscard]] std::string_view name() const override { return "../sales"; }
        [[nodiscard]] std::uint32_t version() const override { return 1; }
        [[nodiscard]] std::span<const read_model_table> tables() const override { return {}; }
        [[nodiscard]] std::span<const projected_event> events() const override { return {}; }
        void apply(std::size_t, const google::protobuf::Message&, const event_view&, sql_session&) override {}
    };
    CHECK_THROWS_AS(file.models().create(badly_named{}, some_store), definition_error);
    CHECK_THROWS_AS((void)file.models().beside(badly_named{}), definition_error);
}

TEST_CASE("read models: a file opened for reading is read and not written") {
    notes_world world;
    world.execute("insert into notes values (1, 'a')");
    sqlite::database_options options;
    options.mode = sqlite::open_mode::read_only;
    sqlite::database beside{world.file.path(), options};
    sqlite::sqlite_read_models models{beside};
    CHECK(rows_of(models, "select * from notes") == std::vector<std::string>{"1|a"});
    CHECK(position_of(models, "notes") == global_position{1});
    CHECK_THROWS_AS((void)begin_as_nobody(models, world.notes.name()), storage_error);
    world.execute("insert into notes values (2, 'b')");
    CHECK(rows_of(models, "select count(*) from notes") == std::vector<std::string>{"2"});
}

TEST_CASE("read models: a checkpoint that names no store is told as damage") {
    notes_world world;
    world.file.database().lease_writer().db().execute("update rm_projections set store_id = x'00'");
    CHECK_THROWS_AS((void)world.file.models().find("notes"), corrupt_data);
}

TEST_CASE("swap: rows are copied as they are, with rowids, counters, computed columns, indexes and triggers") {
    model_file file;
    sql_projection kept{"kept", 1};
    kept.table("counted", "create table counted (id integer primary key autoincrement, text text unique)");
    kept.table("plain",
               "create table plain (a, b generated always as (a * 2) virtual, c generated always as (a + 1) stored);"
               "create index plain_b on plain (b)");
    kept.table("by_name", "create table by_name (name text primary key, n integer) without rowid, strict");
    kept.table("odd",
               "create table odd (\"a \"\"b\" text, \"rowid\" text, \"select\" integer);"
               "create trigger odd_count after insert on odd begin insert into counted (text) values ('by trigger ' || "
               "new.\"select\"); end");
    kept.table("Upper", "create table Upper (a)");
    swap_in(file.models(), kept, [](sql_session& rows) {
        rows.execute("insert into counted (text) values ('a'), ('b'), ('c')");
        rows.execute("delete from counted where id > 1");
        rows.execute("insert into plain (a) values (1), (2), (3), (4)");
        rows.execute("delete from plain where a = 2");
        rows.execute("insert into by_name values ('y', 1), ('x', 2)");
        rows.execute("insert into odd values ('p', 'q', 3)");
        rows.execute("delete from counted where text = 'by trigger 3'");  // its number, 4, is not given out again
        rows.execute("insert into Upper values (x'00ff'), (null), (1.5)");
    });
    auto& models = file.models();
    CHECK(models.find("kept")->source == some_store);
    CHECK(position_of(models, "kept") == global_position{7});
    CHECK(rows_of(models, "select * from counted") == std::vector<std::string>{"1|a"});
    CHECK(rows_of(models, "select rowid, a, b, c from plain") ==
          std::vector<std::string>{"1|1|2|2", "3|3|6|4", "4|4|8|5"});
    CHECK(rows_of(models, "select * from by_name") == std::vector<std::string>{"x|2", "y|1"});
    CHECK(rows_of(models, "select * from odd") == std::vector<std::string>{"p|q|3"});
    CHECK(rows_of(models, "select typeof(a) from upper") == std::vector<std::string>{"blob", "null", "real"});
    CHECK(rows_of(models,
                  "select name from sqlite_schema where type in ('index', 'trigger') and sql is not null and name not "
                  "like 'rm_%' order by 1") == std::vector<std::string>{"odd_count", "plain_b"});

    // The counter and the trigger go on where they were built.
    {
        const auto session = begin_as_nobody(models, kept.name());
        session->execute("insert into odd values ('r', 's', 4)");
        session->commit(global_position{8}, some_time);
    }
    CHECK(rows_of(models, "select max(id) from counted") == std::vector<std::string>{"5"});
    swap_in(models, kept, [](sql_session&) {});
    CHECK(rows_of(models, "select count(*) from counted") == std::vector<std::string>{"0"});
}

TEST_CASE("swap: tables that refer to each other are replaced in any order") {
    model_file file;
    sql_projection family{"family", 1};
    family.table("child", "create table child (id integer primary key, parent integer not null references parent)");
    family.table("parent", "create table parent (id integer primary key, eldest integer references child)");
    const auto fill = [](sql_session& rows) {
        rows.execute("insert into parent values (1, null), (2, null)");
        rows.execute("insert into child values (7, 1), (8, 2)");
        rows.execute("update parent set eldest = id + 6");
    };
    swap_in(file.models(), family, fill);
    swap_in(file.models(), family, fill);
    CHECK(rows_of(file.models(), "select parent.id, child.id from parent join child on eldest = child.id order by 1") ==
          std::vector<std::string>{"1|7", "2|8"});
    const auto session = begin_as_nobody(file.models(), family.name());
    CHECK_THROWS_AS(session->execute("insert into child values (9, 99)"), sql_error);
}

TEST_CASE("swap: other projections of the file are left alone") {
    notes_world world;
    world.execute("insert into notes values (1, 'mine')");
    const auto other = of_table("other", "others", "create table others (a)");
    swap_in(world.file.models(), other, [](sql_session& rows) { rows.execute("insert into others values (1)"); });
    CHECK(rows_of(world.file.models(), "select * from notes") == std::vector<std::string>{"1|mine"});
    CHECK(position_of(world.file.models(), "notes") == global_position{1});
    CHECK(rows_of(world.file.models(), "select * from others") == std::vector<std::string>{"1"});
}

TEST_CASE("swap: a reader keeps the rows it began with") {
    notes_world world;
    world.execute("insert into notes values (1, 'old')");
    std::vector<std::string> seen;
    world.file.models().read([&](sql_session& rows) {
        const auto look = [&] {
            rows.each_row("select text from notes", [&](const sql_row& row) { seen.emplace_back(row.text(0)); });
        };
        look();
        swap_in(world.file.models(), world.notes,
                [](sql_session& beside) { beside.execute("insert into notes values (1, 'new')"); });
        look();
    });
    CHECK(seen == std::vector<std::string>{"old", "old"});
    CHECK(rows_of(world.file.models(), "select text from notes") == std::vector<std::string>{"new"});
}
