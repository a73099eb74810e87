// A process that projects, rebuilds, tries parked events again, splits or merges is killed at moments nobody chose, again
// and again, on one file; whatever it left must be the rows of just the positions that the file tells.

#include "attack_line.hpp"
#include "child_process.hpp"
#include "planted_bug.hpp"
#include "planted_models.hpp"
#include "projection_world.hpp"
#include "support/projecting.hpp"
#include "support/seed.hpp"

#include <foldline/eventstore/bounded_event_store.hpp>
#include <foldline/projections/dead_letters.hpp>
#include <foldline/projections/rebuild.hpp>
#include <foldline/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

constexpr int events = 90;

int kills_of_this_run() { return is_full_run() ? 2'500 : 80; }

/// Events in memory, which each process has, and rows in a file, which is open in one process at a time.
struct killed_world {
    killed_world() {
        append_at_random(log.store, random, events);
        file.close();
    }
    [[nodiscard]] read_model_store& open() {
        file.open();
        if (!is_planted("position_only")) return file.models();
        return *planted.emplace_back(std::make_unique<rowless_models>(file.models()));
    }
    void remove_file() const { std::filesystem::remove(file.path()); }

    std::mt19937_64 random{attack_seed()};
    memory_world log;
    model_file file;
    std::vector<std::unique_ptr<read_model_store>> planted;
};

projector_options small_batches() {
    projector_options options = batches_of(3);
    options.read_ahead = true;
    return options;
}

/// Two projections in one feed, tables and documents.
void project(killed_world& world, read_model_store& models) {
    auto sales = sales_projection();
    auto tills = tills_projection();
    projector{world.log.store, small_batches()}.add(sales, models).add(tills, models).catch_up();
}

disagreement compare_all(const event_store& store, const read_model_store& models) {
    disagreement found = compare_with_state(store, models);
    if (models.find("tills")) found += compare_lines(till_lines(models), expected_tills(store, models));
    return found;
}

void require_none(attack_line& line, const disagreement& found) {
    line.found += found;
    REQUIRE(found.to_string() == disagreement{}.to_string());
}

bool is_done(const event_store& store, const read_model_store& models) {
    return position_of(models, "sales") == store.head() && position_of(models, "tills") == store.head();
}

/// Every event of three tills of eight is parked, of the first half of the log.
void park_some(killed_world& world) {
    const bounded_event_store half{world.log.store, global_position{events / 2}};
    auto sales = sales_projection();
    meddled_projection failing{sales, [](const event_view& event, sql_session&) {
                                   if (order_hash(event.stream.to_string()) % 8 < 3)
                                       throw std::runtime_error("no paper");
                               }};
    projector_options options;
    options.on_failure = error_policy::park_at_once();
    options.partitions = 2;
    world.file.open();
    projector{half, world.file.models(), failing, options}.catch_up();
    world.file.close();
}

void replay(killed_world& world) {
    world.file.open();
    auto sales = sales_projection();
    (void)dead_letters{world.log.store, world.file.models(), sales, world.log.time}.retry_all();
}

void split_and_merge(killed_world& world, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    world.file.open();
    read_model_store& models = world.file.models();
    auto sales = sales_projection();
    projector works{world.log.store, models, sales, batches_of(4)};
    for (int turn = 0; turn < 12; ++turn) {
        (void)works.run_batch();
        const auto parts = models.find("sales")->partitions;
        const auto one = static_cast<std::size_t>(drawn(random, 0, std::ssize(parts) - 1));
        if (parts.size() < 4) models.leases().split("sales", parts[one].part);
        for (std::size_t i = 1; i < parts.size() && parts.size() == 4; ++i) {
            const bool halves = parts[i - 1].part.mask == parts[i].part.mask &&
                                (parts[i - 1].part.segment ^ parts[i].part.segment) == (parts[i].part.mask + 1) / 2;
            if (halves && parts[i - 1].position == parts[i].position)
                models.leases().merge("sales", parts[i - 1].part, parts[i].part);
        }
    }
    works.catch_up();
}

/// Whether each stream is in one partition, and in no more.
bool is_whole(const projection_state& state) {
    for (int key = 0; key < 64; ++key) {
        const std::uint64_t hash = order_hash("till-" + std::to_string(key));
        const auto owners = std::count_if(state.partitions.begin(), state.partitions.end(),
                                          [&](const partition_state& each) { return each.part.owns(hash); });
        if (owners != 1) return false;
    }
    return true;
}

}  // namespace

TEST_SUITE("faults") {
    // guards: rows and position saved apart (row 30)
    TEST_CASE("kill: rows and checkpoint of a killed projector are those of one position") {
        killed_world world;
        const auto work = [&] { project(world, world.open()); };
        const auto whole = time_of(work);
        world.remove_file();
        attack_line line{"kill: projection"};
        for (int round = 0; round < kills_of_this_run(); ++round) {
            line.add("kills");
            line.add("of them at work", is_killed_at_work(line.random(), whole, work) ? 1 : 0);
            world.file.open();
            const disagreement found = compare_all(world.log.store, world.file.models());
            const bool done = is_done(world.log.store, world.file.models());
            world.file.close();
            require_none(line, found);
            if (done) world.remove_file();
        }
        project(world, world.open());
        require_none(line, compare_lines(sales_lines(world.file.models()), fresh_sales_lines(world.log.store)));
        require_none(line, compare_lines(till_lines(world.file.models()), fresh_till_lines(world.log.store)));
        CHECK(line.count("of them at work") > 0);
    }

    TEST_CASE("kill: a killed rebuild leaves the old rows or the new ones, and the next one finishes it") {
        killed_world world;
        const auto work = [&] {
            world.file.open();
            auto sales = sales_projection(2);
            auto tills = tills_projection();
            projection* const both[] = {&sales, &tills};
            rebuild(world.log.store, world.file.models(), both, reporting({}, 5));
        };
        // Rows that no event made, at a position of their own: nothing but a rebuild takes them away.
        const auto begin_anew = [&] {
            auto old = sales_projection(1);
            world.file.models().create(old, world.log.store.identity());
            const auto session = begin_as_nobody(world.file.models(), "sales");
            session->execute("insert into sales values ('OLD', 1)");
            session->commit(global_position{7}, {});
        };
        const auto whole = time_of(work);
        const row_lines expected = fresh_sales_lines(world.log.store);
        world.file.open();
        begin_anew();
        world.file.close();
        attack_line line{"kill: rebuild"};
        for (int round = 0; round < kills_of_this_run(); ++round) {
            line.add("kills");
            line.add("of them at work", is_killed_at_work(line.random(), whole, work) ? 1 : 0);
            world.file.open();
            const auto reached = standing_of(world.file.models(), "sales");
            REQUIRE(reached.has_value());
            const bool is_old = reached->version == 1;
            line.add(is_old ? "old rows" : "new rows");
            disagreement found =
                compare_lines(sales_lines(world.file.models()), is_old ? row_lines{"units of OLD|1"} : expected);
            found.wrong += reached->position == (is_old ? global_position{7} : world.log.store.head()) ? 0 : 1;
            if (world.file.models().find("tills"))
                found += compare_lines(till_lines(world.file.models()),
                                       expected_tills(world.log.store, world.file.models()));
            if (!is_old) begin_anew();
            world.file.close();
            require_none(line, found);
        }
        world.file.open();
        auto raised = sales_projection(2);
        rebuild(world.log.store, world.file.models(), raised);
        require_none(line, compare_lines(sales_lines(world.file.models()), expected));
        CHECK(line.count("of them at work") > 0);
    }

    // guards: replay of parked events moves the checkpoint (row 14), beside a worker in another process
    TEST_CASE("kill: parked events that a killed process tried again are applied once, beside a projector") {
        killed_world world;
        const auto replays = [&] { replay(world); };
        const auto projects = [&] {
            world.file.open();
            auto sales = sales_projection();
            projector{world.log.store, world.file.models(), sales, batches_of(2)}.catch_up();
        };
        const auto both = [&] {
            child_process beside{projects};
            replays();
            (void)beside.ends_well();
        };
        park_some(world);
        const auto whole = time_of(both);
        world.remove_file();
        attack_line line{"kill: replay beside a projector"};
        for (int round = 0; round < kills_of_this_run(); ++round) {
            if (!std::filesystem::exists(world.file.path())) park_some(world);
            line.add("kills", 2);
            {
                child_process one{replays};
                child_process other{projects};
                std::this_thread::sleep_for(std::chrono::microseconds{drawn(line.random(), 0, whole.count())});
                line.add("of them at work", (one.runs() ? 1 : 0) + (other.runs() ? 1 : 0));
                REQUIRE(one.kill());
                std::this_thread::sleep_for(std::chrono::microseconds{drawn(line.random(), 0, whole.count() / 4)});
                REQUIRE(other.kill());
            }
            world.file.open();
            const disagreement found = compare_with_state(world.log.store, world.file.models());
            const bool done = position_of(world.file.models(), "sales") == world.log.store.head() &&
                              world.file.models().dead_letters().count("sales").keys == 0;
            world.file.close();
            require_none(line, found);
            line.add("finished", done ? 1 : 0);
            if (done) world.remove_file();
        }
        if (!std::filesystem::exists(world.file.path())) park_some(world);
        REQUIRE(child_process{projects}.ends_well());
        REQUIRE(child_process{replays}.ends_well());
        world.file.open();
        require_none(line, compare_lines(sales_lines(world.file.models()), fresh_sales_lines(world.log.store)));
        CHECK(line.count("of them at work") > 0);
    }

    // guards: a split or merge that is half done (row 29)
    TEST_CASE("kill: a killed split or merge leaves every stream to one partition, and its rows where that stands") {
        killed_world world;
        world.file.open();
        auto sales = sales_projection();
        world.file.models().create(sales, world.log.store.identity());
        world.file.close();
        attack_line line{"kill: split and merge"};
        const auto whole = time_of([&] { split_and_merge(world, 1); });
        for (int round = 0; round < kills_of_this_run(); ++round) {
            const std::uint64_t seed = line.random()();
            line.add("kills");
            line.add("of them at work",
                     is_killed_at_work(line.random(), whole, [&] { split_and_merge(world, seed); }) ? 1 : 0);
            world.file.open();
            disagreement found = compare_with_state(world.log.store, world.file.models());
            const auto state = world.file.models().find("sales");
            found.wrong += is_whole(*state) ? 0 : 1;
            line.add("partitions", std::ssize(state->partitions));
            if (state->position() == world.log.store.head())
                world.file.models().create(sales, world.log.store.identity());
            world.file.close();
            require_none(line, found);
        }
        CHECK(line.count("of them at work") > 0);
        CHECK(line.count("partitions") > line.count("kills"));
    }

    TEST_CASE("kill: a projector that moves its position without the rows is found out") {
        killed_world world;
        world.file.open();
        rowless_models careless{world.file.models()};
        project(world, careless);
        CHECK(compare_all(world.log.store, world.file.models()).lost > 0);
    }
}
