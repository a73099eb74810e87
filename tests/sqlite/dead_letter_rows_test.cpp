#include "leased_models.hpp"
#include "raw_sqlite.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

const worker_id ann = worker("ann");
constexpr std::size_t plenty = 100;

timestamp at(std::int64_t second) { return timestamp{std::chrono::seconds{second}}; }

template <class Error>
std::string message_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& thrown) {
        return thrown.what();
    }
    return "nothing was thrown";
}

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

parked_event failed_one(std::int64_t position, std::string key = "order-1") {
    parked_event event;
    event.projection = "notes";
    event.order_key = key;
    event.position = global_position{position};
    event.stream = std::move(key);
    event.version = stream_version{position};
    event.type = "note-taken@1";
    event.error = "no such column";
    event.attempts = 4;
    event.first_failed = at(100 + position);
    event.last_failed = at(200 + position);
    return event;
}

parked_event behind_one(std::int64_t position, std::string key = "order-1") {
    parked_event event = failed_one(position, std::move(key));
    event.why = parked_event::reason::behind;
    event.error.clear();
    event.attempts = 0;
    event.last_failed = event.first_failed;
    return event;
}

bool is_same(const parked_event& one, const parked_event& other) {
    return one.projection == other.projection && one.order_key == other.order_key && one.position == other.position &&
           one.stream == other.stream && one.version == other.version && one.type == other.type &&
           one.why == other.why && one.error == other.error && one.attempts == other.attempts &&
           one.first_failed == other.first_failed && one.last_failed == other.last_failed;
}

/// Rows with events that were set aside; what is asked of them here is asked of `notes`.
struct parking : leased_models {
    dead_letter_store& letters = here.letters;

    /// As a batch does it, which moves the projection on to the last of them.
    void park(const std::vector<parked_event>& events, std::size_t most = plenty) {
        const partition_claim mine = claim(ann);
        const auto session = here.models.begin({&mine, 1});
        for (const parked_event& event : events) session->park(event, most);
        session->commit(events.back().position, at(1));
    }

    [[nodiscard]] std::unique_ptr<replay_session> replay(std::string_view key = "order-1") {
        return letters.replay("notes", key, definition_of(notes));
    }
    [[nodiscard]] std::vector<parked_event> list(parked_query query = {.projection = "notes"}) const {
        return letters.list(query);
    }
    [[nodiscard]] std::vector<std::int64_t> positions(const parked_query& query = {.projection = "notes"}) const {
        std::vector<std::int64_t> found;
        for (const parked_event& event : letters.list(query)) found.push_back(event.position.value);
        return found;
    }
    [[nodiscard]] std::string texts() const {
        std::string found;
        here.models.read([&](sql_session& rows) {
            rows.each_row("select text from notes order by id", [&](const sql_row& row) { found += row.text(0); });
        });
        return found;
    }
};

using numbers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("park: what was parked is there, with all that is known of it") {
    parking world;
    parked_event odd = failed_one(8, "order-'2");
    odd.error = std::string("zero \0 byte\nand a line", 22);
    world.park({failed_one(3), behind_one(5), odd});
    const auto found = world.list();
    REQUIRE(found.size() == 3);
    CHECK(is_same(found[0], failed_one(3)));
    CHECK(is_same(found[1], behind_one(5)));
    CHECK(is_same(found[2], odd));
    CHECK(world.part().position == global_position{8});
}

TEST_CASE("park: with a batch that is not committed nothing is parked") {
    parking world;
    const partition_claim mine = world.claim(ann);
    world.here.models.begin({&mine, 1})->park(failed_one(3), plenty);
    CHECK(world.list().empty());
}

TEST_CASE("park: an event that is parked already stays as it is, also where there is no more room") {
    parking world;
    world.park({failed_one(3)});
    parked_event again = failed_one(3);
    again.error = "another";
    CHECK_NOTHROW(world.park({again}, 1));
    REQUIRE(world.list().size() == 1);
    CHECK(is_same(world.list()[0], failed_one(3)));
}

TEST_CASE("park: a projection that has as much parked as it may takes no more") {
    parking world;
    world.park({failed_one(3), behind_one(4)}, 2);
    const auto refused = message_of<limit_exceeded>([&] { world.park({behind_one(5)}, 2); });
    CHECK(says(refused, "projection notes"));
    CHECK(says(refused, "replay"));
    CHECK(world.positions() == numbers{3, 4});
    auto others = notes_projection("others");
    world.here.models.create(others, world.source);
    const partition_claim theirs = world.here.leases.claim("others", {}, ann).value();
    parked_event other = failed_one(5);
    other.projection = "others";
    CHECK_NOTHROW(world.here.models.begin({&theirs, 1})->park(other, 1));
}

TEST_CASE("dead letters: they are counted by what became of them") {
    parking world;
    const parked_counts none = world.letters.count("notes");
    CHECK(none.keys + none.failed + none.behind == 0);
    world.park({failed_one(3), behind_one(5), behind_one(6), failed_one(8, "order-2")});
    const parked_counts some = world.letters.count("notes");
    CHECK(some.keys == 2);
    CHECK(some.failed == 2);
    CHECK(some.behind == 2);
    CHECK(world.letters.count("others").keys == 0);
    CHECK(world.letters.keys("notes") == std::vector<std::string>{"order-1", "order-2"});
    CHECK(world.letters.keys("others").empty());
}

TEST_CASE("dead letters: they are listed by position, as the query says") {
    parking world;
    world.park({failed_one(3), failed_one(4, "order-2"), behind_one(5), behind_one(6, "order-2"), behind_one(7)});
    CHECK(world.positions() == numbers{3, 4, 5, 6, 7});
    CHECK(world.positions({.projection = "notes", .order_key = "order-2"}) == numbers{4, 6});
    CHECK(world.positions({.projection = "notes", .failed_only = true}) == numbers{3, 4});
    CHECK(world.positions({.projection = "notes", .order_key = "order-2", .failed_only = true}) == numbers{4});
    CHECK(world.positions({.projection = "notes", .after = global_position{4}, .limit = 2}) == numbers{5, 6});
    CHECK(world.positions({.projection = "notes", .limit = 0}).empty());
    CHECK(world.positions({.projection = "notes", .limit = SIZE_MAX}).size() == 5);
    CHECK(world.positions({.projection = "others"}).empty());
    CHECK(world.positions({.projection = "notes", .order_key = "order-9"}).empty());
}

TEST_CASE("replay: the events of one key are tried in order, and the key is free when none is left") {
    parking world;
    world.park({failed_one(3), failed_one(4, "order-2"), behind_one(5)});
    {
        const auto session = world.replay();
        REQUIRE(session->first());
        CHECK(is_same(*session->first(), failed_one(3)));
        session->attempt([&] { session->execute("insert into notes values (3, 'three ')"); });
        session->applied();
        REQUIRE(session->first());
        CHECK(is_same(*session->first(), behind_one(5)));
        session->attempt([&] { session->execute("insert into notes values (5, 'five')"); });
        session->applied();
        CHECK_FALSE(session->first());
        session->commit();
    }
    CHECK(world.letters.keys("notes") == std::vector<std::string>{"order-2"});
    CHECK(world.positions() == numbers{4});
    CHECK(world.texts() == "three five");
    CHECK_FALSE(world.replay("order-1")->first());
}

TEST_CASE("replay: what fails once more stays the first, with what it said last") {
    parking world;
    world.park({failed_one(3), behind_one(5)});
    {
        const auto session = world.replay();
        session->failed("still no such column", at(1000));
        const auto first = session->first();
        REQUIRE(first);
        CHECK(first->position == global_position{3});
        CHECK(first->error == "still no such column");
        session->commit();
    }
    const parked_event now = world.list().at(0);
    CHECK(now.why == parked_event::reason::failed);
    CHECK(now.error == "still no such column");
    CHECK(now.attempts == 5);
    CHECK(now.first_failed == failed_one(3).first_failed);
    CHECK(now.last_failed == at(1000));
    CHECK(is_same(world.list().at(1), behind_one(5)));
}

TEST_CASE("replay: one that waited behind has failed for the first time when it does") {
    parking world;
    world.park({failed_one(3), behind_one(5), behind_one(6)});
    {
        const auto session = world.replay();
        session->applied();
        session->failed("this one, too", at(1000));
        session->commit();
    }
    const auto found = world.list();
    REQUIRE(found.size() == 2);
    CHECK(found[0].why == parked_event::reason::failed);
    CHECK(found[0].attempts == 1);
    CHECK(found[0].first_failed == at(1000));
    CHECK(found[0].last_failed == at(1000));
    CHECK(is_same(found[1], behind_one(6)));
}

TEST_CASE("replay: without a commit nothing changes") {
    parking world;
    world.park({failed_one(3), behind_one(5)});
    const partition_claim mine = world.claim(ann);
    {
        const auto session = world.replay();
        session->execute("insert into notes values (1, 'lost')");
        session->applied();
        session->failed("also lost", at(1000));
    }
    CHECK(world.texts().empty());
    REQUIRE(world.list().size() == 2);
    CHECK(is_same(world.list()[0], failed_one(3)));
    CHECK(is_same(world.list()[1], behind_one(5)));
    CHECK(world.is_good(mine));
}

TEST_CASE("replay: the projection stands where it stood, and claims on it are lost") {
    parking world;
    world.park({failed_one(3)});
    const partition_claim mine = world.claim(ann);
    const projection_state before = world.state();
    const auto session = world.replay();
    session->applied();
    session->commit();
    CHECK(world.part().position == before.partitions[0].position);
    CHECK(world.state().revision == before.revision + 1);
    CHECK_FALSE(world.is_good(mine));
    CHECK(world.is_good(world.claim(ann)));
}

TEST_CASE("replay: nobody moves the projection on meanwhile, and whoever likes reads") {
    parking world;
    world.park({failed_one(3)});
    const partition_claim mine = world.claim(ann);
    models_at other{world.path};
    {
        const auto session = world.replay();
        session->applied();
        CHECK_THROWS_AS(other.models.begin({&mine, 1})->commit(global_position{4}, at(1)), storage_error);
        CHECK_THROWS_AS((void)other.letters.replay("notes", "order-1", definition_of(world.notes)), storage_error);
        CHECK(other.letters.count("notes").failed == 1);
    }
    CHECK_NOTHROW(other.models.begin({&mine, 1})->commit(global_position{4}, at(1)));
}

TEST_CASE("replay: nothing stays of an attempt that fails, and everything from before it") {
    parking world;
    world.park({failed_one(3), behind_one(5)});
    const auto session = world.replay();
    session->execute("insert into notes values (1, 'before')");
    CHECK_THROWS_AS(session->attempt([&] {
        session->execute("insert into notes values (2, 'half')");
        session->execute("insert into notes values (1, 'twice')");
    }),
                    sql_error);
    CHECK_THROWS_WITH_AS(session->attempt([&] {
        session->execute("update notes set text = 'gone'");
        throw std::runtime_error("the handler's own");
    }),
                         "the handler's own", std::runtime_error);
    session->failed("it did", at(1000));
    session->commit();
    CHECK(world.texts() == "before");
    CHECK(world.list().at(0).error == "it did");
}

TEST_CASE("replay: where an attempt ends the whole transaction, that is told, and nothing goes on") {
    parking world;
    world.park({failed_one(3)});
    {
        const auto session = world.replay();
        session->execute("insert into notes values (1, 'one')");
        const auto ending = [&] { session->execute("insert or rollback into notes values (1, 'twice')"); };
        SUBCASE("the error comes out") { CHECK_THROWS_AS(session->attempt(ending), storage_error); }
        SUBCASE("the handler keeps it to itself") {
            CHECK_THROWS_AS(session->attempt([&] { CHECK_THROWS(ending()); }), storage_error);
        }
        SUBCASE("it was no attempt") { CHECK_THROWS_AS(ending(), storage_error); }
        CHECK_THROWS_AS(session->execute("insert into notes values (2, 'alone')"), storage_error);
        CHECK_THROWS_AS((void)session->first(), storage_error);
        CHECK_THROWS_AS(session->attempt([] {}), storage_error);
        CHECK_THROWS_AS(session->applied(), storage_error);
        CHECK_THROWS_AS(session->failed("not stored", at(1)), storage_error);
        CHECK_THROWS_AS(session->commit(), storage_error);
    }
    CHECK(world.texts().empty());
    REQUIRE(world.list().size() == 1);
    CHECK(is_same(world.list()[0], failed_one(3)));
    CHECK(world.is_good(world.claim(ann)));
}

TEST_CASE("replay: a commit that fails stores nothing, and the next one has a file to work on") {
    parking world;
    world.park({failed_one(3)});
    raw_sqlite{world.path}.execute(
        "create table parents (id integer primary key);"
        "create table children (parent integer references parents deferrable initially deferred)");
    const std::int64_t before = world.here.file.lease_writer().generation();
    {
        const auto session = world.replay();
        session->execute("insert into children values (7)");
        session->applied();
        CHECK_THROWS_AS(session->commit(), storage_error);
    }
    CHECK(world.here.file.lease_writer().generation() == before + 1);  // what the file holds was not certain
    CHECK(world.positions() == numbers{3});
    const auto session = world.replay();
    session->applied();
    session->commit();
    CHECK(world.list().empty());
}

TEST_CASE("replay: a handler sees its own tables only; the session looks at its own between its rows") {
    parking world;
    world.park({failed_one(3)});
    const auto session = world.replay();
    CHECK_THROWS_AS(session->execute("delete from rm_parked"), sql_error);
    CHECK_THROWS_AS(session->execute("commit"), sql_error);
    session->execute("insert into notes values (1, 'one')");
    int rows = 0;
    session->each_row("select text from notes", [&](const sql_row& row) {
        ++rows;
        CHECK(session->first());
        session->attempt([&] { session->execute("insert into notes values (-1, 'two')"); });
        CHECK(row.text(0) == "one");
        CHECK_THROWS_AS(session->execute("delete from rm_parked"), sql_error);
    });
    CHECK(rows == 1);
}

TEST_CASE("replay: rows of another definition are refused, and the message says what differs and what to do") {
    parking world;
    sql_projection newer{"notes", 2};
    newer.table("notes", "create table notes (id integer primary key, text text) strict");
    const auto refused =
        message_of<definition_error>([&] { (void)world.letters.replay("notes", "order-1", definition_of(newer)); });
    CHECK(says(refused, "projection notes"));
    CHECK(says(refused, definition_difference(definition_of(world.notes), definition_of(newer))));
    CHECK(says(refused, "rebuild"));
    CHECK(says(
        message_of<definition_error>([&] { (void)world.letters.replay("others", "a", definition_of(world.notes)); }),
        "no rows"));
    CHECK_NOTHROW((void)world.replay());  // whoever was refused holds nothing up
}

TEST_CASE("replay: rows from before definitions were kept are taken for what they are said to be") {
    parking world;
    world.park({failed_one(3)});
    raw_sqlite{world.path}.execute("update rm_projections set definition = ''");
    CHECK(world.replay()->first());
}

TEST_CASE("drop: the event is parked no longer, and it is kept why and when") {
    parking world;
    world.park({failed_one(3), behind_one(5)});
    const partition_claim mine = world.claim(ann);
    CHECK(world.letters.drop("notes", global_position{3}, "the order never was", at(1000)));
    CHECK(world.positions() == numbers{5});
    CHECK(is_same(world.list().at(0), behind_one(5)));
    CHECK(world.letters.keys("notes") == std::vector<std::string>{"order-1"});
    CHECK(world.replay()->first()->position == global_position{5});

    const auto dropped = world.letters.dropped("notes", plenty);
    REQUIRE(dropped.size() == 1);
    CHECK(is_same(dropped[0].event, failed_one(3)));
    CHECK(dropped[0].reason == "the order never was");
    CHECK(dropped[0].dropped == at(1000));
    CHECK_FALSE(world.is_good(mine));
    CHECK(world.letters.dropped("others", plenty).empty());
}

TEST_CASE("drop: where nothing is parked nothing happens, and claims stay good") {
    parking world;
    world.park({failed_one(3)});
    const partition_claim mine = world.claim(ann);
    CHECK_FALSE(world.letters.drop("notes", global_position{4}, "why not", at(1000)));
    CHECK_FALSE(world.letters.drop("others", global_position{3}, "why not", at(1000)));
    CHECK(world.letters.dropped("notes", plenty).empty());
    CHECK(world.positions() == numbers{3});
    CHECK(world.is_good(mine));
}

TEST_CASE("drop: what was given up last comes first, and what is given up again has its last reason") {
    parking world;
    world.park({failed_one(3), failed_one(4, "order-2")});
    REQUIRE(world.letters.drop("notes", global_position{4}, "first", at(1000)));
    REQUIRE(world.letters.drop("notes", global_position{3}, "second", at(1001)));
    REQUIRE(world.letters.dropped("notes", 1).size() == 1);
    CHECK(world.letters.dropped("notes", 1)[0].reason == "second");
    world.park({failed_one(4, "order-2")});
    REQUIRE(world.letters.drop("notes", global_position{4}, "third", at(1002)));
    const auto dropped = world.letters.dropped("notes", plenty);
    REQUIRE(dropped.size() == 2);
    CHECK(dropped[0].reason == "third");
    CHECK(dropped[1].reason == "second");
}
