// Processes that come to one file at once with schemas that do not go together, or with a file of an older format; some of
// them are killed meanwhile.

#include "attack_line.hpp"
#include "child_process.hpp"
#include "sqlite/raw_sqlite.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"
#include "support/seed.hpp"
#include "support/text_schema.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/migration.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/verify.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using sqlite::open_mode;

const event_schema plain = text_schema(text_field("id", 1, "STRING"));

/// The `number`-th of schemas that suit `plain`, and not each other: one more field, of a type of its own.
const event_schema& rival(std::size_t number) {
    static const std::vector<event_schema> schemas = [] {
        std::vector<event_schema> made;
        for (const char* type : {"STRING", "INT64", "DOUBLE", "FIXED32"})
            made.push_back(text_schema(text_field("id", 1, "STRING") + text_field("more", 2, type)));
        return made;
    }();
    return schemas[number];
}
constexpr std::size_t rivals = 4;

struct opened {
    explicit opened(const std::filesystem::path& path, open_mode mode = open_mode::create)
        : file(path, {.mode = mode, .durable = sqlite::durability::off}), store(file, clock, ids) {}

    system_clock clock;
    uuid_v7_source ids{clock};
    sqlite::database file;
    sqlite::sqlite_event_store store;
};

append_request one(const event_schema& schema, std::size_t from) {
    return append_request::to({"order", std::to_string(from)}, expected_version::any(),
                              {event_of(schema, std::to_string(from))});
}

/// Throws if it is told now this and now that.
void append_five(event_store& store, std::size_t number) {
    int stored = 0;
    for (int i = 0; i < 5; ++i) {
        try {
            (void)store.append(one(rival(number), number));
            ++stored;
        } catch (const incompatible_schema&) {}
    }
    if (stored != 0 && stored != 5) throw std::runtime_error(fmt::format("{} of 5 were stored", stored));
}

/// A copy of a golden file of format 1, with so many schemas more that bringing it up to date takes a while.
std::filesystem::path old_file(const scratch_folder& folder, int more_schemas) {
    const auto path = folder / "store.db";
    std::filesystem::copy_file(golden_folder() / "orders-format-1.db", path);
    std::filesystem::permissions(path, std::filesystem::perms{0600});
    if (more_schemas == 0) return path;
    raw_sqlite raw{path};
    raw.execute(fmt::format(
        "insert into log_types (type, name, version) with recursive n (n) as (select 1 union all select n + 1 from n "
        "where n < {}) select 1000 + n, 'more-' || n, 1 from n",
        more_schemas));
    raw.execute(
        "insert into log_schemas (type, hash, message, descriptor_set) select t.type, s.hash, s.message, "
        "s.descriptor_set from log_types t, (select * from log_schemas order by type limit 1) s where t.type > 1000");
    raw.execute("pragma wal_checkpoint(truncate)");
    return path;
}

/// What there is of schemas but for that of the events here, whatever the format.
std::string schemas_in(const std::filesystem::path& path) {
    return raw_sqlite{path}.text(
        "select count(*) || ' ' || count(distinct type) || ' ' || sum(length(descriptor_set)) || ' ' || sum(hash >> "
        "20) "
        "from log_schemas where message <> 'shop.Placed'");
}

int tables_between(const std::filesystem::path& path) {
    return std::stoi(raw_sqlite{path}.text("select count(*) from sqlite_schema where name = 'log_schemas_1'"));
}

/// Whether all is as a program of today makes it, but for the types that were added without events.
bool is_sound_without_added(const std::filesystem::path& path) {
    raw_sqlite raw{path};
    raw.execute(
        "delete from log_schemas where type in (select type from log_types where name like 'more-%');"
        "delete from log_types where name like 'more-%'");
    const opened world{path};
    return sqlite::component_version(*world.file.open_reader(), "eventstore") == 2 &&
           sqlite::verify(world.file).is_sound();
}

int many_schemas() { return is_full_run() ? 20'000 : 3'000; }

/// Of a process that brings such a file up to date, from its start to its end.
std::chrono::microseconds time_of_opening() {
    const scratch_folder folder;
    const auto path = old_file(folder, many_schemas());
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(child_process{[&] { const opened world{path}; }}.ends_well());
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("race: of processes whose schemas suit the stored one and not each other, exactly one is let in") {
        attack_line line{"race: rival schemas of processes"};
        const int rounds = is_full_run() ? 200 : 10;
        for (int round = 0; round < rounds; ++round) {
            const scratch_folder folder;
            const auto path = folder / "store.db";
            REQUIRE(child_process{[&] { (void)opened{path}.store.append(one(plain, 9)); }}.ends_well());
            {
                std::vector<child_process> processes;
                for (std::size_t number = 0; number < rivals; ++number)
                    processes.emplace_back([&, number] {
                        opened world{path};
                        append_five(world.store, number);
                        (void)world.store.append(one(plain, number));  // still welcome, whatever was refused
                    });
                for (child_process& each : processes) CHECK(each.ends_well());
            }
            opened world{path};
            CHECK(world.store.head() == global_position{1 + 5 + rivals});
            CHECK(world.store.stored_schemas(plain.type).size() == 2);
            CHECK(sqlite::verify(world.file).is_sound());
            line.add("rounds", 1);
        }
    }

    TEST_CASE("race: processes that open a file of format 1 at once bring it up to date once, beside its readers") {
        attack_line line{"race: bringing format 1 up to date"};
        const int rounds = is_full_run() ? 100 : 5;
        for (int round = 0; round < rounds; ++round) {
            const scratch_folder folder;
            const auto path = old_file(folder, 2'000);
            const std::string before = schemas_in(path);
            std::vector<child_process> processes;
            for (std::size_t number = 0; number < 3; ++number)
                processes.emplace_back([&, number] {
                    opened world{path};
                    (void)world.store.append(one(plain, number));
                });
            for (int reader = 0; reader < 2; ++reader)
                processes.emplace_back([&] {
                    for (int look = 0; look < 5; ++look) {
                        const opened world{path, open_mode::read_only};
                        for (int again = 0; again < 20; ++again)
                            for (const event_type type : {event_type{"order-placed", 2}, event_type{"more-7", 1}})
                                if (world.store.stored_schemas(type).size() != 1)
                                    throw std::runtime_error(type.to_string() + " has not the schema that it had");
                    }
                });
            for (child_process& each : processes) CHECK(each.ends_well());
            CHECK(schemas_in(path) == before);
            CHECK(tables_between(path) == 0);
            CHECK(is_sound_without_added(path));
            const opened world{path, open_mode::read_only};
            CHECK(world.store.head() == global_position{135 + 3});
            CHECK(world.store.stored_schemas(plain.type).size() == 1);
            line.add("rounds", 1);
        }
    }

    TEST_CASE("kill: a file of format 1 survives whoever is killed while bringing it up to date") {
        attack_line line{"kill: bringing format 1 up to date"};
        const int files = is_full_run() ? 60 : 3;
        const auto whole = time_of_opening();
        for (int number = 0; number < files; ++number) {
            const scratch_folder folder;
            const auto path = old_file(folder, many_schemas());
            const std::string before = schemas_in(path);
            // A process that ends by itself has done it, and the next ones find nothing to do.
            for (int kill = 0; kill < 8; ++kill) {
                child_process work{[&] { const opened world{path}; }};
                std::this_thread::sleep_for(std::chrono::microseconds{
                    static_cast<std::int64_t>(line.random()() % static_cast<std::uint64_t>(whole.count() + 1))});
                line.add("killed", work.runs() ? 1 : 0);
                REQUIRE(work.kill());
                REQUIRE(child_process{[&] {
                            const opened world{path, open_mode::read_only};
                            if (world.store.head() != global_position{135} || tables_between(path) != 0)
                                throw std::runtime_error("the file is between two formats");
                        }}.ends_well());
            }
            REQUIRE(child_process{[&] { (void)opened{path}.store.append(one(plain, 1)); }}.ends_well());
            CHECK(schemas_in(path) == before);
            CHECK(is_sound_without_added(path));
        }
        CHECK(line.count("killed") > 0);
    }
}
