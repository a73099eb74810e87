#include <foldline/eventstore/subscription_runner.hpp>

#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace foldline;

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

struct world {
    testing::manual_clock time;
    testing::sequential_ids ids;
    memory_event_store store{time, ids};

    void append(std::string id, std::size_t events = 1) {
        event_data event;
        event.type = {"note-taken", 1};
        (void)store.append(append_request::to({"order", std::move(id)}, expected_version::any(),
                                              std::vector<event_data>(events, event)));
    }
};

/// Sleeps so long that a wake-up that is missed hangs the test instead of hiding.
runner_options no_fallback() { return {hours{1}, {}}; }

/// Takes down every position it gets.
struct follower {
    explicit follower(const event_store& store, std::size_t batch = 3)
        : feed(store, read_query::all(), batch_limit{batch}) {}

    bool step() {
        return feed.poll([&](const event_view& event) {
            in_order = in_order && event.position.value == seen + 1;
            seen = event.position.value;
        });
    }

    subscription feed;
    std::atomic<std::int64_t> seen = 0;
    std::atomic<bool> in_order = true;
};

}  // namespace

TEST_SUITE("threads") {
    TEST_CASE("runner: catches up, and then follows each append") {
        world world;
        world.append("before", 10);
        follower follower{world.store};
        subscription_runner runner{world.store.commits(), [&] { return follower.step(); }, no_fallback()};
        CHECK(runner.wait_until_caught_up());
        CHECK(follower.seen == 10);
        for (int i = 11; i <= 300; ++i) {
            world.append("after");
            REQUIRE(runner.wait_until([&] { return follower.seen == i; }));
        }
        CHECK(follower.in_order);
    }

    TEST_CASE("runner: follows many writers without losing, repeating or reordering anything") {
        constexpr std::size_t writers = 4;
        constexpr std::size_t each = 250;
        world world;
        follower one{world.store, 3};
        follower two{world.store, 100};
        subscription_runner first{world.store.commits(), [&] { return one.step(); }, no_fallback()};
        subscription_runner second{world.store.commits(), [&] { return two.step(); }, no_fallback()};
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < writers; ++i)
                threads.emplace_back([&, i] {
                    for (std::size_t n = 0; n < each; ++n) world.append(std::to_string(i), 1 + n % 2);
                });
        }
        const std::int64_t head = world.store.head().value;
        CHECK(first.wait_until([&] { return one.seen == head; }));
        CHECK(second.wait_until([&] { return two.seen == head; }));
        CHECK(one.in_order);
        CHECK(two.in_order);
    }

    TEST_CASE("runner: an append during a step is not slept over") {
        world world;
        std::atomic<int> steps = 0;
        subscription_runner runner{world.store.commits(),
                                   [&] {
                                       // The first step ends with an append that it has not seen itself.
                                       if (++steps == 1) world.append("during");
                                       return false;
                                   },
                                   no_fallback()};
        CHECK(runner.wait_until([&] { return steps >= 2; }));
    }

    TEST_CASE("runner: waiting until caught up covers all that was committed before") {
        world world;
        follower follower{world.store, 2};
        subscription_runner runner{world.store.commits(), [&] { return follower.step(); }, no_fallback()};
        for (std::int64_t i = 1; i <= 200; ++i) {
            world.append("a", 3);
            REQUIRE(runner.wait_until_caught_up());
            REQUIRE(follower.seen == 3 * i);
        }
    }

    TEST_CASE("runner: does nothing while nothing is committed") {
        world world;
        std::atomic<int> steps = 0;
        subscription_runner runner{world.store.commits(),
                                   [&] {
                                       ++steps;
                                       return false;
                                   },
                                   no_fallback()};
        for (int i = 0; i < 10; ++i) CHECK(runner.wait_until_caught_up());
        CHECK(steps <= 11);
    }

    TEST_CASE("runner: a step that has more to do is run again without a signal") {
        std::atomic<int> steps = 0;
        subscription_runner runner{[&] { return ++steps < 50; }, no_fallback()};
        CHECK(runner.wait_until([&] { return steps == 50; }));
        CHECK(runner.running());
    }

    TEST_CASE("runner: what another process commits is found without a signal") {
        world world;
        follower follower{world.store};
        subscription_runner runner{[&] { return follower.step(); }, {milliseconds{1}, {}}};
        world.append("elsewhere", 5);
        CHECK(runner.wait_until([&] { return follower.seen == 5; }));
    }

    TEST_CASE("runner: may be woken by hand") {
        world world;
        follower follower{world.store};
        subscription_runner runner{[&] { return follower.step(); }, no_fallback()};
        world.append("a", 5);
        runner.wake();
        CHECK(runner.wait_until([&] { return follower.seen == 5; }));
    }

    TEST_CASE("runner: a step that throws ends it, and what it threw is kept and reported") {
        world world;
        std::atomic<int> steps = 0;
        std::atomic<int> reported = 0;
        subscription_runner runner{world.store.commits(),
                                   [&]() -> bool {
                                       if (++steps == 3) throw std::runtime_error("step 3");
                                       return true;
                                   },
                                   {hours{1}, [&](const std::exception_ptr&) { ++reported; }}};
        CHECK_THROWS_WITH((void)runner.wait_until_caught_up(), "step 3");
        CHECK_THROWS_WITH((void)runner.wait_until([] { return false; }), "step 3");
        CHECK_THROWS_WITH(runner.rethrow_if_failed(), "step 3");
        CHECK(runner.wait_until([] { return true; }));
        CHECK_FALSE(runner.running());
        CHECK(reported == 1);
        world.append("after");
        runner.stop();
        CHECK(steps == 3);
    }

    TEST_CASE("runner: a report that throws does not hide what ended the runner") {
        subscription_runner runner{[]() -> bool { throw std::runtime_error("the step"); },
                                   {hours{1}, [](const std::exception_ptr&) { throw std::runtime_error("report"); }}};
        CHECK_THROWS_WITH((void)runner.wait_until_caught_up(), "the step");
    }

    TEST_CASE("runner: no step runs once stop has returned, and waiting for it ends") {
        world world;
        std::atomic<int> steps = 0;
        subscription_runner runner{world.store.commits(),
                                   [&] {
                                       ++steps;
                                       return true;
                                   },
                                   no_fallback()};
        CHECK(runner.wait_until([&] { return steps > 10; }));
        runner.stop();
        const int then = steps;
        CHECK_FALSE(runner.running());
        world.append("after");
        CHECK_FALSE(runner.wait_until_caught_up());
        CHECK_FALSE(runner.wait_until([&] { return steps > then; }));
        CHECK(steps == then);
        runner.rethrow_if_failed();
        runner.stop();
    }

    TEST_CASE("runner: stop wakes a sleeping one, from any thread") {
        world world;
        subscription_runner runner{world.store.commits(), [] { return false; }, no_fallback()};
        CHECK(runner.wait_until_caught_up());
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) threads.emplace_back([&] { runner.stop(); });
        threads.clear();
        CHECK_FALSE(runner.running());
    }

    TEST_CASE("runner: a step may stop it") {
        world world;
        std::optional<subscription_runner> runner;
        std::latch made{1};
        std::atomic<int> steps = 0;
        runner.emplace(
            world.store.commits(),
            [&] {
                made.wait();
                ++steps;
                runner->stop();
                return true;
            },
            no_fallback());
        made.count_down();
        CHECK_FALSE(runner->wait_until([] { return false; }));
        CHECK(steps == 1);
    }

    TEST_CASE("runner: its destructor wakes it, and waits for the step") {
        world world;
        for (int i = 0; i < 50; ++i) {
            follower follower{world.store};
            subscription_runner runner{world.store.commits(), [&] { return follower.step(); }, no_fallback()};
            world.append("a");
        }
    }

    TEST_CASE("runner: the signal may go first") {
        auto signal = std::make_unique<commit_signal>();
        std::atomic<int> steps = 0;
        subscription_runner runner{*signal,
                                   [&] {
                                       ++steps;
                                       return false;
                                   },
                                   no_fallback()};
        signal->emit(global_position{1});
        signal.reset();
        CHECK(runner.wait_until_caught_up());
    }

    TEST_CASE("runner: is destroyed while others commit") {
        world world;
        std::jthread writer([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) world.append("a");
        });
        for (int i = 0; i < 20; ++i) {
            follower follower{world.store, 1'000};
            subscription_runner runner{world.store.commits(), [&] { return follower.step(); }, no_fallback()};
            CHECK(runner.wait_until([&] { return follower.seen > 0; }));
        }
    }

    TEST_CASE("runner: the README's example follows a category") {
        world world;
        memory_event_store& store = world.store;
        world.append("a", 2);
        const global_position checkpoint{1};
        std::atomic<int> mails = 0;
        const auto mail = [&](const foldline::event_view&) { ++mails; };

        // [doc:follow]
        foldline::subscription feed{store, foldline::read_query::category("order").after(checkpoint)};
        foldline::subscription_runner runner{
            store.commits(), [&] { return feed.poll([&](const foldline::event_view& event) { mail(event); }); }};
        runner.wait_until_caught_up();
        // [doc:end]
        CHECK(mails == 1);
    }
}
