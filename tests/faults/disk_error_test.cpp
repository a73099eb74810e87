// Every write, sync, truncation and read of a run of appends fails once, and from then on; whatever the store told its
// callers meanwhile must be what the file holds when a healthy disk opens it again.

#include "attack_line.hpp"
#include "fault_vfs.hpp"
#include "ledger.hpp"
#include "planted_bug.hpp"
#include "planted_stores.hpp"
#include "sqlite_world.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <thread>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

constexpr int appends = 40;

/// The appends of one run under a fault, and what the file says of them afterwards.
struct run_result {
    disagreement found;
    bool fired = false;
    int stored = 0;
    int unknown = 0;
};

enum class heads { after_commit, before_commit };

run_result run_with(disk_fault fault, std::int64_t nth, fault_vfs::length length, heads remembered) {
    scratch_folder folder;
    sqlite_world world{folder / "store.db"};
    ledger told_so;
    event_store& honest = world.open(fault_vfs::name);
    cache_first_store hasty{honest};
    event_store& store = remembered == heads::before_commit ? static_cast<event_store&>(hasty) : honest;
    fault_vfs::arm(fault, nth, length);
    for (int number = 0; number < appends; ++number) told_so.append(store, number);
    run_result result;
    result.fired = fault_vfs::fired();
    fault_vfs::disarm();
    // The disk is well again, and so must the store be, without being opened anew.
    if (result.fired) told_so.append(store, appends);
    if (result.fired && told_so.count(told::stored) == 0) ++result.found.lost;
    world.close();

    result.found += told_so.compare(world.open({}, sqlite::durability::off));
    result.stored = told_so.count(told::stored);
    result.unknown = told_so.count(told::unknown);
    return result;
}

/// Fails each operation in turn, until a run has fewer of them.
void fail_each(const char* name, disk_fault fault, fault_vfs::length length) {
    const auto remembered = is_planted("cache_first") ? heads::before_commit : heads::after_commit;
    attack_line line{fmt::format("disk: {} {}", name, length == fault_vfs::length::once ? "once" : "from then on")};
    for (std::int64_t nth = 1;; ++nth) {
        const run_result run = run_with(fault, nth, length, remembered);
        line.found += run.found;
        line.add("points", run.fired ? 1 : 0);
        line.add("acknowledged", run.stored);
        line.add("unknown", run.unknown);
        CAPTURE(nth);
        REQUIRE(run.found.to_string() == disagreement{}.to_string());
        if (!run.fired) break;
    }
    CHECK(line.count("points") > 0);
}

/// A run that ends in a power cut at the n-th change of a file; gives what was lost of what had been acknowledged.
run_result cut_power_at(std::int64_t nth, std::uint64_t seed, sqlite::durability durable) {
    scratch_folder folder;
    sqlite_world world{folder / "store.db"};
    world.open({}, sqlite::durability::off);
    world.close();  // the file itself is there, and counts as synced
    fault_vfs::watch(folder.path().string());
    ledger told_so;
    event_store& store = world.open(fault_vfs::name, durable);
    fault_vfs::arm_power_cut(nth);
    for (int number = 0; number < appends; ++number) told_so.append(store, number);
    run_result result;
    result.fired = fault_vfs::fired();
    world.close();
    fault_vfs::disarm();
    fault_vfs::materialise_power_cut(seed);

    result.found = told_so.compare(world.open({}, sqlite::durability::off));
    result.stored = told_so.count(told::stored);
    return result;
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("disk: whatever fails, the store holds what it told") {
        fault_vfs::install();
        using enum fault_vfs::length;
        for (const auto length : {once, from_then_on}) {
            fail_each("write error", disk_fault::write_error, length);
            fail_each("half a write", disk_fault::half_write, length);
            fail_each("disk full", disk_fault::disk_full, length);
            fail_each("sync error", disk_fault::sync_error, length);
        }
    }

    TEST_CASE("disk: a store that remembers heads before they are stored is found out") {
        fault_vfs::install();
        int wrong = 0;
        for (std::int64_t nth = 1; nth <= 40 && wrong == 0; ++nth)
            wrong += run_with(disk_fault::disk_full, nth, fault_vfs::length::once, heads::before_commit).found.wrong;
        CHECK(wrong > 0);
    }

    TEST_CASE("disk: a group of callers that meets an error is told the truth, each for itself") {
        fault_vfs::install();
        attack_line line{"disk: 4 callers, one error"};
        const int points = is_full_run() ? 600 : 60;
        for (int point = 0; point < points; ++point) {
            scratch_folder folder;
            sqlite_world world{folder / "store.db"};
            event_store& store = world.open(fault_vfs::name);
            std::vector<ledger> told_so(4);
            fault_vfs::arm(point % 2 == 0 ? disk_fault::sync_error : disk_fault::write_error, point % 60 + 1,
                           fault_vfs::length::once);
            {
                std::vector<std::jthread> callers;
                for (int caller = 0; caller < 4; ++caller)
                    callers.emplace_back([&, caller] {
                        for (int i = 0; i < 10; ++i)
                            told_so[static_cast<std::size_t>(caller)].append(store, caller * 10 + i);
                    });
            }
            line.add("points", fault_vfs::fired() ? 1 : 0);
            fault_vfs::disarm();
            world.close();
            event_store& healthy = world.open({}, sqlite::durability::off);
            // One caller's ledger knows nothing of the others' events, so only what concerns its own is looked at.
            for (const ledger& one : told_so) {
                disagreement own = one.compare(healthy);
                own.ghost = 0;
                line.found += own;
                line.add("acknowledged", one.count(told::stored));
            }
        }
        CHECK(line.count("points") > 0);
        CHECK(line.found.total() == 0);
    }

    TEST_CASE("power cut: nothing acknowledged is lost") {
        fault_vfs::install();
        const auto durable = is_planted("sync_normal") ? sqlite::durability::normal : sqlite::durability::full;
        const int cuts = is_full_run() ? 5'000 : 355;
        attack_line line{"power cut: appends"};
        for (int cut = 0; cut < cuts; ++cut) {
            const auto nth = static_cast<std::int64_t>(line.random()() % 320 + 1);
            const run_result run = cut_power_at(nth, line.random()(), durable);
            line.found += run.found;
            line.add("cuts", run.fired ? 1 : 0);
            line.add("acknowledged", run.stored);
        }
        CHECK(line.count("cuts") > cuts / 2);
        CHECK(line.count("acknowledged") > 0);
        CHECK(line.found.total() == 0);
    }

    TEST_CASE("power cut: relaxed durability loses acknowledged appends, and this attack sees it") {
        fault_vfs::install();
        disagreement all;
        for (std::uint64_t seed = 1; seed <= 60 && all.lost == 0; ++seed)
            all += cut_power_at(static_cast<std::int64_t>(40 + seed), seed, sqlite::durability::normal).found;
        CHECK(all.lost > 0);
        CHECK(all.half + all.dup + all.gap == 0);  // a tail, never a hole
    }

    TEST_CASE("ledger: it sees an append that is lost, and one that nobody was told of") {
        scratch_folder folder;
        sqlite_world world{folder / "store.db"};
        event_store& store = world.open({}, sqlite::durability::off);
        ledger told_so;
        told_so.append(store, 0);
        told_so.note(2, told::stored, {stream_version{2}, global_position{9}, {}, stored::now});
        told_so.note(0, told::nothing_stored);
        (void)store.append(ledger::request(3));
        const disagreement found = told_so.compare(store);
        CHECK(found.lost == 1);
        CHECK(found.ghost == 3);  // append 0, and the two events of append 3
        CHECK(found.wrong == 1);  // append 2 is no repetition
    }
}
