// What the writer remembers of its streams is bounded, and never more than what is committed.

#include "support/scratch_folder.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <string>
#include <variant>

namespace {

using namespace foldline;
using namespace foldline_tests;

event_data event_of(std::string payload, event_type type = {"thing-done", 1}) {
    event_data event;
    event.type = type;
    event.payload = std::move(payload);
    return event;
}

append_request one(const stream_id& stream, std::int64_t at, std::string payload = "x") {
    return append_request::to(stream, expected_version::exactly(stream_version{at}), {event_of(std::move(payload))});
}

struct world {
    scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file{folder / "store.db", {.durable = sqlite::durability::off}};
    sqlite::sqlite_event_store store{file, time, ids};

    bool is_stored(const append_request& request) { return std::holds_alternative<appended>(store.append(request)); }
};

stream_id numbered(int number) { return {"thing", std::to_string(number)}; }

}  // namespace

TEST_CASE("stream heads: after 200,000 streams each of them is still where it was") {
    world world;
    constexpr int streams = 200'000;
    constexpr int together = 10'000;
    for (int first = 0; first < streams; first += together) {
        append_request request;
        for (int i = first; i < first + together; ++i)
            request.writes.push_back({numbered(i), expected_version::no_stream(), {event_of("first")}});
        REQUIRE(world.is_stored(request));
    }
    for (const int number : {0, 1, 49'999, 50'000, 99'999, 100'000, 149'999, 150'000, streams - 1}) {
        CAPTURE(number);
        CHECK_FALSE(world.is_stored(one(numbered(number), 0)));
        CHECK(world.is_stored(one(numbered(number), 1)));
        CHECK_FALSE(world.is_stored(one(numbered(number), 1)));
        CHECK(world.is_stored(one(numbered(number), 2)));
    }
    CHECK(world.store.head() == global_position{streams + 18});
}

TEST_CASE("stream heads: an append that is refused teaches nothing that is not so") {
    world world;
    const stream_id a{"thing", "a"};
    const stream_id b{"thing", "b"};
    REQUIRE(world.is_stored(one(a, 0)));
    append_request both = one(b, 0);
    both.writes.push_back({a, expected_version::exactly(stream_version{7}), {event_of("x")}});
    CHECK_FALSE(world.is_stored(both));
    CHECK_FALSE(world.is_stored(one(b, 1)));
    CHECK(world.is_stored(one(b, 0)));
    CHECK(world.is_stored(one(a, 1)));
    append_request conditional = one(a, 2);
    conditional.conditions.push_back({b, expected_version::no_stream()});
    CHECK_FALSE(world.is_stored(conditional));
    CHECK(world.is_stored(one(a, 2)));
    CHECK(world.store.head() == global_position{4});
}

TEST_CASE("stream heads: an append that failed takes everything that it had begun with it") {
    world world;
    const stream_id old{"thing", "old"};
    const stream_id fresh{"thing", "fresh"};
    REQUIRE(world.is_stored(one(old, 0)));
    {
        const auto lease = world.file.lease_writer();
        const auto pages = lease.db().integer("pragma page_count");
        lease.db().execute("pragma max_page_count = " + std::to_string(pages + 10));
    }
    // A new stream and a new type are begun before the event comes for which there is no room.
    append_request large = one(fresh, 0);
    large.writes[0].events[0].type = {"thing-begun", 1};
    large.writes.push_back({old, expected_version::any(), {event_of(std::string(500'000, 'x'))}});
    try {
        (void)world.store.append(large);
        FAIL("there was room");
    } catch (const storage_error& full) {
        CHECK(full.outcome == write_outcome::nothing_stored);
    }
    CHECK(world.store.head() == global_position{1});
    CHECK(world.store.stored_types().size() == 1);
    CHECK_FALSE(world.is_stored(one(fresh, 1)));
    CHECK(world.is_stored(one(fresh, 0)));
    CHECK(world.is_stored(one(old, 1)));
    append_request begun = one(fresh, 1);
    begun.writes[0].events[0].type = {"thing-begun", 1};
    CHECK(world.is_stored(begun));
    std::string seen;
    world.store.read(read_query::stream(fresh), batch_limit{10},
                     [&](const event_view& event) { seen += world.store.type_of(event.type).to_string() + ' '; });
    CHECK(seen == "thing-done@1 thing-begun@1 ");
}
