// Everything that can happen to the workers of a group, one thing after the other on one thread, in an order that a seed
// chooses: batches, beats, sleeps, crashes, newcomers, events that fail, replays, splits, merges, pauses, rebuilds,
// appends, and workers that sleep in the middle of a batch while others take their work. After each step the rows are
// what the file says of them, and no partition has gone back.

#include "attack_line.hpp"
#include "planted_bug.hpp"
#include "planted_models.hpp"
#include "projection_world.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/dead_letters.hpp>
#include <foldline/projections/group_worker.hpp>
#include <foldline/projections/rebuild.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

constexpr lease_options short_leases{1'000ms, 300ms};
constexpr std::size_t most_members = 5;

/// Passes everything on, and calls `before` in front of each event.
class interrupted_projection final : public projection {
public:
    using interruption = std::function<void(const event_view&)>;
    explicit interrupted_projection(interruption before) : before_(std::move(before)) {}

    [[nodiscard]] std::string_view name() const override { return inner_.name(); }
    [[nodiscard]] std::uint32_t version() const override { return inner_.version(); }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return inner_.tables(); }
    [[nodiscard]] std::span<const projected_event> events() const override { return inner_.events(); }
    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session& rows) override {
        before_(event);
        inner_.apply(wanted, message, event, rows);
    }

private:
    sql_projection inner_ = sales_projection();
    interruption before_;
};

/// A worker as a process has it: its group worker, its projector, and a projection of its own.
struct member {
    member(event_store& store, read_model_store& models, worker_id id, const projector_options& options,
           const monotonic_clock& ticks, std::function<void(member&, const event_view&)> before)
        : rows([this, before = std::move(before)](const event_view& event) { before(*this, event); }),
          group(models, id, ticks, short_leases),
          works(store, options) {
        works.add(rows, models).add(tills, models).work_on({});
        group.join("sales");
        group.join("tills");
    }

    /// As a runner does between two batches.
    void take_partitions() {
        if (group.changes() == assignment) return;
        assignment = group.changes();
        std::vector<partition_claim> claims = group.claims();
        works.work_on(claims);
        for (const partition_claim& old : taken) {
            const bool kept = std::any_of(claims.begin(), claims.end(), [&](const partition_claim& each) {
                return each.projection == old.projection && each.part == old.part && each.epoch == old.epoch;
            });
            if (!kept) group.given_up(old);
        }
        taken = std::move(claims);
    }
    bool run() {
        const bool was_busy = std::exchange(is_busy, true);
        if (was_busy) return false;
        take_partitions();
        is_first = true;
        bool more = false;
        try {
            more = works.run_batch();
        } catch (const storage_error&) {
            // Its runner would look again after a while.
        }
        is_busy = false;
        return more;
    }

    interrupted_projection rows;
    document_projection<documents::v1::CustomerSummary> tills = tills_projection();
    group_worker group;
    projector works;
    std::uint64_t assignment = 0;
    std::vector<partition_claim> taken;
    bool is_busy = false;
    bool is_first = false;  // whether the event that comes next is the first of a batch
};

class simulation {
public:
    simulation(std::uint64_t seed, bool is_fenced) : random_(seed) {
        if (!is_fenced) unfenced_ = std::make_unique<unfenced_models>(file_.models());
        options_.batch = batch_limit{static_cast<std::size_t>(drawn(random_, 1, 6))};
        options_.on_failure.retries = static_cast<std::uint32_t>(drawn(random_, 0, 2));
        options_.on_failure.delays.first = 100ms;
        options_.time = &world_.time;
        options_.ticks = &ticks_;
        const auto sales = sales_projection();
        const auto tills = tills_projection();
        file_.models().create(sales, world_.store.identity(), any_partitions());
        file_.models().create(tills, world_.store.identity(), any_partitions());
        enter();
    }

    disagreement run(int steps) {
        for (int step = 0; step < steps; ++step) {
            act();
            const disagreement now = check();
            if (now.total() > 0) return now;
        }
        return settle();
    }

    std::int64_t takeovers = 0;
    std::int64_t sleeps = 0;
    std::string did;  ///< the last thing
    [[nodiscard]] std::int64_t events() const { return world_.store.head().value; }

private:
    [[nodiscard]] read_model_store& models() {
        return unfenced_ ? *unfenced_ : static_cast<read_model_store&>(file_.models());
    }
    void enter() {
        if (members_.size() == most_members) return;
        members_.push_back(
            std::make_unique<member>(world_.store, models(), worker_id{ids_.next()}, options_, ticks_,
                                     [this](member& self, const event_view& event) { before(self, event); }));
    }
    [[nodiscard]] std::vector<partition> any_partitions() {
        return partitions(static_cast<std::size_t>(drawn(random_, 1, 4)));
    }
    [[nodiscard]] std::string any_projection() { return drawn(random_, 0, 1) == 0 ? "sales" : "tills"; }
    [[nodiscard]] member& any_member() {
        return *members_[static_cast<std::size_t>(drawn(random_, 0, std::ssize(members_) - 1))];
    }

    void act() {
        const std::int64_t what = drawn(random_, 0, 99);
        if (what < 35) told("a batch"), (void)any_member().run();
        else if (what < 55) told("a beat"), any_member().group.step();
        else if (what < 65) told("time"), ticks_.advance(std::chrono::milliseconds{drawn(random_, 50, 700)});
        else if (what < 75)
            told("an append"), append_at_random(world_.store, random_, static_cast<int>(drawn(random_, 1, 10)), 12);
        else if (what < 79) told("a newcomer"), enter();
        else if (what < 82) told("a crash"), crash(true);
        else if (what < 84) told("a leave"), crash(false);
        else if (what < 88) told("poison"), poison_.insert(drawn(random_, 1, events() + 5));
        else if (what < 90) told("no poison"), poison_.clear();
        else if (what < 92) told("a replay"), replay();
        else if (what < 94) told("a split"), split();
        else if (what < 96) told("a merge"), merge();
        else if (what < 97) told("a pause"), file_.models().pause(any_projection(), drawn(random_, 0, 2) == 0);
        else if (what < 98) told("a rebuild"), build_anew();
        else told("by hand"), catch_up_by_hand();
    }
    void told(const char* what) { did = what; }

    void crash(bool without_a_word) {
        if (members_.size() < 2) return;
        const auto gone = members_.begin() + drawn(random_, 0, std::ssize(members_) - 1);
        if (!without_a_word) (*gone)->group.leave();
        members_.erase(gone);
    }
    void replay() { (void)dead_letters{world_.store, file_.models(), failing_, world_.time}.retry_all(); }
    void split() {
        const std::string name = any_projection();
        const auto state = file_.models().find(name);
        const auto which = static_cast<std::size_t>(drawn(random_, 0, std::ssize(state->partitions) - 1));
        if (state->partitions.size() < 8) file_.models().leases().split(name, state->partitions[which].part);
    }
    void merge() {
        const std::string name = any_projection();
        const auto state = file_.models().find(name);
        for (const partition_state& one : state->partitions)
            for (const partition_state& other : state->partitions) {
                if (one.part >= other.part || one.position != other.position) continue;
                if (!are_halves(one.part, other.part)) continue;
                file_.models().leases().merge(name, one.part, other.part);
                return;
            }
    }
    [[nodiscard]] static bool are_halves(partition one, partition other) {
        try {
            (void)whole_of(one, other);
            return true;
        } catch (const invalid_request&) {
            return false;
        }
    }
    /// Whatever is poison is parked in the new rows.
    void build_anew() {
        rebuild_options options;
        options.read_ahead = false;
        options.batch = options_.batch;
        auto tills = tills_projection();
        projection* const both[] = {&failing_, &tills};
        rebuild(world_.store, file_.models(), both, options);
    }
    /// A projector of nobody in particular, who takes what is free.
    void catch_up_by_hand() {
        auto tills = tills_projection();
        projector by_hand{world_.store, options_};
        by_hand.add(failing_, models()).add(tills, models());
        for (int i = 0; i < 3; ++i) (void)by_hand.run_batch();
    }

    /// In front of each event; at the first of a batch it may sleep, and others go on.
    void before(member& self, const event_view& event) {
        if (std::exchange(self.is_first, false) && drawn(random_, 0, 4) == 0 && has_no_lock(self)) sleep(self);
        fail_if_poison(event);
    }
    /// Whether nothing was written so far in the batch at hand, so that nobody has to wait for whoever sleeps in it.
    [[nodiscard]] bool has_no_lock(const member& self) {
        const auto statuses = self.works.status();
        const bool retries = std::any_of(statuses.begin(), statuses.end(),
                                         [](const auto& each) { return each.doing == activity::retrying; });
        return !is_asleep_ && !retries && file_.models().dead_letters().count("sales").keys == 0;
    }
    void sleep(const member& self) {
        is_asleep_ = true;
        ++sleeps;
        ticks_.advance(short_leases.lease);
        for (int i = 0; i < 8; ++i) {
            for (const auto& other : members_) {
                if (other.get() == &self) continue;
                other->group.step();
                (void)other->run();
            }
            ticks_.advance(short_leases.beat);
        }
        is_asleep_ = false;
    }
    void fail_if_poison(const event_view& event) const {
        if (poison_.contains(event.position.value)) throw std::runtime_error("no paper");
    }

    [[nodiscard]] disagreement check() {
        disagreement found = compare_with_state(world_.store, file_.models());
        found += compare_lines(till_lines(file_.models()), expected_tills(world_.store, file_.models()));
        for (const char* name : {"sales", "tills"}) found.wrong += steps_back(name);
        return found;
    }
    /// By streams rather than by partitions, which are split and merged.
    [[nodiscard]] int steps_back(const std::string& name) {
        int count = 0;
        const auto state = file_.models().find(name);
        for (int till = 1; till <= 12; ++till) {
            const std::uint64_t hash = order_hash("till-" + std::to_string(till));
            for (const partition_state& each : state->partitions) {
                if (!each.part.owns(hash)) continue;
                global_position& furthest = furthest_[{name, till}];
                count += each.position < furthest ? 1 : 0;
                furthest = each.position;
            }
        }
        return count;
    }
    [[nodiscard]] bool is_settled() {
        return position_of(file_.models(), "sales") == world_.store.head() &&
               position_of(file_.models(), "tills") == world_.store.head() &&
               file_.models().dead_letters().count("sales").keys == 0;
    }

    disagreement settle() {
        told("the end");
        poison_.clear();
        for (const char* name : {"sales", "tills"}) file_.models().pause(name, false);
        for (int round = 0; round < 200; ++round) {
            for (const auto& each : members_) {
                each->group.step();
                while (each->run()) {}
            }
            ticks_.advance(short_leases.beat);
            replay();
            if (is_settled()) break;
        }
        const auto present = file_.models().find("sales");
        for (const partition_state& each : present->partitions) takeovers += static_cast<std::int64_t>(each.epoch);
        disagreement found = compare_lines(sales_lines(file_.models()), fresh_sales_lines(world_.store));
        found += compare_lines(till_lines(file_.models()), fresh_till_lines(world_.store));
        return found;
    }

    std::mt19937_64 random_;
    memory_world world_;
    testing::manual_monotonic_clock ticks_;
    testing::sequential_ids ids_{7};
    model_file file_;
    std::unique_ptr<read_model_store> unfenced_;
    projector_options options_;
    interrupted_projection failing_{[this](const event_view& event) { fail_if_poison(event); }};
    std::set<std::int64_t> poison_;
    std::vector<std::unique_ptr<member>> members_;
    std::map<std::pair<std::string, int>, global_position> furthest_;
    bool is_asleep_ = false;
};

disagreement simulate(std::uint64_t seed, bool is_fenced, attack_line* line, std::string* last = nullptr) {
    simulation world{seed, is_fenced};
    const disagreement found = world.run(80);
    if (last) *last = world.did;
    if (line) {
        line->add("seeds");
        line->add("events", world.events());
        line->add("claims", world.takeovers);
        line->add("sleeps in a batch", world.sleeps);
    }
    return found;
}

}  // namespace

TEST_SUITE("faults") {
    // guards: two owners; rebuild beside catch-up; split or merge half done; a lease taken from a busy worker
    TEST_CASE("simulation: whatever happens to workers in whatever order, the rows are what the file says of them") {
        attack_line line{"simulation: workers of a group"};
        const int seeds = is_full_run() ? 20'000 : 300;
        for (int number = 0; number < seeds; ++number) {
            const std::uint64_t seed = line.random()();
            CAPTURE(number);
            CAPTURE(seed);
            std::string last;
            const disagreement found = simulate(seed, !is_planted("no_fence"), &line, &last);
            CAPTURE(last);
            line.found += found;
            CHECK(found.to_string() == disagreement{}.to_string());
            if (found.total() > 0) break;
        }
        CHECK(line.count("sleeps in a batch") > 0);
    }

    TEST_CASE("simulation: workers whose transactions ask for no claim are found out") {
        std::mt19937_64 random{attack_seed()};
        bool is_found = false;
        for (int seed = 0; seed < 100 && !is_found; ++seed) is_found = simulate(random(), false, nullptr).total() > 0;
        CHECK(is_found);
    }
}
