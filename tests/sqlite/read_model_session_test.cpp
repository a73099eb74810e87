#include "support/notes_world.hpp"
#include "support/sales.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>

namespace {

using namespace foldline;
using namespace foldline_tests;

using texts = std::vector<std::string>;

const worker_id anna{uuid::from_name("anna")};
const worker_id berta{uuid::from_name("berta")};

std::unique_ptr<read_model_session> begin(read_model_store& models, const partition_claim& claim) {
    return models.begin({&claim, 1});
}

/// Why a session with this claim cannot do anything, whatever it tries first.
std::string refusal(notes_world& world, const partition_claim& claim) {
    const auto tried = [&](const std::function<void(read_model_session&)>& act) {
        return message_of<claim_lost>([&] { act(*begin(world.models(), claim)); });
    };
    const std::string why = tried([](auto& session) { session.execute("insert into notes values (99, 'never')"); });
    CHECK(why == tried([](auto& session) { session.commit(global_position{99}, some_time); }));
    CHECK(why == tried([](auto& session) { session.each_row("select 1", [](const sql_row&) {}); }));
    CHECK(why == tried([](auto& session) { session.look_up("select 1", {}, [](const sql_row&) {}); }));
    CHECK(why == tried([](auto& session) { session.attempt([] { FAIL("work without a claim"); }); }));
    CHECK(why == tried([](auto& session) { session.park({}, 10); }));
    CHECK(rows_of(world.models(), "select * from notes where id = 99").empty());
    return why;
}

std::int64_t count_by_look_up(read_model_session& session) {
    std::int64_t count = 0;
    session.look_up("select count(*) from notes", {}, [&](const sql_row& row) { count = row.integer(0); });
    return count;
}

void insert(sql_session& rows, int id, const std::string& text) {
    rows.execute("insert into notes values (?1, ?2)", id, text);
}

}  // namespace

TEST_CASE("session: whose claim is of before changes nothing, and hears why") {
    notes_world world;
    auto& models = world.models();
    partition_claim claim = claim_of(models, "notes", {}, anna);
    SUBCASE("another epoch") {
        (void)claim_of(models, "notes", {}, anna);
        CHECK(says(refusal(world, claim), "claimed anew or put elsewhere (epoch"));
    }
    SUBCASE("another owner") {
        models.leases().release({&claim, 1});
        (void)claim_of(models, "notes", {}, berta);
        CHECK(says(refusal(world, claim), "it has another owner"));
    }
    SUBCASE("nobody in particular does not stand in for somebody") {
        claim.owner = {};
        CHECK(says(refusal(world, claim), "it has another owner"));
    }
    SUBCASE("another position") {
        begin(models, claim)->commit(global_position{3}, some_time);
        CHECK(says(refusal(world, claim), "stands at position 3, not at 0"));
    }
    SUBCASE("another revision") {
        models.pause("notes", true);
        models.pause("notes", false);
        CHECK(says(refusal(world, claim), "changed from outside (revision"));
    }
    SUBCASE("paused") {
        models.pause("notes", true);
        claim.revision = models.find("notes")->revision;
        CHECK(says(refusal(world, claim), "the projection is paused"));
        models.pause("notes", false);
        claim.revision = models.find("notes")->revision;
        begin(models, claim)->commit(global_position{1}, some_time);
    }
    SUBCASE("removed") {
        models.remove("notes");
        models.create(of_table("others", "notes", "create table notes (id, text)"), some_store);
        CHECK(says(refusal(world, claim), "partition all of projection notes"));
        CHECK(says(refusal(world, claim), "it is there no more"));
    }
    SUBCASE("begun anew") {
        models.create(world.notes, some_store);
        CHECK(says(refusal(world, claim), "it has another owner"));
        claim.owner = {};
        CHECK(says(refusal(world, claim), "claimed anew or put elsewhere (epoch"));
    }
}

TEST_CASE("session: one claim of several that is lost takes the others with it") {
    notes_world world;
    const auto more = of_table("more", "more", "create table more (a)");
    world.models().create(more, some_store);
    const partition_claim good = claim_of(world.models(), "notes");
    const partition_claim bad = claim_of(world.models(), "more");
    (void)claim_of(world.models(), "more");
    const std::vector<partition_claim> both{good, bad};
    CHECK_THROWS_AS(insert(*world.models().begin(both), 1, "a"), claim_lost);
    insert(*begin(world.models(), good), 2, "b");
    CHECK(world.texts().empty());
}

TEST_CASE("session: several projections and partitions move on together") {
    notes_world world;
    const auto more = of_table("more", "more", "create table more (a)");
    world.models().create(more, some_store, partitions(2));
    std::vector<partition_claim> claims{claim_of(world.models(), "notes", {}, anna)};
    for (const partition part : partitions(2)) claims.push_back(claim_of(world.models(), "more", part, berta));
    {
        const auto session = world.models().begin(claims);
        insert(*session, 1, "a");
        session->execute("insert into more values (1)");
        session->commit(global_position{7}, some_time);
    }
    int moved = 0;
    for (const projection_state& state : world.models().projections())
        for (const partition_state& each : state.partitions)
            if (each.position == global_position{7} && each.reached == some_time) ++moved;
    CHECK(moved == 3);
    CHECK(world.texts() == texts{"a"});
    CHECK(rows_of(world.models(), "select a from more") == texts{"1"});
}

TEST_CASE("session: to move a partition on is a beat of its owner") {
    notes_world world;
    partition_claim claim = claim_of(world.models(), "notes", {}, anna);
    const partition_state before = world.models().find("notes")->partitions.front();
    begin(world.models(), claim)->commit(global_position{1}, some_time);
    const partition_state after = world.models().find("notes")->partitions.front();
    CHECK(after.beat == before.beat + 1);
    CHECK(after.epoch == claim.epoch);
    CHECK(after.owner == anna);
}

TEST_CASE("session: what only looks rows up holds nobody up") {
    notes_world world;
    world.execute("insert into notes values (1, 'a')");
    world.models().create(of_table("more", "more", "create table more (a)"), some_store);
    const auto one = begin(world.models(), claim_of(world.models(), "notes"));
    const auto other = begin(world.models(), claim_of(world.models(), "more"));
    CHECK(count_by_look_up(*one) == 1);
    CHECK(count_by_look_up(*other) == 1);
    other->execute("insert into more values (1)");  // would wait for ever, did `one` hold the file
    other->commit(global_position{1}, some_time);
    CHECK(count_by_look_up(*one) == 1);
    insert(*one, 2, "b");
    CHECK(count_by_look_up(*one) == 2);  // what it changed itself, too
    one->commit(global_position{2}, some_time);
    CHECK(world.texts() == texts{"a", "b"});
}

TEST_CASE("session: what was looked up is of no use once the partition has moved on") {
    notes_world world;
    const partition_claim claim = claim_of(world.models(), "notes");
    const auto late = begin(world.models(), claim);
    CHECK(count_by_look_up(*late) == 0);
    begin(world.models(), claim)->commit(global_position{1}, some_time);
    CHECK(count_by_look_up(*late) == 0);  // of one state for as long as it lasts
    CHECK_THROWS_AS(insert(*late, 1, "made from old rows"), claim_lost);
    CHECK_THROWS_AS(late->commit(global_position{1}, some_time), claim_lost);
    CHECK(world.texts().empty());
}

TEST_CASE("session: a row that is looked up may be followed by changes") {
    notes_world world;
    world.execute("insert into notes values (1, 'a'), (2, 'b'), (3, 'c')");
    const auto session = begin_as_nobody(world.models(), "notes");
    session->look_up("select id, text from notes order by id", {}, [&](const sql_row& row) {
        session->execute("update notes set text = ?2 where id = ?1", row.integer(0), std::string(row.text(1)) + "!");
        CHECK(count_by_look_up(*session) == 3);
    });
    session->commit(global_position{9}, some_time);
    CHECK(world.texts() == texts{"a!", "b!", "c!"});
}

TEST_CASE("session: a look may not change anything") {
    notes_world world;
    const auto session = begin_as_nobody(world.models(), "notes");
    CHECK_THROWS_AS(session->look_up("insert into notes values (1, 'a')", {}, [](const sql_row&) {}), sql_error);
    CHECK_THROWS_AS(session->look_up("select * from rm_partitions", {}, [](const sql_row&) {}), sql_error);
    session->commit(global_position{1}, some_time);
    CHECK(world.texts().empty());
}

TEST_CASE("attempt: what throws is undone alone") {
    notes_world world;
    const auto session = begin_as_nobody(world.models(), "notes");
    session->attempt([&] { insert(*session, 1, "before"); });
    CHECK_THROWS_AS(session->attempt([&] {
        insert(*session, 2, "gone");
        throw std::runtime_error("no");
    }),
                    std::runtime_error);
    CHECK_THROWS_AS(session->attempt([&] {
        insert(*session, 3, "gone");
        insert(*session, 1, "there is one already");
    }),
                    sql_error);
    CHECK(count_by_look_up(*session) == 1);
    session->attempt([&] { insert(*session, 4, "after"); });
    session->commit(global_position{4}, some_time);
    CHECK(world.texts() == texts{"before", "after"});
}

TEST_CASE("attempt: it is allowed while a query gives rows") {
    notes_world world;
    world.execute("insert into notes values (1, 'a'), (2, 'b')");
    const auto session = begin_as_nobody(world.models(), "notes");
    session->each_row("select id from notes where id < 10 order by id", [&](const sql_row& row) {
        const auto id = row.integer(0);
        try {
            session->attempt([&] {
                insert(*session, static_cast<int>(id) + 10, "copy");
                if (id == 1) throw std::runtime_error("not this one");
            });
        } catch (const std::runtime_error&) {}
    });
    session->commit(global_position{5}, some_time);
    CHECK(rows_of(world.models(), "select id from notes order by id") == texts{"1", "2", "12"});
}

TEST_CASE("attempt: that the whole transaction went is told, and nothing more is stored") {
    notes_world world;
    world.execute("insert into notes values (1, 'a')");
    const auto session = begin_as_nobody(world.models(), "notes");
    insert(*session, 2, "b");
    const auto rolling_back = [&] { session->execute("insert or rollback into notes values (1, 'again')"); };
    const auto swallowing = [&] { CHECK_THROWS_AS(rolling_back(), sql_error); };
    bool swallows = false;
    SUBCASE("the error goes on") {}
    SUBCASE("the error is swallowed") { swallows = true; }
    // It is no fault that one event could be parked for: what came before it is gone as well.
    std::optional<bool> blames_statement;
    try {
        if (swallows) session->attempt(swallowing);
        else session->attempt(rolling_back);
    } catch (const sql_error&) {
        blames_statement = true;
    } catch (const storage_error&) {
        blames_statement = false;
    }
    CHECK(blames_statement == false);
    CHECK_THROWS_AS(session->attempt([] { FAIL("no transaction to work in"); }), storage_error);
    CHECK_THROWS_AS(insert(*session, 3, "c"), storage_error);
    CHECK_THROWS_AS(session->park({}, 10), storage_error);
    CHECK_THROWS_AS(session->commit(global_position{8}, some_time), storage_error);
    CHECK(world.texts() == texts{"a"});
    CHECK(position_of(world.models(), "notes") == global_position{1});
}

TEST_CASE("park: what is parked is stored with the rows, or not at all") {
    notes_world world;
    parked_event event;
    event.projection = event.order_key = "notes";
    event.position = global_position{1};
    event.stream = "note-1";
    event.version = stream_version{1};
    event.type = "written@1";
    event.error = "no";
    begin_as_nobody(world.models(), "notes")->park(event, 10);
    CHECK(world.models().dead_letters().count("notes").failed == 0);
    {
        const auto session = begin_as_nobody(world.models(), "notes");
        session->park(event, 10);
        session->commit(global_position{1}, some_time);
    }
    CHECK(world.models().dead_letters().count("notes").failed == 1);
    world.models().create(world.notes, some_store);
    CHECK(world.models().dead_letters().count("notes").failed == 0);
}

TEST_CASE("read models: partitions that overlap, or are not the whole, are damage, and a new beginning mends it") {
    model_file file;
    auto sales = sales_projection();
    for (const char* damage :
         {"delete from rm_partitions", "delete from rm_partitions where segment = 1",
          "update rm_partitions set segment = 3, mask = 3 where segment = 0", "update rm_partitions set mask = 0"}) {
        CAPTURE(damage);
        file.models().create(sales, store_identity{}, partitions(2));
        {
            const auto writer = file.database().lease_writer();
            writer.db().execute(damage);
        }
        CHECK_THROWS_AS((void)file.models().find("sales"), corrupt_data);
        file.models().create(sales, store_identity{}, partitions(2));
        CHECK(file.models().find("sales")->partitions.size() == 2);
    }
}
