// The clock on the wall jumps by an hour or a day, forward or back, in each state that projections and their workers can
// be in. Nothing may depend on it: delays and leases go by the monotonic clock, which is stopped and hurried here, too.

#include "attack_line.hpp"
#include "projection_world.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/dead_letters.hpp>
#include <foldline/projections/group_worker.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

constexpr std::chrono::hours jumps[] = {1h, -1h, 24h, -24h};

/// What projections and workers are at when the clock jumps.
enum class state { running, retrying, parked, breaker_open, lease_held, lease_lost };
constexpr state states[] = {state::running,      state::retrying,   state::parked,
                            state::breaker_open, state::lease_held, state::lease_lost};

error_policy patient() {
    error_policy policy;
    policy.retries = 2;
    policy.delays.jitter = 0;
    policy.breaker.failures = 2;
    policy.breaker.rest = 5s;
    return policy;
}

/// One life of a projection, the same each time, in which a clock jumps once.
class life {
public:
    life(state when, std::function<void(life&)> jump) : when_(when), jump_(std::move(jump)) {
        options_.batch = batch_limit{4};
        options_.on_failure = patient();
        options_.time = &log.time;
        options_.ticks = &ticks;
        std::mt19937_64 random{7};
        append_at_random(log.store, random, 30, 4);
    }

    /// What an observer sees at each step, but for times of day.
    std::vector<std::string> live() {
        run();
        share();
        return std::move(seen_);
    }
    [[nodiscard]] disagreement compare() {
        return compare_lines(sales_lines(file_.models()), fresh_sales_lines(log.store));
    }

    memory_world log;
    testing::manual_monotonic_clock ticks;

private:
    void reach(state here) {
        if (here == when_) jump_(*this);
    }
    void see(const projector& works) {
        for (const projection_status& each : works.status())
            seen_.push_back(fmt::format("{} at {}, {} parked, calls {}, again in {} ms", to_string(each.doing),
                                        each.position.value, each.parked, calls_,
                                        works.next_retry() ? works.next_retry()->count() / 1'000'000 : -1));
    }
    void step(projector& works, std::chrono::milliseconds time) {
        ticks.advance(time);
        (void)works.run_batch();
        see(works);
    }

    void run() {
        meddled_projection failing{sales_, [this](const event_view& event, sql_session&) {
                                       if (event.position != global_position{fails_at_}) return;
                                       ++calls_;
                                       if (is_reachable_) throw std::runtime_error("no paper");
                                       throw unavailable("the printer does not answer");
                                   }};
        projector works{log.store, file_.models(), failing, options_};
        step(works, 0ms);
        reach(state::running);
        step(works, 0ms);
        fails_at_ = first_sale_after(10);
        step(works, 0ms);
        step(works, 0ms);
        reach(state::retrying);
        for (int i = 0; i < 8; ++i) step(works, 60ms);
        reach(state::parked);
        step(works, 0ms);
        is_reachable_ = false;
        fails_at_ = first_sale_after(20);
        for (int i = 0; i < 8; ++i) step(works, 500ms);
        reach(state::breaker_open);
        for (int i = 0; i < 8; ++i) step(works, 1s);
        fails_at_ = 0;
        for (int i = 0; i < 8; ++i) step(works, 10s);
        (void)dead_letters{log.store, file_.models(), sales_, log.time}.retry_all();
        works.catch_up();
        see(works);
    }

    void share() {
        testing::sequential_ids ids{9};
        const lease_options leases{1'000ms, 300ms};
        group_worker one{file_.models(), worker_id{ids.next()}, ticks, leases};
        group_worker other{file_.models(), worker_id{ids.next()}, ticks, leases};
        one.join("sales");
        other.join("sales");
        const auto see_claims = [&] {
            seen_.push_back(fmt::format("claims {} and {}", one.claims().size(), other.claims().size()));
        };
        one.step();
        reach(state::lease_held);
        for (int i = 0; i < 6; ++i) {
            ticks.advance(300ms);
            one.step();
            other.step();
            see_claims();
        }
        // From here on the first one is silent.
        for (int i = 0; i < 6; ++i) {
            ticks.advance(300ms);
            other.step();
            see_claims();
            if (i == 3) reach(state::lease_lost);
        }
    }

    /// A sale of a till that had none parked before.
    [[nodiscard]] std::int64_t first_sale_after(std::int64_t position) {
        std::int64_t found = 0;
        const auto parked = file_.models().dead_letters().keys("sales");
        (void)log.store.read(read_query::all().after(global_position{position}), batch_limit{100},
                             [&](const event_view& event) {
                                 const bool is_sale = log.store.type_of(event.type).name != "till-opened";
                                 const bool waits = !parked.empty() && parked.front() == event.stream.to_string();
                                 if (found == 0 && is_sale && !waits) found = event.position.value;
                             });
        return found;
    }

    state when_;
    std::function<void(life&)> jump_;
    projector_options options_;
    sql_projection sales_ = sales_projection();
    model_file file_;
    std::int64_t fails_at_ = 0;
    bool is_reachable_ = true;
    int calls_ = 0;
    std::vector<std::string> seen_;
};

bool shows(const std::vector<std::string>& seen, const std::string& text) {
    for (const std::string& each : seen)
        if (each.find(text) != std::string::npos) return true;
    return false;
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("time: a clock on the wall that jumps changes nothing of projections, whatever they are doing") {
        attack_line line{"time: projections"};
        const std::vector<std::string> undisturbed = life{state::running, [](life&) {}}.live();
        // Else the jumps would come in fewer states than are named.
        for (const char* passed : {"retrying", ", 1 parked", "behind", "claims 1 and 0", "claims 0 and 1"}) {
            CAPTURE(passed);
            CHECK(shows(undisturbed, passed));
        }
        for (const state when : states)
            for (const auto jump : jumps) {
                CAPTURE(static_cast<int>(when));
                CAPTURE(jump.count());
                life one{when, [jump](life& self) { self.log.time.advance(jump); }};
                const bool same = one.live() == undisturbed;
                line.add("jumps");
                line.found.wrong += same ? 0 : 1;
                CHECK(same);
                const disagreement found = one.compare();
                line.found += found;
                CHECK(found.to_string() == disagreement{}.to_string());
            }
    }

    TEST_CASE("time: a monotonic clock that leaps, as after a suspended machine, costs delays and no rows") {
        attack_line line{"time: projections on a machine that slept"};
        for (const state when : states)
            for (const auto leap : {1h, 24h}) {
                life one{when, [leap](life& self) { self.ticks.advance(leap); }};
                (void)one.live();
                line.add("leaps");
                const disagreement found = one.compare();
                line.found += found;
                CHECK(found.to_string() == disagreement{}.to_string());
            }
    }
}
