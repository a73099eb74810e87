// Events fail at any time, for every reason, and work again; workers die and come back; operators try again what was
// parked whenever they like. All along the rows are those of the events that were passed and not parked; and when
// nothing fails any more and all was tried again, they are those of a fresh rebuild.

#include "attack_line.hpp"
#include "planted_bug.hpp"
#include "planted_models.hpp"
#include "projection_world.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/dead_letters.hpp>
#include <foldline/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string_view>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

enum class poison { fault, unreachable, storage };

error_policy any_policy(std::mt19937_64& random) {
    error_policy policy;
    policy.retries = static_cast<std::uint32_t>(drawn(random, 0, 3));
    policy.delays.first = std::chrono::milliseconds{drawn(random, 1, 200)};
    policy.breaker.failures = static_cast<std::uint32_t>(drawn(random, 1, 4));
    policy.breaker.rest = std::chrono::milliseconds{drawn(random, 1, 2'000)};
    return policy;
}

/// A shop whose events are poison for a while, with the worker and the operator who deal with that.
class poisoned_shop {
public:
    poisoned_shop(std::uint64_t seed, std::string_view bug) : random_(seed) {
        if (bug == "order_lost") for_workers_ = std::make_unique<forgetful_models>(file_.models());
        if (bug == "replay_moves") for_operators_ = std::make_unique<moved_models>(file_.models(), file_.database());
        options_.batch = batch_limit{static_cast<std::size_t>(drawn(random_, 1, 9))};
        options_.partitions = static_cast<std::size_t>(drawn(random_, 0, 2) == 0 ? 4 : 1);
        options_.on_failure = any_policy(random_);
        options_.time = &world_.time;
        options_.ticks = &ticks_;
        begin_worker();
    }

    /// What went wrong, if anything did.
    disagreement live(int steps) {
        for (int step = 0; step < steps; ++step) {
            act();
            const disagreement now = compare_with_state(world_.store, file_.models());
            if (now.total() > 0) return now;
        }
        return heal();
    }

    std::int64_t parked = 0;
    std::int64_t replayed = 0;
    std::int64_t events() const { return world_.store.head().value; }

private:
    void begin_worker() {
        worker_.emplace(world_.store, options_);
        worker_->add(meddled_, for_workers_ ? *for_workers_ : static_cast<read_model_store&>(file_.models()));
    }
    void act() {
        switch (drawn(random_, 0, 9)) {
            case 0: append_at_random(world_.store, random_, static_cast<int>(drawn(random_, 1, 12)), 5); return;
            case 1: make_poison(); return;
            case 2: lift_poison(); return;
            case 3: ticks_.advance(std::chrono::milliseconds{drawn(random_, 1, 3'000)}); return;
            case 4: replay_all(); return;
            case 5: replay_some(); return;
            case 6: begin_worker(); return;
            default: run(static_cast<int>(drawn(random_, 1, 5))); return;
        }
    }
    void make_poison() {
        const std::int64_t next = position_of(file_.models(), "sales").value + 1;
        for (std::int64_t i = drawn(random_, 1, 4); i > 0; --i)
            poison_[drawn(random_, next, events() + 5)] =
                static_cast<poison>(std::max<std::int64_t>(0, drawn(random_, -2, 2)));
    }
    void lift_poison() {
        if (!poison_.empty()) poison_.erase(poison_.begin());
    }
    void run(int batches) {
        for (int i = 0; i < batches; ++i) (void)worker_->run_batch();
        parked += static_cast<std::int64_t>(file_.models().dead_letters().count("sales").failed);
    }
    [[nodiscard]] dead_letters letters() {
        return {world_.store, for_operators_ ? *for_operators_ : static_cast<read_model_store&>(file_.models()), again_,
                world_.time};
    }
    void replay_all() {
        if (!file_.models().find("sales")) return;
        try {
            replayed += static_cast<std::int64_t>(letters().retry_all().applied);
        } catch (const unavailable&) {
            // What was tried before stays applied.
        } catch (const storage_error&) {}
    }
    void replay_some() {
        const auto keys = file_.models().dead_letters().keys("sales");
        if (keys.empty()) return;
        const auto one = static_cast<std::size_t>(drawn(random_, 0, std::ssize(keys) - 1));
        try {
            replayed += static_cast<std::int64_t>(letters().retry_key(keys[one]).applied);
        } catch (const unavailable&) {
        } catch (const storage_error&) {}
    }
    disagreement heal() {
        poison_.clear();
        for (int round = 0; round < 100; ++round) {
            ticks_.advance(1h);
            while (worker_->run_batch()) {}
            replay_all();
            if (file_.models().dead_letters().count("sales").keys > 0) continue;
            if (position_of(file_.models(), "sales") == world_.store.head()) break;
        }
        return compare_lines(sales_lines(file_.models()), fresh_sales_lines(world_.store));
    }
    void fail_if_poison(const event_view& event) const {
        const auto known = poison_.find(event.position.value);
        if (known == poison_.end()) return;
        switch (known->second) {
            case poison::fault: throw std::runtime_error("no paper");
            case poison::unreachable: throw unavailable("the printer does not answer");
            case poison::storage: throw storage_error(13, "write to the disk", "it is full");
        }
    }

    std::mt19937_64 random_;
    memory_world world_;
    testing::manual_monotonic_clock ticks_;
    model_file file_;
    std::unique_ptr<read_model_store> for_workers_;
    std::unique_ptr<read_model_store> for_operators_;
    std::map<std::int64_t, poison> poison_;
    sql_projection sales_ = sales_projection();
    sql_projection sales_again_ = sales_projection();
    meddled_projection meddled_{sales_, [this](const event_view& event, sql_session&) { fail_if_poison(event); }};
    meddled_projection again_{sales_again_, [this](const event_view& event, sql_session&) { fail_if_poison(event); }};
    projector_options options_;
    std::optional<projector> worker_;
};

std::string_view planted_here() {
    for (const std::string_view bug : {"order_lost", "replay_moves"})
        if (is_planted(bug)) return bug;
    return {};
}

disagreement attack(std::uint64_t seed, std::string_view bug, attack_line* line) {
    poisoned_shop shop{seed, bug};
    const disagreement found = shop.live(60);
    if (line) {
        line->add("seeds");
        line->add("events", shop.events());
        line->add("parked", shop.parked);
        line->add("replayed", shop.replayed);
    }
    return found;
}

bool is_found_out(std::string_view bug) {
    std::mt19937_64 random{attack_seed()};
    for (int seed = 0; seed < 100; ++seed)
        if (attack(random(), bug, nullptr).total() > 0) return true;
    return false;
}

}  // namespace

TEST_SUITE("faults") {
    // guards: replay of dead letters moves the checkpoint; dead letters lose their order; a cache applied twice
    TEST_CASE("poison: whatever fails when, and is tried again whenever, each event is applied once and in order") {
        attack_line line{"poison: events, services and disks that fail"};
        const int seeds = is_full_run() ? 20'000 : 200;
        for (int number = 0; number < seeds; ++number) {
            const std::uint64_t seed = line.random()();
            CAPTURE(number);
            CAPTURE(seed);
            const disagreement found = attack(seed, planted_here(), &line);
            line.found += found;
            CHECK(found.to_string() == disagreement{}.to_string());
            if (found.total() > 0) break;
        }
        CHECK(line.count("parked") > 0);
        CHECK(line.count("replayed") > 0);
    }

    TEST_CASE("poison: a worker that forgets what is parked is found out") { CHECK(is_found_out("order_lost")); }

    TEST_CASE("poison: a replay that moves the position is found out") { CHECK(is_found_out("replay_moves")); }
}
