// A disk that was ill for a while and is well again; one whose power goes right after an error; one that cannot be read.

#include "attack_line.hpp"
#include "fault_vfs.hpp"
#include "ledger.hpp"
#include "planted_bug.hpp"
#include "sqlite_world.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <random>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using enum fault_vfs::length;

constexpr std::pair<disk_fault, const char*> kinds[] = {
    {disk_fault::write_error, "write error"}, {disk_fault::half_write, "half a write"},
    {disk_fault::disk_full, "disk full"},     {disk_fault::sync_error, "sync error"},
    {disk_fault::read_error, "read error"},   {disk_fault::truncate_error, "truncate error"},
    {disk_fault::power_cut, "everything"},  // but the power comes back, and the files are as they were
};

void read_everything(const event_store& store) {
    store.read(read_query::all(), batch_limit{10'000}, [](const event_view&) {});
}

/// The disk is ill from its n-th operation on, for three appends; then it is well again.
struct illness {
    disagreement found;
    bool fired = false;
    int unknown = 0;
};

illness fall_ill(disk_fault fault, std::int64_t nth, int checkpoint_pages) {
    scratch_folder folder;
    sqlite_world world{folder / "store.db"};
    world.checkpoint_pages = checkpoint_pages;
    ledger told_so;
    event_store& store = world.open(fault_vfs::name);
    told_so.append(store, 0);
    read_everything(store);  // so that a reader is there, which keeps the shared memory when the writer starts anew
    fault_vfs::arm(fault, nth, from_then_on);
    int number = 1;
    for (int left = 3; number < 12 && left > 0; ++number) {
        told_so.append(store, number);
        if (fault_vfs::fired()) --left;
    }
    illness seen;
    seen.fired = fault_vfs::fired();
    fault_vfs::disarm();
    seen.unknown = told_so.count(told::unknown);
    // Well again, it must store again, in the same store and at once.
    for (const int last = number + 3; number < last; ++number) {
        const int before = told_so.count(told::stored);
        told_so.append(store, number);
        CHECK(told_so.count(told::stored) == before + 1);
    }
    seen.found = told_so.compare(store);
    world.close();
    seen.found += told_so.compare(world.open({}, sqlite::durability::off));
    return seen;
}

/// A sync fails once; as soon as its caller was told, the power is cut.
disagreement cut_after_failed_sync(std::int64_t nth, std::uint64_t seed, bool with_reader, int& fired) {
    scratch_folder folder;
    sqlite_world world{folder / "store.db"};
    world.open({}, sqlite::durability::off);
    world.close();  // the file itself is there, and counts as synced
    fault_vfs::watch(folder.path().string());
    ledger told_so;
    event_store& store = world.open(fault_vfs::name);
    if (with_reader) read_everything(store);
    fault_vfs::arm(disk_fault::sync_error, nth, once);
    for (int number = 0; number < 20 && !fault_vfs::fired(); ++number) told_so.append(store, number);
    fired += fault_vfs::fired() ? 1 : 0;
    fault_vfs::arm_power_cut(1);
    world.close();
    fault_vfs::disarm();
    fault_vfs::materialise_power_cut(seed);
    return told_so.compare(world.open({}, sqlite::durability::off));
}

/// What one caller asked for, and what it was told.
struct told_one {
    int number;
    told answer;
    appended result;
};

void append_all(event_store& store, int first, int last, std::vector<told_one>& said) {
    for (int number = first; number < last; ++number) {
        try {
            said.push_back({number, told::stored, std::get<appended>(store.append(ledger::request(number)))});
        } catch (const storage_error& failed) {
            const bool unknown = failed.outcome == write_outcome::unknown;
            said.push_back({number, unknown ? told::unknown : told::nothing_stored, {}});
        }
    }
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("disk: once it is well again, so is the store") {
        fault_vfs::install();
        for (const int checkpoint_pages : {10'000, 20})
            for (const auto& [fault, name] : kinds) {
                // An append alone neither reads nor truncates: what it needs is in memory.
                if (fault == disk_fault::read_error || fault == disk_fault::truncate_error) continue;
                attack_line line{fmt::format("disk: ill with {}, log of {} pages", name, checkpoint_pages)};
                for (std::int64_t nth = 1;; ++nth) {
                    CAPTURE(checkpoint_pages);
                    CAPTURE(name);
                    CAPTURE(nth);
                    const illness seen = fall_ill(fault, nth, checkpoint_pages);
                    line.found += seen.found;
                    line.add("points", seen.fired ? 1 : 0);
                    line.add("unknown", seen.unknown);
                    CHECK(seen.found.to_string() == disagreement{}.to_string());
                    if (!seen.fired) break;
                }
                CHECK(line.count("points") > 0);
            }
    }

    TEST_CASE("power cut: nothing acknowledged is lost while the log is moved into the file now and then") {
        fault_vfs::install();
        const auto durable = is_planted("sync_normal") ? sqlite::durability::normal : sqlite::durability::full;
        attack_line line{"power cut: appends with a short log"};
        const int cuts = is_full_run() ? 5'000 : 150;
        for (int cut = 0; cut < cuts; ++cut) {
            scratch_folder folder;
            sqlite_world world{folder / "store.db"};
            world.checkpoint_pages = static_cast<int>(5 + line.random()() % 30);
            world.open({}, sqlite::durability::off);
            world.close();
            fault_vfs::watch(folder.path().string());
            ledger told_so;
            event_store& store = world.open(fault_vfs::name, durable);
            fault_vfs::arm_power_cut(static_cast<std::int64_t>(line.random()() % 500 + 1));
            for (int number = 0; number < 40; ++number) told_so.append(store, number);
            line.add("cuts", fault_vfs::fired() ? 1 : 0);
            world.close();
            fault_vfs::disarm();
            fault_vfs::materialise_power_cut(line.random()());
            line.found += told_so.compare(world.open({}, sqlite::durability::off));
            line.add("acknowledged", told_so.count(told::stored));
        }
        CHECK(line.count("cuts") > cuts / 2);
        CHECK(line.count("acknowledged") > 0);
        CHECK(line.found.total() == 0);
    }

    TEST_CASE("group: callers that share commits are told the truth about every one, before and after a power cut") {
        fault_vfs::install();
        const auto durable = is_planted("sync_normal") ? sqlite::durability::normal : sqlite::durability::full;
        attack_line line{"power cut: 6 callers that share commits"};
        std::mt19937_64& random = line.random();
        const int cuts = is_full_run() ? 5'000 : 200;
        for (int cut = 0; cut < cuts; ++cut) {
            CAPTURE(cut);
            scratch_folder folder;
            sqlite_world world{folder / "store.db"};
            world.checkpoint_pages = cut % 2 == 0 ? 20 : 10'000;
            world.open({}, sqlite::durability::off);
            world.close();
            fault_vfs::watch(folder.path().string());
            event_store& store = world.open(fault_vfs::name, durable);
            const bool is_cut = cut % 3 == 0;
            const auto fault = is_cut ? disk_fault::power_cut : kinds[random() % 4].first;
            const auto nth = static_cast<std::int64_t>(random() % (fault == disk_fault::sync_error ? 10 : 100) + 1);
            fault_vfs::arm(fault, nth, is_cut ? from_then_on : once);
            std::vector<std::vector<told_one>> said(6);
            {
                std::vector<std::jthread> callers;
                for (std::size_t caller = 0; caller < said.size(); ++caller)
                    callers.emplace_back([&, caller] {
                        const int first = static_cast<int>(caller) * 10;
                        append_all(store, first, first + 10, said[caller]);
                    });
            }
            // After any other fault the power goes as well, so that what was answered must have reached the disk.
            if (!is_cut) fault_vfs::arm_power_cut(1);
            world.close();
            fault_vfs::disarm();
            fault_vfs::materialise_power_cut(random());
            ledger told_so;
            for (const auto& caller : said)
                for (const told_one& one : caller) told_so.note(one.number, one.answer, one.result);
            const disagreement found = told_so.compare(world.open({}, sqlite::durability::off));
            CHECK(found.to_string() == disagreement{}.to_string());
            line.found += found;
            line.add("cuts");
            line.add("acknowledged", told_so.count(told::stored));
            line.add("unknown", told_so.count(told::unknown));
        }
        CHECK(line.count("acknowledged") > 0);
    }

    // guards: an append that was answered as not stored, and came back with the power
    TEST_CASE("power cut: after a failed sync, the file is what its caller was told") {
        fault_vfs::install();
        attack_line line{"power cut: after a failed sync"};
        const int cuts = is_full_run() ? 5'000 : 150;
        int fired = 0;
        for (int cut = 0; cut < cuts; ++cut) {
            const std::int64_t nth = cut % 15 + 1;
            CAPTURE(nth);
            line.found += cut_after_failed_sync(nth, line.random()(), cut % 2 == 0, fired);
        }
        line.add("cuts", fired);
        CHECK(fired > 0);
        CHECK(line.found.total() == 0);
    }

    TEST_CASE("disk: what cannot be read is told, and never a shorter log") {
        fault_vfs::install();
        scratch_folder folder;
        sqlite_world world{folder / "store.db"};
        ledger told_so;
        event_store& whole = world.open({}, sqlite::durability::off);
        for (int number = 0; number < 60; ++number) told_so.append(whole, number);
        const auto head = whole.head();
        world.close();
        attack_line line{"disk: failed reads"};
        for (const auto length : {once, from_then_on})
            for (const bool backward : {false, true})
                for (std::int64_t nth = 1;; ++nth) {
                    CAPTURE(nth);
                    event_store& store = world.open(fault_vfs::name);
                    const auto query = backward ? read_query::all().backward() : read_query::all();
                    fault_vfs::arm(disk_fault::read_error, nth, length);
                    std::int64_t met = 0;
                    bool failed = false;
                    try {
                        store.read(query, batch_limit{10'000}, [&](const event_view&) { ++met; });
                    } catch (const storage_error&) {
                        failed = true;
                    }
                    const bool fired = fault_vfs::fired();
                    fault_vfs::disarm();
                    CHECK((failed || met == head.value));
                    line.add("points", fired ? 1 : 0);
                    line.found.lost += failed || met == head.value ? 0 : 1;
                    // The next read is not told of an error that is over.
                    met = 0;
                    store.read(query, batch_limit{10'000}, [&](const event_view&) { ++met; });
                    CHECK(met == head.value);
                    world.close();
                    if (!fired) break;
                }
        CHECK(line.count("points") > 20);
    }

    TEST_CASE("disk: a store that cannot be made or opened now can be later") {
        fault_vfs::install();
        attack_line line{"disk: a store that is made or opened"};
        for (const bool made : {false, true})
            for (const auto& [fault, name] : kinds) {
                int points = 0;
                for (std::int64_t nth = 1;; ++nth, ++points) {
                    CAPTURE(made);
                    CAPTURE(name);
                    CAPTURE(nth);
                    scratch_folder folder;
                    sqlite_world world{folder / "store.db"};
                    ledger told_so;
                    if (made) {
                        told_so.append(world.open({}, sqlite::durability::off), 0);
                        world.close();
                    }
                    fault_vfs::arm(fault, nth, nth % 2 == 0 ? once : from_then_on);
                    bool failed = false;
                    try {
                        world.open(fault_vfs::name);
                    } catch (const error&) {
                        failed = true;
                    }
                    const bool fired = fault_vfs::fired();
                    fault_vfs::disarm();
                    CHECK((fired || !failed));
                    world.close();
                    event_store& store = world.open({}, sqlite::durability::off);
                    told_so.append(store, 1);
                    CHECK(told_so.count(told::stored) == (made ? 2 : 1));
                    const disagreement found = told_so.compare(store);
                    line.found += found;
                    CHECK(found.to_string() == disagreement{}.to_string());
                    if (!fired) break;
                }
                line.add("points", points);
                CHECK((points > 0 || (made && fault != disk_fault::read_error)));
            }
    }
}
