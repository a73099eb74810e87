#include "support/sales.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/group_worker.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stop_token>
#include <thread>
#include <tuple>

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

namespace {

constexpr lease_options ten_seconds{10'000ms, 3'000ms};

using place = std::pair<std::string, partition>;

std::string hexadecimal(worker_id id) {
    std::string digits = id.value.to_string();
    std::erase(digits, '-');
    return digits;
}

std::set<place> places_of(const std::vector<partition_claim>& claims) {
    std::set<place> places;
    for (const partition_claim& claim : claims) places.insert({claim.projection, claim.part});
    return places;
}

bool contains(const std::vector<partition_claim>& claims, const partition_claim& claim) {
    return std::any_of(claims.begin(), claims.end(), [&](const partition_claim& each) {
        return each.projection == claim.projection && each.part == claim.part && each.epoch == claim.epoch;
    });
}

/// A process of a group: its heart, and its worker, which takes what it may work on between two batches.
class process {
public:
    process(read_model_store& models, worker_id self, const monotonic_clock& ticks,
            std::vector<std::string> projections)
        : worker(models, self, ticks, ten_seconds), id(self) {
        for (std::string& each : projections) worker.join(std::move(each));
    }

    void between_batches() {
        auto now = worker.claims();
        for (const partition_claim& old : working)
            if (!contains(now, old)) worker.given_up(old);
        working = std::move(now);
    }
    void beat() {
        worker.step();
        between_batches();
    }
    [[nodiscard]] std::size_t count(const std::string& projection) const {
        return static_cast<std::size_t>(std::count_if(working.begin(), working.end(), [&](const partition_claim& each) {
            return each.projection == projection;
        }));
    }

    group_worker worker;
    const worker_id id;
    std::vector<partition_claim> working;
};

/// A file with projections, and processes that share the work on them.
struct worker_group {
    explicit worker_group(std::size_t parts = 8) { add_projection("sales", parts); }

    void add_projection(const std::string& name, std::size_t parts) {
        sql_projection added{name, 1};
        file.models().create(added, store_identity{}, partitions(parts));
        projections.push_back(name);
    }
    process& enter() {
        all.push_back(std::make_unique<process>(file.models(), worker_id{ids.next()}, ticks, projections));
        return *all.back();
    }
    void enter(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) enter();
    }
    void execute(const std::string& sql) { file.database().lease_writer().db().execute(sql); }

    /// A beat of each, in time; `rounds` of them.
    void settle(int rounds = 6) {
        for (int round = 0; round < rounds; ++round) {
            ticks.advance(ten_seconds.beat);
            for (const auto& each : all) each->beat();
        }
    }
    void settle_without(const process& dead, int rounds) {
        for (int round = 0; round < rounds; ++round) {
            ticks.advance(ten_seconds.beat);
            for (const auto& each : all)
                if (each.get() != &dead) each->beat();
        }
    }
    void end(process& gone) {
        std::erase_if(all, [&](const auto& each) { return each.get() == &gone; });
    }
    void leave(process& leaver) {
        leaver.worker.leave();
        end(leaver);
    }

    [[nodiscard]] std::vector<std::size_t> counts(const std::string& projection = "sales") const {
        std::vector<std::size_t> found;
        for (const auto& each : all) found.push_back(each->count(projection));
        std::sort(found.begin(), found.end());
        return found;
    }
    [[nodiscard]] std::vector<std::size_t> totals() const {
        std::vector<std::size_t> found;
        for (const auto& each : all) found.push_back(each->working.size());
        std::sort(found.begin(), found.end());
        return found;
    }
    /// Everything that somebody works on; a place that two work on comes twice.
    [[nodiscard]] std::vector<place> worked_on() const {
        std::vector<place> found;
        for (const auto& each : all)
            for (const place& one : places_of(each->working)) found.push_back(one);
        std::sort(found.begin(), found.end());
        return found;
    }
    [[nodiscard]] std::vector<place> everything() const {
        std::vector<place> found;
        for (const projection_state& state : file.models().projections())
            for (const partition_state& part : state.partitions) found.push_back({state.name, part.part});
        std::sort(found.begin(), found.end());
        return found;
    }
    [[nodiscard]] std::vector<std::uint64_t> changes() const {
        std::vector<std::uint64_t> found;
        for (const auto& each : all) found.push_back(each->worker.changes());
        return found;
    }

    mutable model_file file;
    testing::manual_monotonic_clock ticks;
    testing::sequential_ids ids;
    std::vector<std::string> projections;
    std::vector<std::unique_ptr<process>> all;
};

using sizes = std::vector<std::size_t>;

bool differ_by_one_at_most(const sizes& sorted) { return sorted.empty() || sorted.back() - sorted.front() <= 1; }

}  // namespace

TEST_CASE("group: who is alone gets every partition at its first step") {
    worker_group group;
    group.enter().beat();
    CHECK(group.worked_on() == group.everything());
}

TEST_CASE("group: eight partitions are shared fairly by one to five workers, and then stay") {
    const std::map<std::size_t, sizes> fair{
        {1, {8}}, {2, {4, 4}}, {3, {2, 3, 3}}, {4, {2, 2, 2, 2}}, {5, {1, 1, 2, 2, 2}}};
    for (const auto& [workers, wanted] : fair) {
        CAPTURE(workers);
        worker_group group;
        group.enter(workers);
        group.settle();
        CHECK(group.counts() == wanted);
        CHECK(group.worked_on() == group.everything());

        const auto before = group.changes();
        group.settle(20);
        CHECK(group.changes() == before);
    }
}

TEST_CASE("group: whoever comes gets a share, and nothing moves that need not") {
    worker_group group;
    group.enter().beat();
    group.enter();
    group.settle();
    REQUIRE(group.counts() == sizes{4, 4});
    const auto first = places_of(group.all[0]->working);
    const auto second = places_of(group.all[1]->working);

    group.enter();
    group.settle();
    CHECK(group.counts() == sizes{2, 3, 3});
    for (const place& kept : places_of(group.all[0]->working)) CHECK(first.contains(kept));
    for (const place& kept : places_of(group.all[1]->working)) CHECK(second.contains(kept));
}

TEST_CASE("group: what a worker leaves behind goes to the others without a wait") {
    worker_group group;
    group.enter(3);
    group.settle();
    group.leave(*group.all[1]);
    for (const auto& each : group.all) each->beat();
    CHECK(group.counts() == sizes{4, 4});
}

TEST_CASE("group: a worker that shows no beat loses its partitions after one lease, and not before") {
    worker_group group;
    process& dead = group.enter();
    process& heir = group.enter();
    group.settle();
    REQUIRE(group.counts() == sizes{4, 4});
    const auto last_seen = group.ticks.now();

    while (group.ticks.now() + ten_seconds.beat < last_seen + ten_seconds.lease) {
        group.ticks.advance(ten_seconds.beat);
        heir.beat();
    }
    group.ticks.advance(last_seen + ten_seconds.lease - group.ticks.now() - 1ns);
    heir.beat();
    CHECK(heir.working.size() == 4);

    group.ticks.advance(1ns);
    heir.beat();
    CHECK(heir.working.size() == 8);
    CHECK(dead.worker.claims().empty());
    CHECK(group.file.models().leases().members("sales").size() == 1);
}

TEST_CASE("group: the lease of a worker that is busy for longer than it is kept") {
    worker_group group;
    process& busy = group.enter();
    process& other = group.enter();
    group.settle();
    const auto working = places_of(busy.working);
    for (int beats = 0; beats < 20; ++beats) {
        group.ticks.advance(ten_seconds.beat);
        busy.worker.step();
        other.beat();
    }
    CHECK(other.working.size() == 4);
    CHECK(places_of(busy.worker.claims()) == working);
    CHECK(group.file.models().leases().beat(busy.working).size() == 4);
}

TEST_CASE("group: a partition that another shall have stays with a busy worker until that lets go of it") {
    worker_group group;
    process& busy = group.enter();
    busy.beat();
    process& newcomer = group.enter();
    for (int beats = 0; beats < 10; ++beats) {
        group.ticks.advance(ten_seconds.beat);
        busy.worker.step();
        newcomer.beat();
    }
    CHECK(newcomer.working.empty());
    CHECK(busy.worker.claims().size() == 4);
    CHECK(group.file.models().leases().beat(busy.working).size() == 8);

    busy.between_batches();
    busy.worker.step();
    newcomer.beat();
    CHECK(newcomer.working.size() == 4);
}

TEST_CASE("group: what was never handed out is released at once") {
    worker_group group;
    process& idle = group.enter();
    idle.worker.step();
    process& newcomer = group.enter();
    newcomer.beat();
    idle.worker.step();
    newcomer.beat();
    CHECK(newcomer.working.size() == 4);
    CHECK(idle.worker.claims().size() == 4);
}

TEST_CASE("group: a worker that was stopped for too long hands nothing out, and joins in again") {
    worker_group group;
    process& zombie = group.enter();
    process& heir = group.enter();
    group.settle();
    const auto before = zombie.worker.changes();
    group.settle_without(zombie, 6);
    REQUIRE(heir.working.size() == 8);

    CHECK(zombie.worker.changes() != before);
    CHECK(zombie.worker.claims().empty());
    CHECK(group.file.models().leases().beat(zombie.working).empty());

    group.settle();
    CHECK(group.counts() == sizes{4, 4});
    CHECK(group.worked_on() == group.everything());
}

TEST_CASE("group: a worker that was taken for dead at its first beat counts again when it comes back") {
    worker_group group;
    process& zombie = group.enter();
    zombie.beat();
    process& first = group.enter();
    process& second = group.enter();
    while (first.working.empty()) group.settle_without(zombie, 1);
    REQUIRE(first.working.size() == 4);
    REQUIRE(second.working.size() == 4);
    group.settle();
    CHECK(group.counts() == sizes{2, 3, 3});
}

TEST_CASE("group: without a successful beat for a lease nothing is handed out until one succeeds") {
    worker_group group;
    process& alone = group.enter();
    alone.beat();
    group.ticks.advance(ten_seconds.lease - 1ns);
    CHECK(alone.worker.claims().size() == 8);
    const auto before = alone.worker.changes();
    group.ticks.advance(1ns);
    CHECK(alone.worker.changes() != before);
    CHECK(alone.worker.claims().empty());

    const auto fenced = alone.worker.changes();
    alone.worker.step();
    CHECK(alone.worker.changes() != fenced);
    CHECK(alone.worker.claims().size() == 8);
}

TEST_CASE("group: a paused projection is let go of, and shared again when it goes on") {
    worker_group group;
    group.enter(2);
    group.settle();
    group.file.models().pause("sales", true);
    group.settle();
    CHECK(group.counts() == sizes{0, 0});
    group.file.models().pause("sales", false);
    group.settle();
    CHECK(group.counts() == sizes{4, 4});
    CHECK(group.worked_on() == group.everything());
}

TEST_CASE("group: partitions that were split or merged are claimed anew") {
    worker_group group{4};
    group.enter(2);
    group.settle();
    lease_store& leases = group.file.models().leases();
    leases.split("sales", partitions(4)[0]);
    leases.split("sales", partitions(4)[1]);
    group.settle();
    CHECK(group.counts() == sizes{3, 3});
    CHECK(group.worked_on() == group.everything());

    const auto [one, other] = halves_of(partitions(4)[0]);
    leases.merge("sales", one, other);
    group.settle();
    CHECK(group.counts() == sizes{2, 3});
    CHECK(group.worked_on() == group.everything());
}

TEST_CASE("group: a projection that has no rows yet is shared once it has them") {
    worker_group group;
    process& early = group.enter();
    early.worker.join("late");
    group.settle();
    CHECK(early.working.size() == 8);
    group.add_projection("late", 2);
    group.settle();
    CHECK(early.count("late") == 2);
}

TEST_CASE("group: projections of one partition each are spread over the workers") {
    worker_group group{1};
    for (const char* name : {"a", "b", "c", "d", "e"}) group.add_projection(name, 1);
    group.enter().beat();
    group.enter(2);
    group.settle();
    CHECK(group.totals() == sizes{2, 2, 2});
    CHECK(group.worked_on() == group.everything());
}

TEST_CASE("group: workers that share only some of their projections leave nothing undone") {
    worker_group group{1};
    group.add_projection("early", 3);
    process& of_both = group.enter();
    group.projections = {"sales"};
    process& of_one = group.enter();
    group.settle();
    CHECK(group.worked_on() == group.everything());
    CHECK(of_both.count("early") == 3);
    CHECK(of_one.count("sales") == 1);
    const auto before = group.changes();
    group.settle(20);
    CHECK(group.changes() == before);
}

TEST_CASE("group: whoever has what cannot be shared out evenly keeps it") {
    worker_group group{1};
    process& late = group.enter();
    process& early = group.enter();
    early.beat();
    group.settle();
    CHECK(early.working.size() == 1);
    CHECK(late.working.empty());
}

TEST_CASE("group: a worker needs an id, and a lease that outlasts two beats") {
    worker_group group;
    CHECK_THROWS_AS(group_worker(group.file.models(), worker_id{}, group.ticks), definition_error);
    CHECK_THROWS_AS(group_worker(group.file.models(), worker_id{group.ids.next()}, group.ticks, {2s, 1s}),
                    definition_error);
    CHECK_THROWS_AS(group_worker(group.file.models(), worker_id{group.ids.next()}, group.ticks, {2s, 0s}),
                    definition_error);
}

TEST_CASE("group: a storage that fails is counted and tried again; claims end with the lease") {
    worker_group group;
    process& only = group.enter();
    only.beat();
    REQUIRE(only.working.size() == 8);

    group.execute("alter table rm_partitions rename to out_of_reach");
    for (int beats = 0; beats < 3; ++beats) {
        group.ticks.advance(ten_seconds.beat);
        only.worker.step();
    }
    CHECK(only.worker.failures() == 3);
    CHECK_THROWS_AS(std::rethrow_exception(only.worker.last_failure()), storage_error);
    CHECK(only.worker.claims().size() == 8);

    group.ticks.advance(1s);
    only.beat();
    CHECK(only.working.empty());

    group.execute("alter table out_of_reach rename to rm_partitions");
    group.settle(2);
    CHECK(only.working.size() == 8);
    CHECK(only.worker.failures() == 4);
    CHECK(only.worker.last_failure() == nullptr);
}

TEST_CASE("group: what a process that has certainly ended worked on goes to the others without a wait") {
    worker_group group;
    process& ended = group.enter();
    process& heir = group.enter();
    group.settle();
    // A process of this number that was started at another time: whoever it was runs no more.
    group.execute(
        fmt::format("update rm_partitions set process = process || '0' where owner = x'{0}'; "
                    "update rm_members set process = process || '0' where worker = x'{0}'",
                    hexadecimal(ended.id)));
    heir.beat();
    CHECK(heir.working.size() == 8);
}

namespace {

/// A group in which anything happens at any time, and what must never be.
class random_group {
public:
    explicit random_group(std::uint64_t seed) : random_(seed) {
        group_.add_projection("stock", 3);
        group_.add_projection("till", 1);
        group_.enter(3);
    }

    void play(int moves) {
        for (int move = 0; move < moves; ++move) {
            act();
            check();
        }
    }
    worker_group& settled() {
        dead_.clear();
        group_.settle(12);
        return group_;
    }

private:
    [[nodiscard]] std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_);
    }
    [[nodiscard]] process& anyone() { return *group_.all[below(group_.all.size())]; }

    void act() {
        const std::size_t what = below(100);
        if (group_.all.empty() || (what < 2 && group_.all.size() < 6)) group_.enter();
        else if (what < 3) group_.leave(anyone());
        else if (what < 4) die();
        else if (what < 6) return_from_the_dead();
        else if (what < 30) group_.ticks.advance(std::chrono::milliseconds{below(3'000)});
        else if (what < 65) anyone().worker.step();
        else anyone().between_batches();
    }
    void die() {
        const std::size_t who = below(group_.all.size());
        dead_.push_back(std::move(group_.all[who]));
        group_.all.erase(group_.all.begin() + static_cast<std::ptrdiff_t>(who));
    }
    void return_from_the_dead() {
        if (dead_.empty()) return;
        group_.all.push_back(std::move(dead_.back()));
        dead_.pop_back();
    }

    void check() {
        std::map<place, worker_id> now;
        for (const auto* some : {&group_.all, &dead_})
            for (const auto& each : *some) check(*each, now);
    }
    void check(process& each, std::map<place, worker_id>& now) {
        // Whatever was handed out is something that the worker may be at work on until the end of its batch.
        for (const partition_claim& claim : each.worker.claims()) {
            const auto [here, is_only] = now.emplace(place{claim.projection, claim.part}, claim.owner);
            CHECK_MESSAGE(is_only, "two workers have ", claim.projection, " ", to_string(claim.part));
            const auto owner =
                owners_.emplace(std::tuple{claim.projection, claim.part, claim.epoch}, claim.owner).first;
            CHECK_MESSAGE(owner->second == claim.owner, "two workers had epoch ", claim.epoch);
            if (!contains(each.working, claim)) each.working.push_back(claim);
        }
    }

    std::mt19937_64 random_;
    worker_group group_;
    std::vector<std::unique_ptr<process>> dead_;
    std::map<std::tuple<std::string, partition, std::uint64_t>, worker_id> owners_;
};

}  // namespace

TEST_CASE("group: whatever happens, no two have one partition; when nothing more happens, all is shared fairly") {
    const std::uint64_t seed = seed_of_this_run();
    CAPTURE(seed);
    for (std::uint64_t run = 0; run < (is_full_run() ? 200 : 10); ++run) {
        CAPTURE(run);
        random_group random{seed + run};
        random.play(400);
        worker_group& settled = random.settled();
        if (settled.all.empty()) continue;
        CHECK(settled.worked_on() == settled.everything());
        for (const std::string& projection : settled.projections)
            CHECK(differ_by_one_at_most(settled.counts(projection)));
        CHECK(differ_by_one_at_most(settled.totals()));
        const auto before = settled.changes();
        settled.settle(20);
        CHECK(settled.changes() == before);
    }
}

TEST_SUITE("threads") {
    TEST_CASE("group: each worker takes its partitions on one thread while its heart beats on another") {
        worker_group group;
        group.enter(3);
        {
            std::vector<std::jthread> workers;
            for (const auto& each : group.all)
                workers.emplace_back([&process = *each](const std::stop_token& stop) {
                    while (!stop.stop_requested()) {
                        const std::uint64_t changes = process.worker.changes();
                        process.between_batches();
                        while (!stop.stop_requested() && process.worker.changes() == changes) std::this_thread::yield();
                    }
                });
            std::vector<std::jthread> hearts;
            for (const auto& each : group.all)
                hearts.emplace_back([&process = *each] {
                    for (int beat = 0; beat < 30; ++beat) process.worker.step();
                });
            for (std::jthread& heart : hearts) heart.join();
        }
        for (const auto& each : group.all) CHECK(each->worker.failures() == 0);
        group.settle();
        CHECK(group.counts() == sizes{2, 3, 3});
        CHECK(group.worked_on() == group.everything());
    }
}
