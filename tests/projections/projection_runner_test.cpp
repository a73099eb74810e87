#include "support/projecting.hpp"
#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/projections/group_worker.hpp>
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

    TEST_CASE("runner: a worker of a group that has stopped for good gives up what it had") {
        memory_world world;
        append_sales(world.store, 9);
        model_file file;
        auto sales = sales_projection();
        meddled_projection poisoned{sales,
                                    [](const event_view&, sql_session&) { throw std::runtime_error("no paper"); }};
        const system_monotonic_clock ticks;
        projector_options working = stopping();
        working.worker.value.bytes[0] = 1;
        projector projector{world.store, working};
        projector.add(poisoned, file.models());
        group_worker group{file.models(), working.worker, ticks, {.lease = 10min, .beat = 1ms}};
        group.join("sales");
        projection_runner_options options = signals_only();
        options.group = &group;
        projection_runner runner{projector, world.store.commits(), options};
        CHECK_THROWS_AS((void)runner.wait_until(global_position{9}, patience), event_failure);

        // Long before its lease would have run out.
        worker_id other;
        other.value.bytes[0] = 2;
        const auto give_up = std::chrono::steady_clock::now() + patience;
        std::optional<partition_claim> taken;
        while (!taken && std::chrono::steady_clock::now() < give_up)
            taken = file.models().leases().claim("sales", {}, other);
        CHECK(taken.has_value());
    }

    TEST_CASE("runner: two workers of a group share the partitions, and one goes on alone when the other has gone") {
        memory_world world;
        model_file file;
        auto whole = sales_projection();
        file.models().create(whole, world.store.identity(), partitions(4));
        const system_monotonic_clock ticks;
        struct member {
            member(memory_world& world, read_model_store& models, const monotonic_clock& ticks, std::uint8_t number)
                : working(options_of(number)),
                  projecting(world.store, working),
                  group(models, working.worker, ticks, {.lease = 10min, .beat = 1ms}) {
                projecting.add(sales, models);
                group.join("sales");
                projection_runner_options options;
                options.running.fallback_interval = 5ms;
                options.group = &group;
                runner.emplace(projecting, world.store.commits(), options);
            }
            static projector_options options_of(std::uint8_t number) {
                projector_options options = batches_of(3);
                options.worker.value.bytes[0] = number;
                return options;
            }

            sql_projection sales = sales_projection();
            projector_options working;
            foldline::projector projecting;
            group_worker group;
            std::optional<projection_runner> runner;
        };
        member stays{world, file.models(), ticks, 1};
        {
            member goes{world, file.models(), ticks, 2};
            for (int i = 0; i < 20; ++i) append_sales(world.store, 3);
            CHECK(wait_for_rows(file.models(), "sales", global_position{60}, patience));
        }
        append_sales(world.store, 15);
        CHECK(wait_for_rows(file.models(), "sales", global_position{75}, patience));
        CHECK(stays.group.claims().size() == 4);
        CHECK(rows_of(file.models(), "select count(*) from sales_journal") == std::vector<std::string>{"60"});
    }
}
