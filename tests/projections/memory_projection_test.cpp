#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/memory_projection.hpp>
#include <foldline/projections/projector.hpp>
#include <foldline/projections/rebuild.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace memory_projection_test {

using namespace foldline;
using namespace foldline_tests;
using sales::v1::ItemReturned;
using sales::v1::ItemSold;

/// Units by country, and how many events they were made of.
struct totals {
    std::map<std::string, std::int64_t> units;
    std::int64_t events = 0;
};
using board = memory_projection<totals>;

/// Breaks for a country of which `broken` says so, when it has changed half.
void teach(board& target, const std::map<std::string, bool>& broken) {
    target.on([&broken](totals& known, const ItemSold& event, const event_view&) {
        ++known.events;
        const auto found = broken.find(event.country());
        if (found != broken.end() && found->second) throw std::runtime_error("that country is not known");
        known.units[event.country()] += event.units();
    });
}

std::string text_of(const totals& known) {
    std::string text = std::to_string(known.events) + ":";
    for (const auto& [country, units] : known.units) text += " " + country + "=" + std::to_string(units);
    return text;
}

std::string shown(const board& target) {
    return target.read(
        [](const totals& known, global_position at) { return text_of(known) + " at " + std::to_string(at.value); });
}

/// A store, and a board that is driven by hand as a projector does it.
struct world : memory_world {
    std::map<std::string, bool> broken;
    board target{"board", 1};
    partition_claim claim;
    std::unique_ptr<read_model_session> session;

    world() { teach(target, broken); }

    /// Each country has a stream of its own.
    void sell(const std::string& country, std::int64_t units = 1) {
        append_to(store, stream_id{"till", country}, {}, sold(country, units));
    }
    void create() { target.models().create(target, store.identity()); }
    [[nodiscard]] partition_claim claim_now(worker_id worker = {}) {
        const auto claimed = target.models().leases().claim("board", {}, worker);
        REQUIRE(claimed);
        return *claimed;
    }
    void begin() {
        claim = claim_now();
        session = target.models().begin({&claim, 1});
    }
    void apply_at(std::int64_t position, sql_session& rows) {
        store.read(read_query::all().after(global_position{position - 1}), batch_limit{1},
                   [&](const event_view& event) {
                       ItemSold message;
                       target.apply(0, decode(event, message, store.type_of(event.type)), event, rows);
                   });
    }
    void apply(std::int64_t position) { apply_at(position, *session); }
    void commit(std::int64_t position) {
        target.flush(*session);
        session->commit(global_position{position}, timestamp{});
        session.reset();
        target.committed(global_position{position});
    }
    void roll_back() {
        session.reset();
        target.rolled_back();
    }
    void go_to(std::int64_t position) {
        begin();
        for (std::int64_t next = claim.position.value + 1; next <= position; ++next) apply(next);
        commit(position);
    }
    void park(std::int64_t position, const std::string& country) {
        begin();
        session->park(place(position, country), 10);
        commit(position);
    }
    [[nodiscard]] static parked_event place(std::int64_t position, const std::string& country) {
        parked_event event;
        event.projection = "board";
        event.order_key = "till-" + country;
        event.position = global_position{position};
        return event;
    }
    [[nodiscard]] std::vector<std::string> keys() { return target.models().dead_letters().keys("board"); }
    [[nodiscard]] std::int64_t position() { return target.models().position().value; }
};

std::string bytes_of(const totals& known) {
    std::string bytes = std::to_string(known.events);
    for (const auto& [country, units] : known.units) bytes += "," + country + "=" + std::to_string(units);
    return bytes;
}

totals totals_of(std::string_view bytes) {
    totals known;
    known.events = std::stoll(std::string(bytes));
    for (std::size_t comma = bytes.find(','); comma != std::string_view::npos; comma = bytes.find(',', comma + 1)) {
        const std::string_view rest = bytes.substr(comma + 1);
        known.units[std::string(rest.substr(0, rest.find('=')))] =
            std::stoll(std::string(rest.substr(rest.find('=') + 1)));
    }
    return known;
}

worker_id worker(std::uint8_t number) {
    worker_id made;
    made.value.bytes[15] = number;
    return made;
}

}  // namespace memory_projection_test

using namespace memory_projection_test;

TEST_CASE("memory projection: a projector brings its object up to date, and a reader learns where it stands") {
    world at;
    at.sell("de", 2);
    at.sell("fr", 3);
    CHECK(shown(at.target) == "0: at 0");
    projector driver{at.store, at.target.models(), at.target};
    driver.catch_up();
    CHECK(shown(at.target) == "2: de=2 fr=3 at 2");
    at.sell("de", 5);
    driver.catch_up();
    CHECK(shown(at.target) == "3: de=7 fr=3 at 3");
}

TEST_CASE("memory projection: a handler may be given with auto parameters, its event is named then") {
    memory_world at;
    memory_projection<std::int64_t> count{"count", 1, [] { return std::int64_t{100}; }};
    count.on<ItemSold>([](auto& units, const auto& event, const auto&) { units += event.units(); })
        .on([](std::int64_t& units, const ItemReturned& event, const event_view&) { units -= event.units(); });
    append_to(at.store, stream_id{"till", "1"}, {}, sold("de", 7), returned("de", 2));
    projector{at.store, count.models(), count}.catch_up();
    CHECK(count.read([](std::int64_t units, global_position) { return units; }) == 105);
}

TEST_CASE("memory projection: a kind of event has one handler") {
    world at;
    CHECK_THROWS_AS(teach(at.target, at.broken), definition_error);
    CHECK(at.target.events().size() == 1);
}

TEST_CASE("memory projection: a name that is none and version 0 are refused") {
    CHECK_THROWS_AS((board{"Board", 1}), definition_error);
    CHECK_THROWS_AS((board{"board", 0}), definition_error);
}

TEST_CASE("memory projection: is not driven with the position of somebody else") {
    world at;
    at.sell("de");
    model_file file;
    projector driver{at.store, file.models(), at.target};
    CHECK_THROWS_AS(driver.catch_up(), definition_error);
    CHECK(shown(at.target) == "0: at 0");
}

TEST_CASE("memory projection: a batch that is committed moves the position and tells that it did") {
    world at;
    at.sell("de");
    std::vector<std::int64_t> heard;
    const auto link = at.target.changes().connect([&](global_position position) { heard.push_back(position.value); });
    at.create();
    at.begin();
    at.apply(1);
    CHECK(heard.empty());
    at.commit(1);
    CHECK(heard == std::vector<std::int64_t>{1});
    CHECK(at.target.models().find("board")->position() == global_position{1});
    CHECK(at.target.models().find("board")->definition == definition_of(at.target));
    CHECK_FALSE(at.target.models().find("another"));
}

TEST_CASE(
    "memory projection: a batch that is given up takes the object back to the beginning, and its claims with it") {
    world at;
    for (const char* country : {"de", "fr", "it"}) at.sell(country);
    at.create();
    at.go_to(2);
    const partition_claim before = at.claim_now();
    at.begin();
    at.apply(3);
    at.roll_back();
    CHECK(shown(at.target) == "0: at 0");
    CHECK_THROWS_AS((void)at.target.models().begin({&before, 1}), claim_lost);
    at.go_to(3);
    CHECK(shown(at.target) == "3: de=1 fr=1 it=1 at 3");
}

TEST_CASE("memory projection: a batch that is given up before it changed anything loses nothing") {
    world at;
    at.sell("de");
    at.create();
    at.go_to(1);
    at.begin();
    at.roll_back();
    CHECK(shown(at.target) == "1: de=1 at 1");
}

TEST_CASE("memory projection: an attempt that fails in the middle of a change ends the session") {
    world at;
    at.sell("de");
    at.sell("fr");
    at.broken["fr"] = true;
    at.create();
    at.begin();
    at.session->attempt([&] { at.apply(1); });
    CHECK_THROWS_WITH(at.session->attempt([&] { at.apply(2); }), "that country is not known");
    CHECK_THROWS_AS(at.session->attempt([] {}), claim_lost);
    CHECK_THROWS_AS(at.session->commit(global_position{1}, timestamp{}), claim_lost);
    at.roll_back();
    CHECK(shown(at.target) == "0: at 0");
}

TEST_CASE("memory projection: an attempt that fails before a change leaves the rest as it was") {
    world at;
    at.sell("de");
    at.create();
    at.begin();
    at.apply(1);
    CHECK_THROWS_WITH(at.session->attempt([] { throw std::runtime_error("does not decode"); }), "does not decode");
    at.commit(1);
    CHECK(shown(at.target) == "1: de=1 at 1");
}

TEST_CASE("memory projection: an attempt of several events that fails at a later one cannot be undone in part") {
    world at;
    at.sell("de");
    at.create();
    at.begin();
    CHECK_THROWS_AS(at.session->attempt([&] {
        at.apply(1);
        throw std::runtime_error("does not decode");
    }),
                    std::runtime_error);
    CHECK_THROWS_AS(at.session->commit(global_position{1}, timestamp{}), claim_lost);
    at.roll_back();
    CHECK(shown(at.target) == "0: at 0");
}

TEST_CASE("memory projection: half a change that nobody owns up to is not committed") {
    world at;
    at.sell("de");
    at.broken["de"] = true;
    at.create();
    at.begin();
    CHECK_THROWS_AS(at.apply(1), std::runtime_error);
    CHECK_THROWS_AS(at.session->commit(global_position{1}, timestamp{}), claim_lost);
    at.roll_back();
    CHECK(shown(at.target) == "0: at 0");
}

TEST_CASE("memory projection: statements are refused, it keeps no tables") {
    world at;
    at.create();
    at.begin();
    CHECK_THROWS_AS(at.session->execute("delete from sales"), sql_error);
    CHECK_THROWS_AS(
        at.target.models().read([](sql_session& rows) { rows.each_row("select 1", [](const sql_row&) {}); }),
        sql_error);
}

TEST_CASE("memory projection: what was parked is left out when the object is built again, and nothing else is") {
    world at;
    for (const char* country : {"de", "fr", "de", "it", "fr"}) at.sell(country);
    at.create();
    at.go_to(1);
    at.park(2, "fr");
    at.go_to(4);
    REQUIRE(shown(at.target) == "3: de=2 it=1 at 4");
    CHECK(at.keys() == std::vector<std::string>{"till-fr"});
    at.begin();
    at.apply(5);
    at.roll_back();
    REQUIRE(at.position() == 0);
    CHECK(at.keys().empty());  // at the beginning nothing was parked yet
    at.go_to(2);
    CHECK(shown(at.target) == "1: de=1 at 2");
    CHECK(at.keys() == std::vector<std::string>{"till-fr"});
    at.go_to(4);
    CHECK(shown(at.target) == "3: de=2 it=1 at 4");
}

TEST_CASE("memory projection: when it has come again to what is parked, its driver has to look again") {
    world at;
    for (const char* country : {"de", "fr", "fr"}) at.sell(country);
    at.create();
    at.go_to(1);
    at.park(2, "fr");
    at.begin();
    at.apply(3);
    at.roll_back();
    REQUIRE(at.position() == 0);
    at.begin();
    at.apply(1);
    at.apply(2);
    CHECK_THROWS_AS(at.apply(3), claim_lost);  // who began at 0 saw no parked key, and this event waits behind one
    CHECK_THROWS_AS(at.session->commit(global_position{3}, timestamp{}), claim_lost);
    at.roll_back();
    CHECK(shown(at.target) == "1: de=1 at 2");
    CHECK(at.keys() == std::vector<std::string>{"till-fr"});
}

TEST_CASE("memory projection: a batch that ends where something is parked makes its driver look again too") {
    world at;
    for (const char* country : {"de", "fr"}) at.sell(country);
    at.create();
    at.go_to(1);
    at.park(2, "fr");
    at.begin();
    at.apply(1);
    at.roll_back();
    at.go_to(2);
    at.claim.position = global_position{2};
    CHECK_THROWS_AS((void)at.target.models().begin({&at.claim, 1}), claim_lost);
}

TEST_CASE("memory projection: events that fail are parked by the projector, whatever else fails before and after") {
    world at;
    for (const char* country : {"de", "fr", "it", "fr", "de", "it", "es", "fr", "de"}) at.sell(country);
    at.broken = {{"fr", true}, {"it", true}};
    projector_options options;
    options.batch = batch_limit{3};
    for (const auto& policy : {error_policy{}, error_policy::park_at_once()}) {
        options.on_failure = policy;
        at.target.models().remove("board");
        projector driver{at.store, at.target.models(), at.target, options};
        driver.catch_up();
        CHECK(shown(at.target) == "4: de=3 es=1 at 9");
        CHECK(at.keys() == std::vector<std::string>{"till-fr", "till-it"});
        CHECK(at.target.models().dead_letters().count("board").failed == 2);
        CHECK(at.target.models().dead_letters().count("board").behind == 3);
    }
}

TEST_CASE("memory projection: only so many events are parked") {
    world at;
    at.create();
    at.begin();
    at.session->park(world::place(1, "de"), 2);
    at.session->park(world::place(2, "de"), 2);
    CHECK_THROWS_AS(at.session->park(world::place(3, "de"), 2), limit_exceeded);
}

TEST_CASE("memory projection: parked events are replayed in order, and the key is free when all were applied") {
    world at;
    for (const char* country : {"fr", "de", "fr"}) at.sell(country);
    at.create();
    at.park(1, "fr");
    at.go_to(2);
    at.park(3, "fr");
    const partition_claim before = at.claim_now();
    auto replay = at.target.models().dead_letters().replay("board", "till-fr", definition_of(at.target));
    for (std::int64_t position : {1, 3}) {
        REQUIRE(replay->first());
        CHECK(replay->first()->position == global_position{position});
        replay->attempt([&] { at.apply_at(position, *replay); });
        replay->applied();
    }
    CHECK_FALSE(replay->first());
    replay->commit();
    replay.reset();
    CHECK(shown(at.target) == "3: de=1 fr=2 at 3");
    CHECK(at.keys().empty());
    CHECK_THROWS_AS((void)at.target.models().begin({&before, 1}), claim_lost);
}

TEST_CASE("memory projection: a replay that fails again keeps why, and what came before it is applied in its place") {
    world at;
    for (const char* country : {"fr", "de", "fr"}) at.sell(country);
    at.create();
    at.park(1, "fr");
    at.go_to(2);
    at.park(3, "fr");
    {
        const auto replay = at.target.models().dead_letters().replay("board", "till-fr", definition_of(at.target));
        replay->attempt([&] { at.apply_at(1, *replay); });
        replay->applied();
        at.broken["fr"] = true;
        CHECK_THROWS_AS(replay->attempt([&] { at.apply_at(3, *replay); }), std::runtime_error);
        replay->failed("that country is not known", timestamp{});
        replay->commit();
    }
    at.broken.clear();
    CHECK(shown(at.target) == "0: at 0");
    at.go_to(3);
    CHECK(shown(at.target) == "2: de=1 fr=1 at 3");
    const auto parked = at.target.models().dead_letters().list({"board"});
    REQUIRE(parked.size() == 1);
    CHECK(parked[0].position == global_position{3});
    CHECK(parked[0].error == "that country is not known");
    CHECK(parked[0].attempts == 1);
}

TEST_CASE("memory projection: a replay that is given up changes nothing for good") {
    world at;
    at.sell("fr");
    at.create();
    at.park(1, "fr");
    {
        const auto replay = at.target.models().dead_letters().replay("board", "till-fr", definition_of(at.target));
        replay->attempt([&] { at.apply_at(1, *replay); });
        replay->applied();
    }
    at.go_to(1);
    CHECK(shown(at.target) == "0: at 1");
    CHECK(at.keys() == std::vector<std::string>{"till-fr"});
}

TEST_CASE("memory projection: a replay by a program that means something else is refused") {
    world at;
    at.create();
    CHECK_THROWS_AS((void)at.target.models().dead_letters().replay("board", "till-fr", "projection board 2\n"),
                    definition_error);
    at.begin();  // and it holds nobody up
    at.roll_back();
}

TEST_CASE("memory projection: what is dropped stays out, and is kept as dropped") {
    world at;
    for (const char* country : {"fr", "de"}) at.sell(country);
    at.create();
    at.park(1, "fr");
    CHECK_FALSE(at.target.models().dead_letters().drop("board", global_position{2}, "why", timestamp{}));
    CHECK(at.target.models().dead_letters().drop("board", global_position{1}, "a test order", timestamp{}));
    CHECK(at.keys().empty());
    const auto dropped = at.target.models().dead_letters().dropped("board", 10);
    REQUIRE(dropped.size() == 1);
    CHECK(dropped[0].reason == "a test order");
    at.begin();
    at.apply(2);
    at.roll_back();
    at.go_to(1);
    at.go_to(2);
    CHECK(shown(at.target) == "1: de=1 at 2");
}

TEST_CASE("memory projection: a worker that was overtaken commits nothing") {
    world at;
    at.sell("de");
    at.create();
    lease_store& leases = at.target.models().leases();
    const partition_claim first = at.claim_now(worker(1));
    CHECK_FALSE(leases.claim("board", {}, worker(2)));
    auto slow = at.target.models().begin({&first, 1});
    at.apply_at(1, *slow);
    const auto watched = at.target.models().find("board")->partitions.front();
    REQUIRE(leases.claim("board", {}, worker(2), watched));
    CHECK_THROWS_AS(slow->commit(global_position{1}, timestamp{}), claim_lost);
    slow.reset();
    CHECK(shown(at.target) == "0: at 0");
}

TEST_CASE("memory projection: a sign of life keeps a lease, and one that is given up is free") {
    world at;
    at.create();
    lease_store& leases = at.target.models().leases();
    const partition_claim first = at.claim_now(worker(1));
    const auto watched = at.target.models().find("board")->partitions.front();
    CHECK(leases.beat({&first, 1}).size() == 1);
    CHECK_FALSE(leases.claim("board", {}, worker(2), watched));
    leases.release({&first, 1});
    CHECK(leases.claim("board", {}, worker(2)));
    CHECK(leases.beat({&first, 1}).empty());
    CHECK_THROWS_AS(leases.split("board", {}), invalid_request);
}

TEST_CASE("memory projection: nobody works on it while it is paused") {
    world at;
    at.create();
    const partition_claim before = at.claim_now();
    at.target.models().pause("board", true);
    CHECK_FALSE(at.target.models().leases().claim("board", {}, {}));
    CHECK_THROWS_AS((void)at.target.models().begin({&before, 1}), claim_lost);
    at.target.models().pause("board", false);
    CHECK(at.target.models().leases().claim("board", {}, {}));
    CHECK_THROWS_AS(at.target.models().pause("another", true), definition_error);
}

TEST_CASE("memory projection: is kept whole") {
    world at;
    CHECK_THROWS_AS(at.target.models().create(at.target, at.store.identity(), partitions(2)), definition_error);
}

TEST_CASE("memory projection: is rebuilt in a second object, and the two change places") {
    world at;
    at.sell("de", 2);
    at.sell("fr", 3);
    projector driver{at.store, at.target.models(), at.target};
    driver.catch_up();
    board again{"board", 1};
    again.on([](totals& known, const ItemSold& event, const event_view&) { known.units[event.country()] += 100; });
    rebuild(at.store, at.target.models(), again);
    CHECK(shown(at.target) == "0: de=100 fr=100 at 2");
    at.sell("de", 4);
    driver.catch_up();
    CHECK(shown(at.target) == "1: de=104 fr=100 at 3");
}

TEST_CASE("memory projection: a rebuild in the same object, or in none like it, is refused with what to do") {
    world at;
    at.create();
    memory_projection<int> other{"board", 1};
    const auto sql = sql_projection{"board", 1};
    CHECK_THROWS_AS((void)at.target.models().beside(at.target), definition_error);
    CHECK_THROWS_AS((void)at.target.models().beside(other), definition_error);
    CHECK_THROWS_AS((void)at.target.models().beside(sql), definition_error);
}

TEST_CASE("memory projection: a saved object is where the next process goes on") {
    model_file file;
    world at;
    for (const char* country : {"de", "fr", "de"}) at.sell(country);
    at.target.save_to(file.models(), at.store.identity(), 2, bytes_of, totals_of);
    at.create();
    at.go_to(1);  // too little to be saved
    at.go_to(3);
    CHECK(at.target.save_error() == "");

    board next{"board", 1};
    teach(next, at.broken);
    next.save_to(file.models(), at.store.identity(), 2, bytes_of, totals_of);
    CHECK(shown(next) == "3: de=2 fr=1 at 3");
    at.sell("it");
    projector{at.store, next.models(), next}.catch_up();
    CHECK(shown(next) == "4: de=2 fr=1 it=1 at 4");
    CHECK(next.save());
    CHECK_FALSE(next.save());
}

TEST_CASE("memory projection: a failure goes back to what was saved, not to the beginning") {
    model_file file;
    world at;
    for (const char* country : {"de", "fr", "de", "it"}) at.sell(country);
    at.target.save_to(file.models(), at.store.identity(), 100, bytes_of, totals_of);
    at.create();
    at.go_to(2);
    REQUIRE(at.target.save());
    at.go_to(3);
    at.begin();
    at.apply(4);
    at.roll_back();
    CHECK(shown(at.target) == "2: de=1 fr=1 at 2");
    at.go_to(4);
    CHECK(shown(at.target) == "4: de=2 fr=1 it=1 at 4");
}

TEST_CASE("memory projection: nothing is saved while events are parked, so that a restart tries them again") {
    model_file file;
    world at;
    for (const char* country : {"de", "fr"}) at.sell(country);
    at.target.save_to(file.models(), at.store.identity(), 1, bytes_of, totals_of);
    at.create();
    at.go_to(1);
    at.park(2, "fr");
    CHECK_FALSE(at.target.save());
    board next{"board", 1};
    teach(next, at.broken);
    next.save_to(file.models(), at.store.identity(), 1, bytes_of, totals_of);
    CHECK(shown(next) == "1: de=1 at 1");
}

TEST_CASE("memory projection: what was saved by another version, definition or store, or cannot be read, is left out") {
    model_file file;
    world at;
    at.sell("de");
    at.target.save_to(file.models(), at.store.identity(), 1, bytes_of, totals_of);
    at.create();
    at.go_to(1);
    const auto loaded = [&](std::uint32_t version, const store_identity& source, bool returns, auto read_bytes) {
        board next{"board", version};
        teach(next, at.broken);
        if (returns) next.on([](totals&, const ItemReturned&, const event_view&) {});
        next.save_to(file.models(), source, 1, bytes_of, read_bytes);
        return next.models().find("board").has_value();
    };
    store_identity other = at.store.identity();
    other.history.value = other.history.value.child(1);
    CHECK(loaded(1, at.store.identity(), false, totals_of));
    CHECK_FALSE(loaded(2, at.store.identity(), false, totals_of));
    CHECK_FALSE(loaded(1, other, false, totals_of));
    CHECK_FALSE(loaded(1, at.store.identity(), true, totals_of));
    CHECK_FALSE(loaded(1, at.store.identity(), false,
                       [](std::string_view) -> totals { throw std::runtime_error("no such form"); }));
}

TEST_CASE("memory projection: a rebuild forgets what was saved") {
    model_file file;
    world at;
    at.sell("de");
    at.target.save_to(file.models(), at.store.identity(), 1, bytes_of, totals_of);
    at.create();
    at.go_to(1);
    board again{"board", 1};
    teach(again, at.broken);
    rebuild(at.store, at.target.models(), again);
    CHECK_FALSE(file.models().find("board_saved"));
    CHECK(at.target.save());
    CHECK(file.models().find("board_saved"));
}

TEST_CASE("memory projection: a table of another projection is not taken for the saved object") {
    model_file file;
    world at;
    sql_projection other{"board_saved", 1};
    other.table("facts", "create table facts (a integer) strict");
    file.models().create(sql_projection{other}, at.store.identity());
    at.target.save_to(file.models(), at.store.identity(), 1, bytes_of, totals_of);
    CHECK(at.target.save_error() != "");
    CHECK_THROWS_AS(at.create(), definition_error);
    CHECK(file.models().find("board_saved"));
}

TEST_CASE("memory projection: where it is saved is said once, after its handlers and before it is driven") {
    model_file file;
    world at;
    CHECK_THROWS_AS(at.target.save(), definition_error);
    at.create();
    CHECK_THROWS_AS(at.target.save_to(file.models(), at.store.identity(), 1, bytes_of, totals_of), definition_error);
    board next{"board", 1};
    next.save_to(file.models(), at.store.identity(), 1, bytes_of, totals_of);
    CHECK_THROWS_AS(teach(next, at.broken), definition_error);
}

TEST_CASE("memory projection: a message is saved without further ado") {
    model_file file;
    memory_world at;
    append_to(at.store, stream_id{"till", "1"}, {}, sold("de", 7));
    const auto units = [&](bool drive) {
        memory_projection<ItemSold> last{"last", 1};
        last.on([](ItemSold& known, const ItemSold& event, const event_view&) { known = event; });
        last.save_to(file.models(), at.store.identity(), 1);
        if (drive) projector{at.store, last.models(), last}.catch_up();
        return last.read([](const ItemSold& known, global_position) { return known.units(); });
    };
    CHECK(units(true) == 7);
    CHECK(units(false) == 7);
}

TEST_SUITE("threads") {
    TEST_CASE("memory projection: readers see whole batches only, while it moves on and goes back") {
        // Each batch brings an equal number of sales of two countries.
        world at;
        for (int i = 0; i < 300; ++i) {
            at.sell("de");
            at.sell("fr");
        }
        at.create();
        std::atomic<bool> done = false;
        std::atomic<int> torn = 0;
        std::atomic<std::int64_t> reads = 0;
        {
            std::vector<std::jthread> readers;
            for (int i = 0; i < 3; ++i)
                readers.emplace_back([&] {
                    while (!done) {
                        const bool whole = at.target.read([](const totals& known, global_position position) {
                            const auto units = [&](const char* country) {
                                const auto found = known.units.find(country);
                                return found == known.units.end() ? 0 : found->second;
                            };
                            return units("de") == units("fr") && known.events == position.value;
                        });
                        if (!whole) ++torn;
                        ++reads;
                    }
                });
            for (std::int64_t position = 2; position <= 600; position += 2) {
                if (position % 100 == 0) {
                    at.begin();
                    at.apply(at.position() + 1);
                    at.roll_back();
                }
                at.go_to(position);
            }
            // Each of them gets its turn, however fast the batches follow each other.
            const std::int64_t before = reads;
            while (reads < before + 10) {
                at.begin();
                at.apply(at.position());
                at.roll_back();
                at.go_to(600);
            }
            done = true;
        }
        CHECK(torn == 0);
        CHECK(shown(at.target) == "600: de=300 fr=300 at 600");
    }

    TEST_CASE("memory projection: it moves on while readers follow each other without a gap") {
        world at;
        at.sell("de");
        at.create();
        std::atomic<bool> done = false;
        {
            std::vector<std::jthread> readers;
            for (int i = 0; i < 4; ++i)
                readers.emplace_back([&] {
                    while (!done) at.target.read([](const totals& known, global_position) { return known.events; });
                });
            at.go_to(1);
            done = true;
        }
        CHECK(at.position() == 1);
    }
}
