#include "support/projecting.hpp"
#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/projection_runner.hpp>
#include <foldline/projections/rebuild.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

/// Longer than anything here takes: where it passes, the test has failed.
constexpr auto patience = 60s;

/// So that only a signal, or a call, wakes the runner in time.
projection_runner_options signals_only() {
    projection_runner_options options;
    options.running.fallback_interval = 10min;
    return options;
}

}  // namespace

TEST_SUITE("threads") {
    TEST_CASE("runner: it catches up, then follows each commit") {
        memory_world world;
        append_sales(world.store, 25);
        model_file file;
        auto sales = sales_projection();
        projector projector{world.store, file.models(), sales, batches_of(4)};
        projection_runner runner{projector, world.store.commits(), signals_only()};
        CHECK(runner.wait_until(global_position{25}, patience));
        for (std::int64_t next = 26; next <= 60; ++next) {
            append_sales(world.store, 1);
            REQUIRE(runner.wait_until(global_position{next}, patience));
        }
        CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
    }

    TEST_CASE("runner: nothing is missed that several writers append while it works") {
        memory_world world;
        model_file file;
        auto sales = sales_projection();
        projector projector{world.store, file.models(), sales, batches_of(3)};
        projection_runner runner{projector, world.store.commits(), signals_only()};
        {
            std::vector<std::jthread> writers;
            for (int writer = 0; writer < 3; ++writer)
                writers.emplace_back([&, writer] {
                    for (int i = 1; i <= 40; ++i)
                        (void)append_to(world.store, {"till", std::to_string(writer)}, {}, sold("EIRE", i));
                });
        }
        CHECK(runner.wait_until(global_position{120}, patience));
        CHECK(rows_of(file.models(), "select units from sales") == std::vector<std::string>{"2460"});
        CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
    }

    TEST_CASE("runner: waiting ends without a result when patience does") {
        memory_world world;
        append_sales(world.store, 5);
        model_file file;
        auto sales = sales_projection();
        projector projector{world.store, file.models(), sales, stopping()};
        projection_runner runner{projector, world.store.commits()};
        CHECK_FALSE(runner.wait_until(global_position{6}, 20ms));
        CHECK(runner.wait_until(global_position{5}, patience));
        CHECK(runner.running());
    }

    TEST_CASE("runner: what stops it is told to whoever waits, and to the one who asked for it") {
        memory_world world;
        append_sales(world.store, 9);
        model_file file;
        auto sales = sales_projection();
        meddled_projection poisoned{sales, [](const event_view& event, sql_session&) {
                                        if (event.position == global_position{7}) throw std::runtime_error("no paper");
                                    }};
        projector projector{world.store, file.models(), poisoned, batches_of(2)};
        std::atomic<int> told{0};
        projection_runner_options options = signals_only();
        options.running.on_failure = [&](const std::exception_ptr&) { ++told; };
        {
            projection_runner runner{projector, world.store.commits(), options};
            CHECK_THROWS_AS(runner.wait_until(global_position{9}, patience), event_failure);
            CHECK_THROWS_AS(runner.wait_until(global_position{9}, patience), event_failure);
            CHECK(runner.wait_until(global_position{6}, patience));  // so far it did come
        }
        CHECK(told == 1);
        CHECK(standing_of(file.models(), "sales")->position == global_position{6});
    }

    TEST_CASE("runner: a rebuild beside it loses nothing and repeats nothing") {
        memory_world world;
        append_sales(world.store, 40);
        model_file file;
        auto sales = sales_projection();
        projector projector{world.store, file.models(), sales, batches_of(2)};
        projection_runner runner{projector, world.store.commits(), signals_only()};
        for (int time = 1; time <= 3; ++time) {
            std::jthread writer{[&] { append_sales(world.store, 15); }};
            auto again = sales_projection();
            rebuild(world.store, file.models(), again, reporting({}, 5));
        }
        CHECK(runner.wait_until(global_position{85}, patience));
        CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
    }
}
