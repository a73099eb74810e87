// A store made of the events of another one: with their numbers and times, or numbered anew.

#include "support/scratch_folder.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/sqlite/event_copy.hpp>
#include <foldline/sqlite/event_import.hpp>
#include <foldline/sqlite/verify.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using sqlite::event_import;
using sqlite::import_options;
using sqlite::imported_event;
using sqlite::numbering;

/// The `number`-th event of some log: two streams in turns, an hour apart.
imported_event event(int number) {
    event_data data;
    data.type = {"thing-done", 1};
    data.payload = std::to_string(number);
    data.id = event_id{uuid::from_name(std::to_string(number))};
    const timestamp recorded{std::chrono::hours{number}};
    data.occurred_at = recorded - std::chrono::minutes{1};
    return {stream_id{"thing", std::to_string(number % 2)}, stream_version{(number + 1) / 2}, global_position{number},
            recorded, std::move(data)};
}

/// The same as the first of a write of `size` events to one stream.
std::vector<imported_event> write_of(int first, std::size_t size) {
    std::vector<imported_event> events;
    for (std::size_t i = 0; i < size; ++i) {
        imported_event each = event(first + static_cast<int>(i));
        each.stream = stream_id{"write", std::to_string(first)};
        each.version = stream_version{static_cast<std::int64_t>(i) + 1};
        each.recorded_at = event(first).recorded_at;
        each.write_size = i == 0 ? size : 0;
        events.push_back(std::move(each));
    }
    return events;
}

struct import_world {
    event_import& begin(import_options options = {}) {
        work.reset();
        return work.emplace(file(), time, ids, options);
    }
    void end() {
        (void)work->publish();
        work.reset();
    }
    void import(int events, import_options options = {}) {
        begin(options);
        for (int number = 1; number <= events; ++number) work->add(event(number));
        end();
    }
    std::string refusal_of(imported_event bad) {
        try {
            work->add(std::move(bad));
        } catch (const error& refused) {
            return refused.what();
        }
        return "";
    }
    [[nodiscard]] std::filesystem::path file() const { return folder / "new.db"; }
    [[nodiscard]] std::filesystem::path partial() const { return folder / "new.db.partial"; }

    /// `payload@version/position` of every event.
    std::string content() {
        std::string text;
        read([&](const event_view& each, const event_store&) {
            text += std::string(each.payload) + "@" + std::to_string(each.version.value) + "/" +
                    std::to_string(each.position.value) + " ";
        });
        return text;
    }
    void read(const std::function<void(const event_view&, const event_store&)>& sink) {
        sqlite::database database{file(), {.mode = sqlite::open_mode::read_only}};
        CHECK(sqlite::verify(database).is_sound());
        const sqlite::sqlite_event_store store{database, time, ids};
        (void)store.read(read_query::all(), batch_limit{10'000}, [&](const event_view& each) { sink(each, store); });
    }

    scratch_folder folder;
    system_clock time;
    testing::sequential_ids ids;
    std::optional<event_import> work;
};

}  // namespace

TEST_CASE("import: events keep what they had, and the file is there only at the end") {
    import_world world;
    event_import& work = world.begin({.events_per_commit = 3});
    for (int number = 1; number <= 10; ++number) work.add(event(number));
    CHECK_FALSE(std::filesystem::exists(world.file()));
    const sqlite::copied_store made = work.publish();
    CHECK(made.events == 10);
    CHECK(made.head == global_position{10});
    world.work.reset();
    int number = 0;
    world.read([&](const event_view& each, const event_store& store) {
        const imported_event given = event(++number);
        CHECK(each.stream == given.stream.ref());
        CHECK(each.version == given.version);
        CHECK(each.position == given.position);
        CHECK(each.id == given.data.id);
        CHECK(each.recorded_at == given.recorded_at);
        CHECK(each.occurred_at == given.data.occurred_at);
        CHECK(each.payload == given.data.payload);
        CHECK(store.type_of(each.type) == given.data.type);
        CHECK_FALSE(store.find_append(each.id));
    });
    CHECK(number == 10);
    CHECK_FALSE(std::filesystem::exists(world.partial()));
}

TEST_CASE("import: what was committed before it was stopped is not stored again") {
    import_world world;
    world.begin({.events_per_commit = 4});
    for (int number = 1; number <= 10; ++number) world.work->add(event(number));
    world.work.reset();
    CHECK(std::filesystem::exists(world.partial()));
    event_import& again = world.begin();
    for (int number = 1; number <= 12; ++number) again.add(event(number));
    CHECK(again.events_found() == 8);
    CHECK(again.events() == 12);
    world.end();
    CHECK(world.content().ends_with("12@6/12 "));
}

TEST_CASE("import: a store that bears the name is compared, and never changed") {
    import_world world;
    world.import(6);
    const auto before = std::filesystem::last_write_time(world.file());
    event_import& again = world.begin();
    CHECK(again.was_there());
    for (int number = 1; number <= 6; ++number) again.add(event(number));
    CHECK(again.publish().events == 6);
    imported_event more = event(7);
    CHECK_THROWS_AS(again.add(more), incompatible_store);
    event_import& other = world.begin();
    other.add(event(1));
    imported_event changed = event(2);
    changed.data.payload = "changed";
    CHECK(world.refusal_of(changed).find("payload differs") != std::string::npos);
    other.discard();
    world.work.reset();
    CHECK(std::filesystem::last_write_time(world.file()) == before);
}

TEST_CASE("import: an event that does not follow is refused with the reason") {
    const auto refusal = [](const std::function<void(imported_event&)>& change) {
        import_world world;
        world.begin();
        for (int number = 1; number <= 4; ++number) world.work->add(event(number));
        imported_event bad = event(5);
        change(bad);
        const std::string why = world.refusal_of(bad);
        world.work->discard();
        world.work.reset();
        CHECK_FALSE(std::filesystem::exists(world.partial()));
        return why;
    };
    const auto says = [](const std::string& text, const char* words) {
        CHECK_MESSAGE(text.find(words) != std::string::npos, text);
    };
    says(refusal([](auto& bad) { bad.position = global_position{6}; }), "position 6 and the one before at 4");
    says(refusal([](auto& bad) { bad.position = global_position{4}; }), "position 4");
    says(refusal([](auto& bad) { bad.version = stream_version{4}; }), "thing-1 ends at version 2");
    says(refusal([](auto& bad) { bad.version = stream_version{2}; }), "thing-1 ends at version 2");
    says(refusal([](auto& bad) { bad.recorded_at = timestamp{}; }), "before the one in front of it");
    says(refusal([](auto& bad) { bad.data.id.reset(); }), "without an id");
    says(refusal([](auto& bad) { bad.data.type.version = 0; }), "has no type");
    says(refusal([](auto& bad) { bad.data.type.name = "\x01"; }), "name that is none");
}

TEST_CASE("import: a write is known by its first id, once") {
    import_world world;
    world.begin({.events_per_commit = 2});
    for (imported_event& each : write_of(1, 3)) world.work->add(std::move(each));
    for (imported_event& each : write_of(4, 1)) world.work->add(std::move(each));
    imported_event again = event(5);
    again.data.id = event(1).data.id;
    again.version = stream_version{1};
    again.write_size = 1;
    CHECK(world.refusal_of(again).find("began a write before") != std::string::npos);
    world.work.reset();

    world.begin();
    for (imported_event& each : write_of(1, 3)) world.work->add(std::move(each));
    for (imported_event& each : write_of(4, 1)) world.work->add(std::move(each));
    world.end();
    world.read([&](const event_view& each, const event_store& store) {
        const auto written = store.find_append(each.id);
        const std::size_t size = each.position == global_position{1} ? 3 : each.position == global_position{4} ? 1 : 0;
        CHECK((written ? written->count : 0) == size);
    });
}

TEST_CASE("import: of a write that is not whole nothing is stored, or its events alone") {
    import_world world;
    auto events = write_of(1, 3);
    world.begin();
    world.work->add(events[0]);
    world.work->add(events[1]);
    CHECK_THROWS_AS((void)world.work->publish(), invalid_request);
    world.work->discard();

    world.begin({.numbers = numbering::anew});
    world.work->add(events[0]);
    world.work->add(events[2]);
    world.end();
    CHECK(world.content() == "1@1/1 3@2/2 ");
    world.read([](const event_view& each, const event_store& store) { CHECK_FALSE(store.find_append(each.id)); });
}

TEST_CASE("import: numbered anew, there are no gaps") {
    import_world world;
    world.begin({.numbers = numbering::anew, .index = sqlite::stream_index::merged});
    for (const int number : {2, 5, 7, 8}) world.work->add(event(number));
    world.end();
    CHECK(world.content() == "2@1/1 5@1/2 7@2/3 8@2/4 ");
}

TEST_CASE("import: every schema of a type is there, oldest first, without regard to rules") {
    import_world world;
    world.begin();
    const auto schema = [](const std::string& bytes) { return event_schema{{"thing-done", 1}, "Thing", bytes}; };
    world.work->add(schema("zz"));
    world.work->add(schema("aa"));
    world.work->add(event(1));
    world.work->add(schema("mm"));
    world.work->add(schema("zz"));
    world.work->add(event(2));
    CHECK_THROWS_AS((void)world.work->publish(), corrupt_data);  // they are none, which is found at once
    world.work.reset();
    sqlite::database database{world.partial(), {.mode = sqlite::open_mode::read_only}};
    const sqlite::sqlite_event_store store{database, world.time, world.ids};
    std::string found;
    for (const event_schema& each : store.stored_schemas({"thing-done", 1})) found += each.descriptor_set;
    CHECK(found == "zzaamm");
}

TEST_CASE("import: a copy is made of what a function makes of events") {
    import_world world;
    world.import(6);
    std::filesystem::rename(world.file(), world.folder / "from.db");
    sqlite::database database{world.folder / "from.db", {.mode = sqlite::open_mode::read_only}};
    const sqlite::sqlite_event_store from{database, world.time, world.ids};
    world.begin({.numbers = numbering::anew, .of_killed = sqlite::leftover::replaced});
    const auto doubled = [](const event_view& each, event_type type, std::vector<sqlite::copied_event>& copies) {
        if (each.position.value % 3 == 0) return;
        copies.push_back(sqlite::copy_of(each, type));
        copies.push_back(sqlite::copy_of(each, type));
        copies.back().data.id.reset();
        copies.back().data.payload += "b";
    };
    CHECK(sqlite::copy_events(database, from, read_query::all().after(global_position{1}), *world.work, doubled) == 5);
    world.end();
    CHECK(world.content() == "2@1/1 2b@2/2 4@3/3 4b@4/4 5@1/5 5b@2/6 ");
    world.read([](const event_view& each, const event_store&) {
        const event_id own = event(std::stoi(std::string(each.payload))).data.id.value();
        const bool is_second = each.payload.ends_with('b');
        CHECK(each.id == (is_second ? event_id{own.value.child(1)} : own));
    });
}
