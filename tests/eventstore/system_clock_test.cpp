#include <foldline/eventstore/system_clock.hpp>

#include <doctest/doctest.h>

using namespace foldline;

TEST_CASE("system clock: tells the machine's time, floored to microseconds") {
    const auto before = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const timestamp now = system_clock{}.now();
    const auto after = std::chrono::system_clock::now();
    CHECK(before <= now);
    CHECK(now <= after);
}

TEST_CASE("system monotonic clock: never goes back") {
    const system_monotonic_clock ticks;
    auto before = ticks.now();
    for (int look = 0; look < 1'000; ++look) {
        const auto now = ticks.now();
        REQUIRE(before <= now);
        before = now;
    }
}
