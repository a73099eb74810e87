// Followers of a store in a file: everything once and in order, wherever they begin, whatever happens meanwhile.

#include "attack_line.hpp"
#include "fault_vfs.hpp"
#include "planted_bug.hpp"
#include "sqlite_world.hpp"
#include "support/scratch_folder.hpp"
#include "support/seed.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

using numbers = std::vector<std::int64_t>;

event_data deposit(const std::string& note = "") {
    bank::v1::MoneyDeposited message;
    message.set_note(note);
    return to_event(message);
}

void append(event_store& store, std::size_t count = 1, const std::string& id = "1", const std::string& note = "") {
    (void)std::get<appended>(store.append(
        append_request::to({"account", id}, expected_version::any(), std::vector<event_data>(count, deposit(note)))));
}

/// A store that costs no disk, with a clock that a test moves.
struct followed_store {
    explicit followed_store(std::vector<projection*> inline_projections = {}, const std::string& vfs = {})
        : file(folder / "store.db", {.durable = sqlite::durability::off, .vfs = vfs}),
          store(file, time, ids, {.inline_projections = std::move(inline_projections)}) {}

    scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file;
    sqlite::sqlite_event_store store;
};

auto note_positions(numbers& seen) {
    return [&seen](const event_view& event) { seen.push_back(event.position.value); };
}

/// Adds to `found` what `seen` misses of first … last, has twice or has out of order.
void compare(const numbers& seen, std::int64_t first, std::int64_t last, attack_line& line) {
    std::int64_t next = first;
    for (const std::int64_t position : seen) {
        if (position < next) ++line.found.dup;
        else line.found.lost += static_cast<int>(position - next);
        next = std::max(next, position + 1);
    }
    line.found.lost += static_cast<int>(last + 1 - next);
    line.add("followed", static_cast<std::int64_t>(seen.size()));
}

/// A follower's end, wherever the bug is planted that goes on from the head of the log.
global_position reached(const subscription& feed, const event_store& store) {
    return is_planted("head_checkpoint") ? store.head() : feed.position();
}

/// Memory that this process has, in KiB.
std::int64_t resident_kib() {
    std::ifstream in{"/proc/self/statm"};
    std::int64_t total = 0;
    std::int64_t resident = 0;
    in >> total >> resident;
    return resident * ::sysconf(_SC_PAGESIZE) / 1024;
}

void must_hold(const attack_line& line) {
    CHECK(line.found.to_string() == disagreement{}.to_string());
    CHECK(line.count("followed") > 0);
}

}  // namespace

TEST_SUITE("faults") {
    // guards: a follower that stops at the edge of a batch (BUGS 26); one commit whose events share a time (BUGS 18)
    TEST_CASE("follower: logs around a number of batches are followed to their end, in one commit or in many") {
        attack_line line{"follower: lengths around batches"};
        for (const std::int64_t batch : {1, 7, 500})
            for (const std::int64_t events : {2 * batch - 1, 2 * batch, 2 * batch + 1})
                for (const bool in_one_commit : {true, false}) {
                    CAPTURE(batch);
                    CAPTURE(events);
                    followed_store world;
                    if (in_one_commit) append(world.store, static_cast<std::size_t>(events));
                    else
                        for (std::int64_t i = 0; i < events; ++i) append(world.store, 1, std::to_string(i % 3));
                    subscription feed{world.store, read_query::all(), batch_limit{static_cast<std::size_t>(batch)}};
                    numbers seen;
                    while (feed.poll(note_positions(seen))) {}
                    CHECK(feed.caught_up());
                    compare(seen, 1, events, line);
                }
        must_hold(line);
    }

    // guards: the first event after a restart is skipped (BUGS 10); a start mark on the edge (BUGS 3); a checkpoint above
    // the last delivered event (BUGS 11)
    TEST_CASE("follower: restarted at every position, in a file opened anew, it gets exactly the rest") {
        attack_line line{"follower: restarts"};
        constexpr std::int64_t events = 21;
        for (const std::size_t batch : {1U, 4U, 7U, 100U})
            for (std::int64_t start = 0; start <= events; ++start) {
                CAPTURE(start);
                scratch_folder folder;
                sqlite_world world{folder / "store.db"};
                event_store& store = world.open({}, sqlite::durability::off);
                for (std::int64_t i = 0; i < events; i += 3) append(store, 3, std::to_string(i % 2));
                numbers seen;
                // As far as `start`, where it is stopped.
                subscription first{store, read_query::all(), batch_limit{batch}};
                while (static_cast<std::int64_t>(seen.size()) < start)
                    (void)first.poll([&](const event_view& event) {
                        seen.push_back(event.position.value);
                        return static_cast<std::int64_t>(seen.size()) < start ? flow::go_on : flow::stop;
                    });
                const global_position checkpoint = reached(first, store);
                world.close();
                event_store& reopened = world.open({}, sqlite::durability::off);
                subscription second{reopened, read_query::all().after(checkpoint), batch_limit{batch}};
                while (second.poll(note_positions(seen))) {}
                append(reopened);
                (void)second.poll(note_positions(seen));
                compare(seen, 1, events + 1, line);
                CHECK_THROWS_AS(subscription(reopened, read_query::all().after(global_position{events + 2})),
                                incompatible_store);
            }
        must_hold(line);
    }

    // guards: an append that stays open for long is passed by (BUGS 1, 4)
    TEST_CASE("follower: after idling it meets an append that was open while it looked, and nothing before it") {
        attack_line line{"follower: an append held open"};
        std::promise<void> is_open;
        std::promise<void> may_end;
        sql_projection slow{"slow", 1};
        slow.on([&](const bank::v1::MoneyDeposited& message, const event_view&, sql_session&) {
            if (message.note() != "slow") return;
            is_open.set_value();
            may_end.get_future().wait();
        });
        followed_store world{{&slow}};
        append(world.store, 10);
        subscription feed{world.store, read_query::all()};
        numbers seen;
        for (int look = 0; look < 100; ++look) (void)feed.poll(note_positions(seen));
        {
            std::jthread writer{[&] { append(world.store, 1, "1", "slow"); }};
            is_open.get_future().wait();
            for (int look = 0; look < 100; ++look) CHECK_FALSE(feed.poll(note_positions(seen)));
            CHECK(seen.size() == 10);
            CHECK(feed.position() == global_position{10});
            may_end.set_value();
        }
        append(world.store);
        (void)feed.poll(note_positions(seen));
        compare(seen, 1, 12, line);
        must_hold(line);
    }

    // guards: a number that was taken and given back stops the followers (BUGS 6, 7); a list of gaps that grows (BUGS 8)
    TEST_CASE("follower: appends that fail after their position was taken leave nothing to wait for") {
        attack_line line{"follower: appends that failed late"};
        sql_projection strict{"strict", 1};
        strict.on([](const bank::v1::MoneyDeposited& message, const event_view&, sql_session&) {
            if (message.note() == "refused") throw std::runtime_error("refused");
        });
        followed_store world{{&strict}};
        subscription feed{world.store, read_query::all()};
        numbers seen;
        const int failures = is_full_run() ? 1'000'000 : 2'000;
        std::int64_t stored = 0;
        std::int64_t warm_kib = 0;
        for (int i = 0; i < failures; ++i) {
            if (i == 1'000) warm_kib = resident_kib();
            CHECK_THROWS_AS(append(world.store, 2, "1", "refused"), event_failure);
            if (i % 100 != 0) continue;
            append(world.store);
            ++stored;
            (void)feed.poll(note_positions(seen));
        }
        line.add("failed", failures);
        compare(seen, 1, stored, line);
        CHECK(resident_kib() - warm_kib < 16 * 1024);
        must_hold(line);
    }

    // guards: a slow subscriber is dropped, or loses what came while its buffer was full (BUGS 21)
    TEST_CASE("follower: one that takes an event at a time beside a fast writer misses none") {
        attack_line line{"follower: slow consumer"};
        followed_store world;
        numbers seen;
        global_position checkpoint;
        std::int64_t stored = 0;
        while (stored < 500) {
            append(world.store, 25, std::to_string(stored % 4));
            stored += 25;
            subscription feed{world.store, read_query::all().after(checkpoint), batch_limit{10}};
            (void)feed.poll([&](const event_view& event) {
                seen.push_back(event.position.value);
                return flow::stop;
            });
            checkpoint = reached(feed, world.store);
        }
        subscription feed{world.store, read_query::all().after(checkpoint), batch_limit{10}};
        while (feed.poll(note_positions(seen))) {}
        compare(seen, 1, stored, line);
        must_hold(line);
    }

    // guards: times decide what is delivered, or in which order (BUGS 5); a writer whose clock is behind (BUGS 19)
    TEST_CASE("follower: a writer's clock that jumps by hours changes nothing") {
        attack_line line{"follower: clock of a writer"};
        followed_store world;
        subscription feed{world.store, read_query::all(), batch_limit{3}};
        numbers seen;
        for (int i = 0; i < 60; ++i) {
            const auto hours = std::chrono::hours{static_cast<int>(line.random()() % 49) - 24};
            world.time.advance(hours);
            event_data event = deposit();
            event.occurred_at = timestamp{std::chrono::hours{static_cast<int>(line.random()() % 1'000)}};
            (void)std::get<appended>(
                world.store.append(append_request::to({"account", "1"}, expected_version::any(), {event})));
            if (i % 5 == 0) (void)feed.poll(note_positions(seen));
        }
        while (feed.poll(note_positions(seen))) {}
        compare(seen, 1, 60, line);
        must_hold(line);
    }

    // guards: a connection that breaks during catch-up (BUGS 20)
    TEST_CASE("follower: whichever read fails, the next poll goes on with the very next event") {
        fault_vfs::install();
        attack_line line{"follower: reads that fail"};
        scratch_folder folder;
        sqlite_world world{folder / "store.db"};
        {
            event_store& store = world.open({}, sqlite::durability::off);
            for (int i = 0; i < 300; ++i) append(store, 1, std::to_string(i % 5), std::string(500, 'n'));
            world.close();
        }
        for (std::int64_t nth = 1;; ++nth) {
            CAPTURE(nth);
            event_store& store = world.open(fault_vfs::name, sqlite::durability::off);
            numbers seen;
            subscription feed{store, read_query::all(), batch_limit{40}};
            fault_vfs::arm(disk_fault::read_error, nth, fault_vfs::length::once);
            for (bool more = true; more;) {
                try {
                    more = feed.poll(note_positions(seen));
                } catch (const storage_error&) {
                    line.add("failed");
                }
            }
            const bool fired = fault_vfs::fired();
            fault_vfs::disarm();
            compare(seen, 1, 300, line);
            world.close();
            if (!fired) break;
        }
        CHECK(line.count("failed") > 5);
        must_hold(line);
    }
}
