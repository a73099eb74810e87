// The writer's clock is wrong: hours and days ahead or behind, in every state of a store, and right again. Stored times
// are for people, and still they never go back; order, ids and who has read what do not depend on them at all.

#include "attack_line.hpp"
#include "sqlite_world.hpp"

#include "support/account.hpp"
#include "support/seed.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/as_of.hpp>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/snapshots/memory_snapshot_store.hpp>
#include <foldline/testing/manual_clock.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

/// A store whose clock is in the test's hand.
class world {
public:
    virtual ~world() = default;
    virtual event_store& store() = 0;
    virtual void reopen() {}

    testing::manual_clock clock;
    uuid_v7_source ids{clock};
};

class memory_world_of_time final : public world {
public:
    event_store& store() override { return store_; }

private:
    memory_event_store store_{clock, ids};
};

class sqlite_world_of_time final : public world {
public:
    sqlite_world_of_time() { sqlite_world_of_time::reopen(); }
    event_store& store() override { return *store_; }
    void reopen() override {
        store_.reset();
        file_.reset();
        file_.emplace(folder_ / "store.db", sqlite::database_options{.durable = sqlite::durability::off});
        store_.emplace(*file_, clock, ids);
    }

private:
    scratch_folder folder_;
    std::optional<sqlite::database> file_;
    std::optional<sqlite::sqlite_event_store> store_;
};

std::vector<recorded_event> everything(const event_store& store) {
    std::vector<recorded_event> events;
    read_query query = read_query::all();
    for (bool at_end = false; !at_end;) {
        const page page = store.read(query, batch_limit{1'000}, [&](const event_view& event) {
            events.emplace_back(event, store.type_of(event.type));
        });
        at_end = page.at_end;
        query = query.from(page);
    }
    return events;
}

event_data deposit(std::int64_t amount, std::optional<event_id> id = {}) {
    bank::v1::MoneyDeposited deposited;
    deposited.set_amount_minor(amount);
    event_data event = to_event(deposited);
    event.id = id;
    return event;
}

snapshot_policy keeping_all() { return every(1'000'000).keeping(1'000); }

constexpr std::chrono::microseconds jumps[] = {0h, 1h, -1h, 24h, -24h};

/// What a store is doing when its clock jumps.
enum class state { appending, appending_twice, repeating, refusing, reopening };
constexpr state states[] = {state::appending, state::appending_twice, state::repeating, state::refusing,
                            state::reopening};

/// Walks a store through every pair of (jump, state), three days after each other, and checks each answer on the way.
class walk {
public:
    walk(world& walked, attack_line& line) : world_(walked), line_(line) {}

    void go() {
        for (const auto first : jumps)
            for (const state before : states)
                for (const auto second : jumps)
                    for (const state after : states) {
                        true_time_ += 72h;
                        step(first, before);
                        step(second, after);
                    }
    }

    [[nodiscard]] std::size_t appended_events() const { return recorded_.size(); }
    /// Of the streams, taken while the clock jumped.
    [[nodiscard]] memory_snapshot_store& snapshots() { return snapshots_; }

    void compare() {
        const auto events = everything(world_.store());
        REQUIRE(events.size() == recorded_.size());
        int wrong = 0;
        for (std::size_t i = 0; i < events.size(); ++i) {
            wrong += events[i].recorded_at == recorded_[i] ? 0 : 1;
            if (i == 0) continue;
            wrong += events[i].recorded_at >= events[i - 1].recorded_at ? 0 : 1;
            // Repeated requests bring ids of their own, which come from no clock.
            if (own_[i] || own_[i - 1]) continue;
            wrong += events[i].id > events[i - 1].id ? 0 : 1;
        }
        line_.found.wrong += wrong;
        CHECK(wrong == 0);
    }

private:
    void step(std::chrono::microseconds jump, state what) {
        line_.add("jumps");
        world_.clock.set(true_time_ + jump);
        switch (what) {
            case state::appending: append({}); return;
            case state::appending_twice:
                append({});
                append({});
                return;
            case state::repeating: return repeat();
            case state::refusing: return be_refused();
            case state::reopening:
                world_.reopen();
                append({});
                return;
        }
    }

    appended append(std::optional<event_id> id) {
        const stream_id stream{"account", std::to_string(recorded_.size() % 3)};
        last_ = std::max(last_, world_.clock.now());
        const auto request = append_request::to(stream, expected_version::any(), {deposit(1, id)});
        const auto done = std::get<appended>(world_.store().append(request));
        CHECK(done.recorded_at == last_);
        recorded_.push_back(last_);
        own_.push_back(id.has_value());
        if (id) sent_.emplace_back(request, done);
        if (recorded_.size() % 10 == 0) {
            snapshotting_repository<account> accounts{world_.store(), snapshots_, keeping_all()};
            (void)accounts.take_now(stream.id());
        }
        return done;
    }

    /// A request of long ago, or of now, has the time that it had.
    void repeat() {
        (void)append(event_id{uuid::from_name(fmt::format("request {}", sent_.size()))});
        const auto check_first = [&](const std::pair<append_request, appended>& sent) {
            appended again = sent.second;
            again.when = stored::before;
            CHECK(std::get<appended>(world_.store().append(sent.first)) == again);
        };
        check_first(sent_.front());
        check_first(sent_.back());
    }

    void be_refused() {
        const auto request =
            append_request::to({"account", "0"}, expected_version::exactly(stream_version{1'000'000}), {deposit(1)});
        CHECK(std::holds_alternative<version_conflict>(world_.store().append(request)));
    }

    world& world_;
    attack_line& line_;
    memory_snapshot_store snapshots_;
    timestamp true_time_ = world_.clock.now();
    timestamp last_ = timestamp::min();
    std::vector<timestamp> recorded_;
    std::vector<bool> own_;
    std::vector<std::pair<append_request, appended>> sent_;
};

/// What a store knew at a time is a prefix of each stream, whatever the clock did, and snapshots change nothing of it.
void check_pasts(attack_line& line, event_store& store, snapshot_store& snapshots,
                 const std::vector<recorded_event>& events) {
    const repository<account> replayed{store};
    const snapshotting_repository<account> shortened{store, snapshots, keeping_all()};
    const auto recorded_by = [&](const char* id, timestamp time) {
        return std::count_if(events.begin(), events.end(), [&](const recorded_event& event) {
            return event.stream.id() == id && event.recorded_at <= time;
        });
    };
    int wrong = 0;
    int asked = 0;
    for (std::size_t i = 0; i < events.size(); i += 37)
        for (const auto beside : {-1us, 0us, 1us})
            for (const char* id : {"0", "1", "2"}) {
                const timestamp time = events[i].recorded_at + beside;
                const auto then = replayed.load(id, as_of_recorded{time});
                const auto at_once = shortened.load(id, as_of_recorded{time});
                ++asked;
                wrong += then.version.value == recorded_by(id, time) ? 0 : 1;
                wrong += then.state.balance_minor == then.version.value ? 0 : 1;
                wrong += at_once.version == then.version && at_once.state == then.state ? 0 : 1;
            }
    line.add("pasts", asked);
    line.add("from a snapshot", static_cast<std::int64_t>(shortened.counters().used));
    line.found.wrong += wrong;
    CHECK(asked > 100);
    CHECK(shortened.counters().used > 50);
    CHECK(wrong == 0);
}

void walk_through_time(attack_line& line, world& walked) {
    walk walk{walked, line};
    walk.go();
    CHECK(walk.appended_events() > 1'000);
    line.add("events", static_cast<std::int64_t>(walk.appended_events()));
    walk.compare();
    const auto events = everything(walked.store());
    check_pasts(line, walked.store(), walk.snapshots(), events);
    walked.reopen();
    walk.compare();
}

/// A follower comes from far behind to the head and stays there, while the writer appends; after `n` polls the writer's
/// clock falls back by an hour, and stays there or not.
void follow(attack_line& line, world& followed, int behind_after, std::size_t batch) {
    const auto append = [&](int count) {
        for (int i = 0; i < count; ++i) {
            followed.clock.advance(1s);
            (void)followed.store().append(
                append_request::to({"account", "0"}, expected_version::any(), {deposit(1), deposit(2)}));
        }
    };
    append(7);
    subscription follower{followed.store(), read_query::all(), batch_limit{batch}};
    std::vector<std::int64_t> seen;
    timestamp latest = timestamp::min();
    const auto note = [&](const event_view& event) {
        seen.push_back(event.position.value);
        CHECK(event.recorded_at >= latest);
        latest = event.recorded_at;
    };
    for (int polls = 0; polls < 24; ++polls) {
        if (polls == behind_after) followed.clock.advance(-1h);
        if (polls == behind_after + 5) followed.clock.advance(1h);
        if (polls % 3 == 0) append(1);
        (void)follower.poll(note);
    }
    while (follower.poll(note)) {}
    CHECK(follower.caught_up());
    std::vector<std::int64_t> all;
    for (const recorded_event& event : everything(followed.store())) all.push_back(event.position.value);
    line.add("followers");
    line.add("events", std::ssize(seen));
    line.found.wrong += seen == all ? 0 : 1;
    CHECK(seen == all);
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("time: a memory store's times never go back, whatever its clock does in whichever state") {
        memory_world_of_time world;
        attack_line line{"time: memory store"};
        walk_through_time(line, world);
    }

    TEST_CASE(
        "time: an SQLite store's times never go back, whatever its clock does in whichever state, opened again too") {
        sqlite_world_of_time world;
        attack_line line{"time: SQLite store"};
        walk_through_time(line, world);
    }

    TEST_CASE("time: ids of version 7 go on increasing through jumps of an hour and a day") {
        testing::manual_clock clock;
        uuid_v7_source ids{clock};
        const timestamp start = clock.now();
        uuid last{};
        attack_line line{"time: ids"};
        for (int round = 0; round < 50; ++round)
            for (const auto first : jumps)
                for (const auto second : jumps) {
                    for (const auto jump : {first, second}) {
                        clock.set(start + round * 100ms + jump);
                        for (int i = 0; i < 3; ++i) {
                            const uuid next = ids.next();
                            line.add("ids");
                            line.found.wrong += next > last ? 0 : 1;
                            last = next;
                        }
                    }
                }
        CHECK(line.found.wrong == 0);
    }

    // guards: hand-over to live, with the writer's clock one hour behind
    TEST_CASE("time: a follower misses and repeats nothing when the writer's clock falls back, wherever it stands") {
        attack_line line{"time: followers"};
        for (int behind_after = 0; behind_after < 24; ++behind_after) {
            CAPTURE(behind_after);
            for (const std::size_t batch : {std::size_t{1}, std::size_t{4}, std::size_t{100}}) {
                CAPTURE(batch);
                memory_world_of_time in_memory;
                follow(line, in_memory, behind_after, batch);
                // A file costs more; whichever store it is, the follower is the same.
                if (batch != 4 && !is_full_run()) continue;
                sqlite_world_of_time in_a_file;
                follow(line, in_a_file, behind_after, batch);
            }
        }
    }
}
