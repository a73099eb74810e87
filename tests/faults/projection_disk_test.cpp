// The disk below a file of read models fails at each write, half write, sync, and when it is full; or the power goes.
// Whatever had been done, the rows are those of the position that the file tells, and going on gives what a fresh
// projection gives.

#include "attack_line.hpp"
#include "fault_vfs.hpp"
#include "projection_world.hpp"
#include "support/projecting.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/rebuild.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace {

using namespace foldline;
using namespace foldline_tests;

constexpr int events = 40;

/// Read models in a file over the layer that fails, or over the usual one.
struct faulty_file {
    void open(const std::string& vfs, sqlite::durability durable) {
        close();
        file.emplace(folder / "rows.db",
                     sqlite::database_options{.durable = durable, .vfs = vfs, .checkpoint_pages = 40});
        models.emplace(*file);
    }
    void close() {
        models.reset();
        file.reset();
    }

    scratch_folder folder;
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_read_models> models;
};

struct shop {
    shop() {
        std::mt19937_64 random{attack_seed()};
        append_at_random(log.store, random, events);
        sales = fresh_sales_lines(log.store);
        tills = fresh_till_lines(log.store);
    }
    memory_world log;
    row_lines sales;
    row_lines tills;
};

/// Makes the tables, projects batch by batch, builds all anew, swaps. Ends at the first error that no caller gets over.
void project_and_rebuild(const event_store& store, read_model_store& models) {
    auto sales = sales_projection();
    auto tills = tills_projection();
    projector{store, batches_of(7)}.add(sales, models).add(tills, models).catch_up();
    projection* const both[] = {&sales, &tills};
    rebuild_options options = reporting({}, 15);
    options.read_ahead = false;  // so that the n-th operation is the same one in each run
    rebuild(store, models, both, options);
}

disagreement compare_with_position(const event_store& store, const read_model_store& models) {
    disagreement found = compare_with_state(store, models);
    if (models.find("tills")) found += compare_lines(till_lines(models), expected_tills(store, models));
    return found;
}

/// Whether going on makes the rows what they should be.
disagreement go_on(const shop& world, read_model_store& models) {
    project_and_rebuild(world.log.store, models);
    disagreement found = compare_lines(sales_lines(models), world.sales);
    found += compare_lines(till_lines(models), world.tills);
    return found;
}

enum class afterwards { goes_on, is_opened_anew };

disagreement run_under(const shop& world, disk_fault fault, std::int64_t nth, fault_vfs::length length, afterwards then,
                       bool& fired) {
    faulty_file rows;
    fault_vfs::arm(fault, nth, length);
    try {
        rows.open(fault_vfs::name, sqlite::durability::full);
        project_and_rebuild(world.log.store, *rows.models);
    } catch (const error&) {
        // What it says is looked at elsewhere; here it counts what it has left.
    }
    fired = fault_vfs::fired();
    fault_vfs::disarm();
    if (then == afterwards::is_opened_anew || !rows.models) rows.open({}, sqlite::durability::off);
    disagreement found = compare_with_position(world.log.store, *rows.models);
    found += go_on(world, *rows.models);
    return found;
}

void fail_each(const char* name, disk_fault fault, fault_vfs::length length) {
    const shop world;
    attack_line line{
        fmt::format("disk: read models, {} {}", name, length == fault_vfs::length::once ? "once" : "from then on")};
    // The quick run leaves out most, others in each run.
    const int step = is_full_run() ? 1 : 4;
    bool fired = true;
    for (std::int64_t nth = drawn(line.random(), 1, step); fired; nth += step) {
        for (const auto then : {afterwards::goes_on, afterwards::is_opened_anew}) {
            if (!is_full_run() && (then == afterwards::goes_on) != (nth % 2 == 0)) continue;
            CAPTURE(nth);
            const disagreement found = run_under(world, fault, nth, length, then, fired);
            line.found += found;
            line.add("points", fired ? 1 : 0);
            REQUIRE(found.to_string() == disagreement{}.to_string());
        }
    }
    CHECK(line.count("points") > 0);
}

/// A run that ends in a power cut; gives what the rows disagree with when there is power again.
disagreement cut_power_at(const shop& world, std::int64_t nth, std::uint64_t seed, bool& fired, attack_line& line) {
    faulty_file rows;
    rows.open({}, sqlite::durability::off);
    rows.close();  // the file itself is there, and counts as synced
    fault_vfs::watch(rows.folder.path().string());
    fault_vfs::arm_power_cut(nth);
    try {
        rows.open(fault_vfs::name, sqlite::durability::normal);
        project_and_rebuild(world.log.store, *rows.models);
    } catch (const error&) {
        // The power is gone.
    }
    fired = fault_vfs::fired();
    rows.close();
    fault_vfs::disarm();
    fault_vfs::materialise_power_cut(seed);
    rows.open({}, sqlite::durability::off);
    disagreement found = compare_with_position(world.log.store, *rows.models);
    line.add("positions kept", position_of(*rows.models, "sales").value > 0 ? 1 : 0);
    found += go_on(world, *rows.models);
    return found;
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("disk: whatever fails below read models, their rows are those of their position, and going on is right") {
        fault_vfs::install();
        using enum fault_vfs::length;
        for (const auto length : {once, from_then_on}) {
            fail_each("write error", disk_fault::write_error, length);
            fail_each("half a write", disk_fault::half_write, length);
            fail_each("disk full", disk_fault::disk_full, length);
            fail_each("sync error", disk_fault::sync_error, length);
        }
    }

    TEST_CASE("power cut: read models lose a tail at most, and never the rows of a position that they tell") {
        fault_vfs::install();
        const shop world;
        attack_line line{"power cut: read models"};
        const int cuts = is_full_run() ? 5'000 : 120;
        bool fired = true;
        std::int64_t last = 400;
        for (int cut = 0; cut < cuts; ++cut) {
            const std::int64_t nth = drawn(line.random(), 1, last);
            const std::uint64_t seed = line.random()();
            CAPTURE(nth);
            CAPTURE(seed);
            const disagreement found = cut_power_at(world, nth, seed, fired, line);
            line.add("cuts", fired ? 1 : 0);
            if (!fired) last = nth;
            line.found += found;
            REQUIRE(found.to_string() == disagreement{}.to_string());
        }
        CHECK(line.count("cuts") > 0);
        CHECK(line.count("positions kept") > 0);
    }
}
