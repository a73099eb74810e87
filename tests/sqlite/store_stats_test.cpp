#include <foldline/sqlite/store_stats.hpp>

#include "lived_in_store.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <string>
#include <tuple>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

std::uintmax_t log_of(const lived_in_store& world) {
    return std::filesystem::file_size(world.path().string() + "-wal");
}

}  // namespace

TEST_CASE("stats: count what is in a store, by category and by type") {
    lived_in_store world;
    auto& store = world.open();
    const auto found = sqlite::stats_of(*world.file);
    CHECK(found.identity == store.identity());
    CHECK(found.head == store.head());
    CHECK(found.events == lived_in_store::events);
    CHECK(found.streams == lived_in_store::streams);
    CHECK(found.snapshots == lived_in_store::snapshots);
    CHECK(found.caller_ids == 10);
    REQUIRE(found.first_recorded);
    CHECK(*found.last_recorded - *found.first_recorded == std::chrono::seconds{9});

    std::vector<std::tuple<std::string, std::int64_t, std::int64_t>> categories;
    for (const auto& each : found.categories) categories.emplace_back(each.name, each.streams, each.events);
    CHECK(categories == decltype(categories){{"note", 2, 10}, {"till", 3, 10}});
    std::vector<std::tuple<std::string, std::uint32_t, std::int64_t>> types;
    for (const auto& each : found.types) types.emplace_back(each.name, each.version, each.events);
    CHECK(types == decltype(types){{"noted", 2, 10}, {"item-returned", 1, 5}, {"item-sold", 2, 5}});
    CHECK(found.file_bytes == std::filesystem::file_size(world.path()));
    CHECK(found.log_bytes == log_of(world));
}

TEST_CASE("stats: of an empty store there is nothing to count") {
    const scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file{folder / "store.db"};
    CHECK_THROWS_AS((void)sqlite::stats_of(file), incompatible_store);  // not even named yet
    const sqlite::sqlite_event_store store{file, time, ids};
    const auto found = sqlite::stats_of(file);
    CHECK(found.events == 0);
    CHECK(found.head == global_position{0});
    CHECK_FALSE(found.first_recorded);
    CHECK_FALSE(found.last_recorded);
    CHECK(found.categories.empty());
}

TEST_CASE("stats: tells how far it has come, and what the report throws ends it") {
    lived_in_store world;
    world.open();
    sqlite::work_progress last;
    (void)sqlite::stats_of(*world.file, [&](const sqlite::work_progress& now) { last = now; });
    CHECK(last.done == lived_in_store::events);
    CHECK(last.all == lived_in_store::events);

    struct enough {};
    CHECK_THROWS_AS((void)sqlite::stats_of(*world.file, [](const sqlite::work_progress&) { throw enough{}; }), enough);
    CHECK(sqlite::stats_of(*world.file).events == lived_in_store::events);
}

TEST_CASE("stats: pages that are free are told apart") {
    lived_in_store world;
    world.open();
    const auto before = sqlite::stats_of(*world.file).free_bytes;
    raw_sqlite raw{world.path()};
    raw.execute("create table spare (x); insert into spare values (zeroblob(51200)); drop table spare");
    CHECK(sqlite::stats_of(*world.file).free_bytes >= before + 51'200);
}

TEST_CASE("compact: moves the log into the file and empties it") {
    lived_in_store world;
    auto& store = world.open();
    (void)store.append(lived_in_store::request(11));
    REQUIRE(log_of(world) > 0);
    CHECK(sqlite::compact(*world.file));
    CHECK(log_of(world) == 0);
    (void)store.append(lived_in_store::request(13));
    CHECK(store.head() == global_position{lived_in_store::events + 4});
}

TEST_CASE("compact: a reader that needs the log keeps it, and nobody waits for it") {
    lived_in_store world;
    auto& store = world.open();
    const auto reader = world.file->open_reader();
    {
        auto held = reader->prepare("select position from log_events order by position");
        REQUIRE(held.step());
        (void)store.append(lived_in_store::request(11));
        CHECK_FALSE(sqlite::compact(*world.file));
        CHECK(log_of(world) > 0);
    }
    CHECK(sqlite::compact(*world.file));
    CHECK(log_of(world) == 0);
}

TEST_CASE("compact: a file that is only read is refused") {
    lived_in_store world;
    world.open(sqlite::open_mode::read_only);
    CHECK_THROWS_AS((void)sqlite::compact(*world.file), storage_error);
}
