#include "support/notes_world.hpp"
#include "support/sales.hpp"

#include "sqlite/raw_sqlite.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace {

using namespace foldline;
using namespace foldline_tests;

using texts = std::vector<std::string>;
using fill = std::function<void(sql_session&)>;

const worker_id anna{uuid::from_name("anna")};

/// Builds a projection anew, beside the present rows, as far as `position`.
std::unique_ptr<read_model_store> built(read_model_store& models, const projection& projection, const fill& rows,
                                        global_position position = global_position{7}) {
    auto beside = models.beside(projection);
    beside->create(projection, some_store);
    const auto session = begin_as_nobody(*beside, projection.name());
    rows(*session);
    session->commit(position, some_time);
    return beside;
}

/// A world of one projection with these rows on both sides.
struct two_builds {
    model_file file;
    sql_projection projected;

    two_builds(sql_projection made, const fill& present) : projected(std::move(made)) {
        file.models().create(projected, some_store);
        const auto session = begin_as_nobody(file.models(), projected.name());
        present(*session);
        session->commit(global_position{7}, some_time);
    }

    texts differences;
    std::uint64_t compare(const fill& rebuilt, std::size_t most = 100) {
        differences.clear();
        return file.models().compare(
            projected, built(file.models(), projected, rebuilt), [](global_position) {},
            [&](const row_difference& found) {
                std::string text = found.where == row_difference::side::only_present ? "- " : "+ ";
                text += found.table;
                for (std::size_t i = 0; i < found.columns.size(); ++i)
                    text += " " + found.columns[i] + "=" + found.values[i];
                differences.push_back(text);
            },
            most);
    }
};

parked_event parked(std::int64_t position) {
    parked_event event;
    event.projection = "notes";
    event.order_key = event.stream = "note-1";
    event.position = global_position{position};
    event.version = stream_version{1};
    event.type = "written@1";
    event.error = "no";
    return event;
}

}  // namespace

TEST_CASE("read models: partitions are the whole, and apart") {
    notes_world world;
    const auto refused = [&](const std::vector<partition>& parts) {
        return says(message_of<invalid_request>([&] { world.models().create(world.notes, some_store, parts); }),
                    "are not the whole, or overlap");
    };
    CHECK(refused({}));
    CHECK(refused({{0, 1}}));
    CHECK(refused({{0, 1}, {0, 1}}));
    CHECK(refused({{0, 1}, {0, 3}, {1, 3}}));
    CHECK(refused({{0, 0}, {0, 1}}));
    CHECK(world.models().find("notes")->partitions.size() == 1);
    for (const std::size_t count : {1, 2, 3, 7, 16}) {
        world.models().create(world.notes, some_store, partitions(count));
        CHECK(world.models().find("notes")->partitions.size() == count);
    }
}

TEST_CASE("read models: a projection begun anew has no claim from before, nor its dead letters") {
    notes_world world;
    const partition_claim before = claim_of(world.models(), "notes");
    const auto state = world.models().find("notes").value();
    world.models().create(world.notes, some_store);
    const auto after = world.models().find("notes").value();
    CHECK(after.revision > state.revision);
    CHECK(after.partitions.front().epoch > before.epoch);
    CHECK_FALSE(after.partitions.front().owner);
}

TEST_CASE("read models: what is removed leaves nothing behind, and other projections alone") {
    notes_world world;
    world.models().create(of_table("more", "more", "create table more (a)"), some_store);
    world.execute("insert into notes values (1, 'a')");
    world.models().leases().enter("notes", anna);
    world.models().remove("notes");
    world.models().remove("notes");
    world.models().remove("never there");
    CHECK_FALSE(world.models().find("notes"));
    CHECK(world.models().projections().size() == 1);
    CHECK(world.models().projections().front().name == "more");
    CHECK(world.models().leases().members("notes").empty());
    CHECK(rows_of(world.models(), "select name from sqlite_schema where name = 'notes'").empty());
    world.models().create(of_table("others", "notes", "create table notes (a)"), some_store);  // the table is free
}

TEST_CASE("swap: partitions and pauses stay, claims are lost") {
    notes_world world;
    auto& models = world.models();
    models.create(world.notes, some_store, partitions(2));
    const partition_claim claim = claim_of(models, "notes", partitions(2).front(), anna);
    models.begin({&claim, 1})->commit(global_position{3}, some_time);
    models.pause("notes", true);
    const auto before = models.find("notes").value();

    models.swap_in(world.notes,
                   built(models, world.notes, [](auto& rows) { rows.execute("insert into notes values (1, 'new')"); }),
                   [] {});
    const auto after = models.find("notes").value();
    CHECK(after.paused);
    CHECK(after.revision == before.revision + 1);
    REQUIRE(after.partitions.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(after.partitions[i].part == partitions(2)[i]);
        CHECK(after.partitions[i].position == global_position{7});
        CHECK(after.partitions[i].reached == some_time);
        CHECK(after.partitions[i].epoch == before.partitions[i].epoch + 1);
        CHECK_FALSE(after.partitions[i].owner);
    }
    CHECK(world.texts() == texts{"new"});
    CHECK_FALSE(std::filesystem::exists(world.file.side_path("notes")));
}

TEST_CASE("swap: what was parked before is replaced by what was parked while it was built") {
    notes_world world;
    auto& models = world.models();
    {
        const auto session = begin_as_nobody(models, "notes");
        session->park(parked(1), 10);
        session->commit(global_position{2}, some_time);
    }
    auto beside = models.beside(world.notes);
    beside->create(world.notes, some_store);
    {
        const auto session = begin_as_nobody(*beside, "notes");
        session->park(parked(4), 10);
        session->commit(global_position{7}, some_time);
    }
    models.swap_in(world.notes, std::move(beside), [] {});
    const auto letters = models.dead_letters().list({.projection = "notes"});
    REQUIRE(letters.size() == 1);
    CHECK(letters.front().position == global_position{4});
}

TEST_CASE("beside: what was built goes on after an interruption, but not for another definition, nor once it is in") {
    notes_world world;
    auto& models = world.models();
    const fill one_row = [](sql_session& rows) { rows.execute("insert into notes values (1, 'a')"); };
    built(models, world.notes, one_row).reset();
    CHECK(position_of(*models.beside(world.notes), "notes") == global_position{7});

    const auto other = of_table("notes", "notes", "create table notes (id integer primary key, more text)");
    CHECK_FALSE(models.beside(other)->find("notes"));

    built(models, world.notes, one_row).reset();
    const std::filesystem::path side = world.file.side_path("notes");
    const std::filesystem::path copy = side.string() + ".copy";
    std::filesystem::copy_file(side, copy);
    models.swap_in(world.notes, models.beside(world.notes), [] {});
    CHECK(world.texts() == texts{"a"});
    std::filesystem::rename(copy, side);  // as if the program had ended before it was removed
    CHECK_FALSE(models.beside(world.notes)->find("notes"));
}

TEST_CASE("compare: rows that are the same differ in nothing, in whatever order and under whatever rowid") {
    const auto made =
        of_table("mixed", "mixed", "create table mixed (a, b text collate nocase, c generated always as (a))");
    two_builds both{made, [](auto& rows) {
                        rows.execute("insert into mixed values (1, 'x'), (null, null), (x'00ff', ''), (1, 'x')");
                    }};
    const fill reordered = [](auto& rows) {
        rows.execute("insert into mixed values (7, 'gone')");
        rows.execute("insert into mixed values (x'00ff', ''), (1, 'x'), (1, 'x'), (null, null)");
        rows.execute("delete from mixed where a = 7");
    };
    CHECK(both.compare(reordered) == 0);
    CHECK(both.differences.empty());
    CHECK_FALSE(std::filesystem::exists(both.file.side_path("mixed")));
    CHECK(rows_of(both.file.models(), "select count(*) from mixed") == texts{"4"});
}

TEST_CASE("compare: every kind of difference is found") {
    const auto made = of_table("mixed", "mixed", "create table mixed (a, b text collate nocase)");
    two_builds both{made, [](auto& rows) { rows.execute("insert into mixed values (1, 'x'), (1, 'x'), (2, 'y')"); }};
    const auto finds = [&](const std::string& values, const texts& expected) {
        CAPTURE(values);
        CHECK(both.compare([&](auto& rows) { rows.execute("insert into mixed values " + values); }) == expected.size());
        CHECK(both.differences == expected);
    };
    finds("(1, 'x'), (1, 'x')", {"- mixed a=2 b=y"});
    finds("(1, 'x'), (1, 'x'), (2, 'y'), (3, 'z')", {"+ mixed a=3 b=z"});
    finds("(1, 'x'), (2, 'y')", {"- mixed a=1 b=x"});  // there once, not twice
    finds("(1, 'x'), (1, 'x'), (1, 'x'), (1, 'x'), (2, 'y')", {"+ mixed a=1 b=x", "+ mixed a=1 b=x"});
    finds("(1, 'x'), (1, 'x'), (2, 'Y')", {"+ mixed a=2 b=Y", "- mixed a=2 b=y"});  // the column takes them for equal
    finds("(1, 'x'), (1, 'x'), (2.0, 'y')", {"- mixed a=2 b=y", "+ mixed a=2.0 b=y"});
    finds("(1, 'x'), (1, 'x'), ('2', 'y')", {"- mixed a=2 b=y", "+ mixed a=2 b=y"});
    finds("(1, 'x'), (1, 'x'), (null, 'y')", {"+ mixed a=null b=y", "- mixed a=2 b=y"});
    finds("(1, 'x'), (1, 'x'), (x'02fe', 'y')", {"- mixed a=2 b=y", "+ mixed a=02fe b=y"});
}

TEST_CASE("compare: all differences are counted, and the first of each side told") {
    const auto made = of_table("many", "many", "create table many (id integer primary key) strict");
    const std::string ten =
        "insert into many with recursive n (i) as (select 1 union all select i + 1 from n where i < 10) select i";
    two_builds both{made, [&](auto& rows) { rows.execute(ten + " from n"); }};
    CHECK(both.compare([&](auto& rows) { rows.execute(ten + " + 100 from n"); }, 2) == 20);
    CHECK(both.differences == texts{"- many id=1", "- many id=2", "+ many id=101", "+ many id=102"});
}

TEST_CASE("compare: rows of other columns, another definition or several places are not compared") {
    notes_world world;
    auto& models = world.models();
    const auto fault = [&](const projection& projection, global_position position = global_position{0}) {
        auto beside = built(
            models, projection, [](auto&) {}, position);
        const auto none = [](const row_difference&) {};
        try {
            (void)models.compare(
                projection, std::move(beside), [](global_position) {}, none, 10);
        } catch (const error& thrown) {
            return std::string(thrown.what());
        }
        return std::string("nothing was thrown");
    };
    CHECK(fault(world.notes) == "nothing was thrown");
    CHECK(says(fault(world.notes, global_position{4}), "was not built as far as position 0"));
    CHECK(says(fault(of_table("notes", "notes", "create table notes (id integer)")), "are of another definition"));
    CHECK(says(fault(of_table("absent", "absent", "create table absent (id)")), "has no rows"));

    world.file.database().lease_writer().db().execute("update rm_projections set definition = ''");
    CHECK(says(fault(of_table("notes", "notes", "create table notes (id integer)")), "the rebuilt one has \"id\""));
    CHECK(
        says(fault(of_table("notes", "Others", "create table Others (id integer)")), "and Others where it was built"));

    models.create(world.notes, some_store, partitions(2));
    const partition_claim claim = claim_of(models, "notes", partitions(2).front());
    models.begin({&claim, 1})->commit(global_position{3}, some_time);
    CHECK(says(fault(world.notes), "stand at several positions"));
}

TEST_CASE("compare: the rows to compare with are brought to where the present ones stand, while these stand still") {
    notes_world world;
    world.execute("insert into notes values (1, 'a')");
    auto& models = world.models();
    auto beside = models.beside(world.notes);
    beside->create(world.notes, some_store);
    read_model_store& side = *beside;
    const auto finish = [&](global_position position) {
        CHECK(position == global_position{1});
        const auto session = begin_as_nobody(side, "notes");
        session->execute("insert into notes values (1, 'a')");
        session->commit(position, some_time);
    };
    CHECK(models.compare(
              world.notes, std::move(beside), finish, [](const row_difference&) {}, 10) == 0);
}

TEST_CASE("read models: a file from before partitions is brought up to date") {
    scratch_folder folder;
    const auto path = folder / "models.db";
    { sqlite::database made{path}; }
    {
        raw_sqlite raw{path};
        raw.execute(R"sql(
            create table rm_checkpoints (projection text primary key, version integer not null, store_id blob not null,
                history_id blob not null, position integer not null, updated_at integer not null, build blob not null,
                tables text not null) strict, without rowid;
            create table rm_tables (name text primary key collate nocase, projection text not null)
                strict, without rowid;
            insert into foldline_components (name, version) values ('read_models', 1);
            create table notes (id integer primary key, text text);
            insert into notes values (1, 'kept');
            insert into rm_tables values ('notes', 'notes');
            insert into rm_checkpoints values ('notes', 3, x'00112233445566778899aabbccddeeff',
                x'ffeeddccbbaa99887766554433221100', 42, 1700000000, x'0123', '-- notes');
        )sql");
    }
    sqlite::database file{path};
    sqlite::sqlite_read_models models{file};
    const auto found = models.find("notes").value();
    CHECK(found.version == 3);
    CHECK(found.source.store.to_string() == "00112233-4455-6677-8899-aabbccddeeff");
    CHECK(found.source.history.to_string() == "ffeeddcc-bbaa-9988-7766-554433221100");
    CHECK(found.definition.empty());
    CHECK_FALSE(found.paused);
    REQUIRE(found.partitions.size() == 1);
    CHECK(found.partitions.front().part.is_whole());
    CHECK(found.partitions.front().position == global_position{42});
    CHECK(found.partitions.front().moved == timestamp{std::chrono::microseconds{1700000000}});
    CHECK_FALSE(found.partitions.front().owner);
    CHECK(rows_of(models, "select name from sqlite_schema where name = 'rm_checkpoints'").empty());

    const auto session = begin_as_nobody(models, "notes");
    session->execute("insert into notes values (2, 'more')");
    session->commit(global_position{43}, some_time);
    CHECK(rows_of(models, "select text from notes order by id") == texts{"kept", "more"});
}

TEST_CASE("rebuild: what a power cut left of a file that was only being made is thrown away") {
    model_file file;
    memory_world world;
    append_sales(world.store, 6);
    auto sales = sales_projection();
    for (const std::size_t length : {std::size_t{0}, std::size_t{100}, std::size_t{4096}}) {
        CAPTURE(length);
        std::ofstream{file.side_path("sales"), std::ios::binary} << std::string(length, '\x5A');
        const auto beside = file.models().beside(sales);
        CHECK_FALSE(beside->find("sales").has_value());
    }
}
