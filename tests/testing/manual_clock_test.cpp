#include <foldline/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace foldline;
using foldline::testing::manual_clock;
using foldline::testing::manual_monotonic_clock;
using std::chrono::microseconds;

TEST_CASE("manual clock: stands still until it is moved") {
    manual_clock time{timestamp{microseconds{100}}};
    CHECK(time.now() == timestamp{microseconds{100}});
    CHECK(time.now() == timestamp{microseconds{100}});
}

TEST_CASE("manual clock: is moved forward, back and to any time") {
    manual_clock time{timestamp{microseconds{100}}};
    CHECK(time.advance(microseconds{5}) == timestamp{microseconds{105}});
    CHECK(time.advance(microseconds{-10}) == timestamp{microseconds{95}});
    CHECK(time.now() == timestamp{microseconds{95}});
    time.set(timestamp{microseconds{-7}});
    CHECK(time.now() == timestamp{microseconds{-7}});
}

TEST_CASE("manual clock: begins at noon of a day that never changes") {
    CHECK(to_string(manual_clock{}.now()) == "2010-12-01T12:00:00Z");
}

TEST_CASE("manual monotonic clock: stands still until it is moved forward") {
    manual_monotonic_clock ticks;
    const auto start = ticks.now();
    CHECK(ticks.now() == start);
    CHECK(ticks.advance(std::chrono::seconds{5}) == start + std::chrono::seconds{5});
    CHECK(ticks.advance({}) == ticks.now());
    CHECK(ticks.now() == start + std::chrono::seconds{5});
}

TEST_SUITE("threads") {
    TEST_CASE("manual clock: no step of a thread is lost") {
        manual_clock time{timestamp{}};
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 4; ++i)
                threads.emplace_back([&] {
                    for (int step = 0; step < 1'000; ++step) time.advance(microseconds{1});
                });
        }
        CHECK(time.now() == timestamp{microseconds{4'000}});
    }
}
