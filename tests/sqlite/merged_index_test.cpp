// A store whose stream index is merged late, many entries at a time. Merges are small here, so that every read meets them
// in each of their states.

#include "support/scratch_folder.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/verify.hpp>
#include <foldline/testing/event_store_contract.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

sqlite::event_store_options merging(std::int64_t events) {
    sqlite::event_store_options options;
    options.index = sqlite::stream_index::merged;
    options.merge_size = events;
    return options;
}

struct world {
    explicit world(const std::filesystem::path& path, std::int64_t merge_size = 8,
                   sqlite::open_mode mode = sqlite::open_mode::create)
        : file(path, {.mode = mode, .durable = sqlite::durability::off}), store(file, time, ids, merging(merge_size)) {}

    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file;
    sqlite::sqlite_event_store store;
};

struct opened_merged final : testing::opened_store {
    explicit opened_merged(const testing::store_parts& given) : parts(given) { open(); }
    event_store& store() override { return *events; }
    bool reopen() override {
        events.reset();
        file.reset();
        open();
        return true;
    }
    void open() {
        auto options = merging(8);
        options.limits = parts.limits;
        file.emplace(folder / "store.db", sqlite::database_options{.durable = sqlite::durability::off});
        events.emplace(*file, parts.time, parts.ids, options);
    }

    scratch_folder folder;
    testing::store_parts parts;
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_event_store> events;
};

std::unique_ptr<testing::opened_store> open_merged(const testing::store_parts& parts) {
    return std::make_unique<opened_merged>(parts);
}

stream_id numbered(std::uint64_t number) { return {"thing", std::to_string(number)}; }

append_request some_events(std::mt19937_64& random, int number) {
    append_request request;
    const std::uint64_t first = random() % 40;
    for (std::uint64_t i = 0; i <= random() % 3; ++i) {
        std::vector<event_data> events(1 + random() % 3);
        for (std::size_t e = 0; e < events.size(); ++e) {
            events[e].type = {"thing-done", 1};
            events[e].payload = fmt::format("{} {} {}", number, i, e);
        }
        request.writes.push_back({numbered(first + i), expected_version::any(), std::move(events)});
    }
    return request;
}

std::vector<std::string> read_all(const event_store& store, read_query query, std::size_t page_of) {
    std::vector<std::string> lines;
    for (;;) {
        const page read = store.read(query, batch_limit{page_of}, [&](const event_view& event) {
            lines.push_back(fmt::format("{} {} {} {}", event.stream.to_string(), event.version.value,
                                        event.position.value, event.payload));
        });
        if (read.at_end) return lines;
        query = query.from(read);
    }
}

}  // namespace

TEST_CASE("merged index: keeps the contract, reopened") {
    for (const auto& promise : testing::event_store_contract()) {
        if (promise.name.starts_with("threads:")) continue;
        const std::string why = testing::failure_of(promise, open_merged).value_or("");
        CHECK_MESSAGE(why == "", std::string(promise.name), ": ", why);
    }
}

TEST_CASE("merged index: every stream reads as in a memory store, at each moment of each merge") {
    const std::uint64_t seed = seed_of_this_run();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const scratch_folder folder;
    std::optional<world> tested{std::in_place, folder / "store.db", 32};
    const testing::manual_clock time;
    testing::sequential_ids ids;
    memory_event_store model{time, ids};
    for (int number = 0; number < 400; ++number) {
        const append_request request = some_events(random, number);
        REQUIRE(std::holds_alternative<appended>(tested->store.append(request)));
        REQUIRE(std::holds_alternative<appended>(model.append(request)));
        if (random() % 40 == 0) {
            tested.reset();
            tested.emplace(folder / "store.db", 32);
        }
        const auto stream = numbered(random() % 42);
        const std::size_t page_of = 1 + random() % 5;
        const auto forward = read_query::stream(stream).after(stream_version{static_cast<std::int64_t>(random() % 4)});
        CHECK(read_all(tested->store, forward, page_of) == read_all(model, forward, page_of));
        const auto backward = read_query::stream(stream).backward();
        CHECK(read_all(tested->store, backward, page_of) == read_all(model, backward, page_of));
        const auto part =
            read_query::stream(stream).before(stream_version{static_cast<std::int64_t>(1 + random() % 9)});
        CHECK(read_all(tested->store, part, page_of) == read_all(model, part, page_of));
        if (number % 50 == 49) {
            const auto verified = sqlite::verify(tested->file);
            const std::string first_finding = verified.is_sound() ? "" : verified.findings.at(0).place;
            CHECK(first_finding == "");
            CHECK(verified.events == model.head().value);
        }
    }
}

TEST_CASE("merged index: conflicts are exact, also for streams that only the index remembers") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    const auto at = [](std::uint64_t stream, std::int64_t version) {
        event_data event;
        event.type = {"thing-done", 1};
        event.payload = "x";
        return append_request::to(numbered(stream), expected_version::exactly(stream_version{version}), {event});
    };
    for (std::int64_t round = 0; round < 3; ++round) {
        world again{path, 16};  // remembers nothing of the round before
        for (std::uint64_t stream = 0; stream < 100; ++stream) {
            CHECK(std::holds_alternative<version_conflict>(again.store.append(at(stream, round + 1))));
            CHECK(std::holds_alternative<appended>(again.store.append(at(stream, round))));
            CHECK(std::holds_alternative<version_conflict>(again.store.append(at(stream, round))));
        }
    }
}

TEST_CASE("merged index: two writers and a reader of one file agree, whoever merges") {
    const std::uint64_t seed = seed_of_this_run();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const scratch_folder folder;
    const auto path = folder / "store.db";
    world first{path, 32};
    world second{path, 32};
    const world reader{path, 32, sqlite::open_mode::read_only};
    const testing::manual_clock time;
    testing::sequential_ids ids;
    memory_event_store model{time, ids};
    for (int number = 0; number < 400; ++number) {
        const append_request request = some_events(random, number);
        auto& writer = random() % 4 == 0 ? second : first;
        REQUIRE(std::holds_alternative<appended>(writer.store.append(request)));
        REQUIRE(std::holds_alternative<appended>(model.append(request)));
        const auto query = read_query::stream(numbered(random() % 42));
        const auto expected = read_all(model, query, 100);
        for (const world* each : {static_cast<const world*>(&first), static_cast<const world*>(&second), &reader})
            CHECK(read_all(each->store, query, 3) == expected);
    }
    CHECK(sqlite::verify(first.file).is_sound());
}

TEST_CASE("merged index: a file keeps the index that it was made with") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    { const world made{path}; }
    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file{path};
    CHECK_NOTHROW(sqlite::sqlite_event_store(file, time, ids));
    sqlite::event_store_options other;
    other.index = sqlite::stream_index::immediate;
    CHECK_THROWS_AS(sqlite::sqlite_event_store(file, time, ids, other), incompatible_store);
}

TEST_SUITE("threads") {
    TEST_CASE("merged index: keeps the contract's promises to many callers") {
        for (const auto& promise : testing::event_store_contract()) {
            if (!promise.name.starts_with("threads:")) continue;
            const std::string why = testing::failure_of(promise, open_merged).value_or("");
            CHECK_MESSAGE(why == "", std::string(promise.name), ": ", why);
        }
    }

    TEST_CASE("merged index: readers see whole streams while events are appended and merged") {
        const scratch_folder folder;
        world tested{folder / "store.db", 16};
        std::atomic<bool> stop{false};
        const auto follow = [&](std::uint64_t seed) {
            std::mt19937_64 random{seed};
            int faults = 0;
            while (!stop) {
                std::int64_t version = 0;
                tested.store.read(read_query::stream(numbered(random() % 42)), batch_limit{1'000},
                                  [&](const event_view& event) { faults += event.version.value == ++version ? 0 : 1; });
            }
            return faults;
        };
        auto one = std::async(std::launch::async, follow, 1);
        auto two = std::async(std::launch::async, follow, 2);
        std::mt19937_64 random{3};
        for (int number = 0; number < 500; ++number) (void)tested.store.append(some_events(random, number));
        stop = true;
        CHECK(one.get() == 0);
        CHECK(two.get() == 0);
    }
}
