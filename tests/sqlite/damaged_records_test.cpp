// Records that stand beside the events and have no checksum of their own: what is damaged in them is found through the
// events, before it does harm.

#include "raw_sqlite.hpp"
#include "support/scratch_folder.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

const stream_id a{"order", "a"};
const stream_id b{"order", "b"};
const event_schema schema{{"line-added", 1}, "shop.LineAdded", "not really a descriptor set"};

append_request sent(const stream_id& stream, const std::string& name, int count) {
    append_request request = append_request::to(stream, expected_version::any(), {});
    for (int i = 0; i < count; ++i) {
        event_data event;
        event.type = schema.type;
        event.schema = &schema;
        event.payload = name + std::to_string(i);
        event.id = event_id{uuid::from_name(event.payload)};
        request.writes[0].events.push_back(event);
    }
    return request;
}

/// A store of six events, opened and damaged by hand: x0 y0 y1 z0 z1 z2, with y in another stream.
struct damaged_store {
    damaged_store() {
        open();
        for (const auto& request : {x, y, z}) (void)store->append(request);
        close();
    }
    sqlite::sqlite_event_store& open(sqlite::open_mode mode = sqlite::open_mode::create) {
        close();
        file.emplace(folder / "store.db", sqlite::database_options{.mode = mode, .durable = sqlite::durability::off});
        return store.emplace(*file, time, ids);
    }
    void close() {
        store.reset();
        file.reset();
    }
    void damage(const std::string& sql) {
        close();
        raw_sqlite raw{folder / "store.db"};
        raw.execute(
            "drop trigger if exists log_events_are_not_changed; drop trigger if exists log_events_are_not_deleted;"
            "drop trigger if exists log_appends_are_not_changed; drop trigger if exists log_appends_are_not_deleted");
        raw.execute(sql);
        REQUIRE(raw.changes() > 0);
    }

    append_request x = sent(a, "x", 1);
    append_request y = sent(b, "y", 2);
    append_request z = sent(a, "z", 3);
    event_id first_of_z = *z.writes[0].events[0].id;
    std::string record_of_z = " where version = 4 and count = 3";

    scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids;
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_event_store> store;
};

/// What was said against an append; empty if it had a result.
std::string refusal_of(event_store& store, const append_request& request) {
    try {
        (void)store.append(request);
        return {};
    } catch (const corrupt_data& found) {
        return found.what();
    }
}

}  // namespace

TEST_CASE("damaged record: an append whose record contradicts its events is neither found nor stored again") {
    for (const char* change : {"version = 3", "version = 5", "version = 1", "version = 0", "version = -1",
                               "version = 9223372036854775807", "count = 2", "count = 1", "count = 4", "count = 0",
                               "count = -1", "count = 9223372036854775807", "stream = 2", "stream = 77"}) {
        CAPTURE(change);
        damaged_store world;
        world.damage(std::string("update log_appends set ") + change + world.record_of_z);
        auto& store = world.open();
        CHECK_THROWS_AS((void)store.find_append(world.first_of_z), corrupt_data);
        // Whatever it says, it stores nothing.
        CHECK(refusal_of(store, world.z).find("store.db is damaged") != std::string::npos);
        CHECK(store.head() == global_position{6});
        // The other appends are not touched by it, and the store goes on.
        CHECK(store.find_append(*world.y.writes[0].events[0].id)->result.position == global_position{3});
        CHECK(std::get<appended>(store.append(world.x)).when == stored::before);
        CHECK(std::get<appended>(store.append(sent(a, "new", 1))).position == global_position{7});
    }
}

TEST_CASE("damaged record: an append whose stream has lost its name is neither found nor stored again") {
    damaged_store world;
    world.damage("delete from log_streams where id = 'a'");
    auto& store = world.open();
    CHECK_THROWS_AS((void)store.find_append(world.first_of_z), corrupt_data);
    CHECK_THROWS_AS((void)store.append(world.z), corrupt_data);
    CHECK(store.head() == global_position{6});
}

TEST_CASE("damaged record: an append whose stream is called otherwise is not found under that name") {
    damaged_store world;
    for (const char* name : {"c", "\xFF", ""}) {
        world.damage(std::string("update log_streams set id = '") + name + "' where stream = 1");
        auto& store = world.open();
        CHECK_THROWS_AS((void)store.find_append(world.first_of_z), corrupt_data);
        CHECK(store.head() == global_position{6});
    }
}

TEST_CASE("damaged record: a last event that does not follow the one before it ends the writing, not the reading") {
    for (const char* sql : {"update log_events set position = 9 where position = 6",
                            "delete from log_events where position = 5", "delete from log_events where position < 6"}) {
        CAPTURE(sql);
        damaged_store world;
        world.damage(sql);
        CHECK_THROWS_AS(world.open(), corrupt_data);
        world.close();
        auto& reader = world.open(sqlite::open_mode::read_only);
        CHECK_THROWS_AS((void)reader.head(), corrupt_data);
        CHECK_THROWS_AS(reader.read(read_query::all(), batch_limit{10}, [](const event_view&) {}), corrupt_event);
    }
}

TEST_CASE("damaged record: removed on purpose, the events before the last one are no damage") {
    damaged_store world;
    world.damage(
        "delete from log_events where position < 6;"
        "insert into log_purges values (1, 2, 0, 'asked for'), (3, 5, 0, 'asked for')");
    CHECK(world.open().head() == global_position{6});
    world.damage("delete from log_events; insert into log_purges values (6, 6, 0, 'asked for')");
    auto& store = world.open();
    CHECK(store.head() == global_position{6});
    CHECK(std::get<appended>(store.append(sent(b, "new", 1))).position == global_position{7});
}

TEST_CASE("damaged record: a stream whose last event does not follow the one before it is not written to") {
    damaged_store world;
    world.damage("update log_events set version = 9 where stream = 1 and version = 4");
    auto& store = world.open();
    CHECK_THROWS_AS((void)store.append(sent(a, "new", 1)), corrupt_event);
    CHECK(std::get<appended>(store.append(sent(b, "other", 1))).version == stream_version{3});
    CHECK(store.head() == global_position{7});
}

TEST_CASE("damaged record: a schema that does not match its hash or its checksum is not given out") {
    for (const char* change :
         {"descriptor_set = x'00'", "hash = hash + 1", "descriptor_set = x''", "revision = 2", "first_position = 2",
          "first_position = 0", "message = 'shop.LineRemoved'", "checksum = checksum + 1", "checksum = null"}) {
        CAPTURE(change);
        damaged_store world;
        CHECK(world.open().stored_schemas(schema.type).at(0).descriptor_set == schema.descriptor_set);
        world.damage(std::string("update log_schemas set ") + change);
        CHECK_THROWS_AS((void)world.open().stored_schemas(schema.type), corrupt_data);
    }
}

// What is written down nowhere else cannot be missed: only a signed head kept elsewhere would tell.
TEST_CASE("damaged record: a log whose last events were cut off reads as a shorter one") {
    damaged_store world;
    world.damage("delete from log_events where position > 5");
    auto& store = world.open();
    CHECK(store.head() == global_position{5});
    CHECK(store.read(read_query::all(), batch_limit{10}, [](const event_view&) {}).events == 5);
}
