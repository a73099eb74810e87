#include <foldline/core/circuit_breaker.hpp>

#include <doctest/doctest.h>

using namespace foldline;
using namespace std::chrono_literals;
using state = circuit_breaker::state;

namespace {

circuit_breaker after_three(std::chrono::milliseconds rest = 10s) { return circuit_breaker{{3, rest}}; }

}  // namespace

TEST_CASE("circuit breaker: is closed at first, and lets everything through") {
    circuit_breaker breaker;
    CHECK(breaker.current(0ns) == state::closed);
    for (int call = 0; call < 10; ++call) CHECK(breaker.lets_through(0ns));
}

TEST_CASE("circuit breaker: so many failures in a row open it, and one less does not") {
    circuit_breaker breaker = after_three();
    breaker.failed(1s);
    breaker.failed(2s);
    CHECK(breaker.current(2s) == state::closed);
    CHECK(breaker.lets_through(2s));
    breaker.failed(3s);
    CHECK(breaker.current(3s) == state::open);
    CHECK_FALSE(breaker.lets_through(3s));
    CHECK(breaker.opens_until() == 13s);
}

TEST_CASE("circuit breaker: a success begins the count anew") {
    circuit_breaker breaker = after_three();
    breaker.failed(1s);
    breaker.failed(2s);
    breaker.succeeded();
    breaker.failed(3s);
    breaker.failed(4s);
    CHECK(breaker.current(4s) == state::closed);
    breaker.failed(5s);
    CHECK(breaker.current(5s) == state::open);
}

TEST_CASE("circuit breaker: after its rest it lets one call through, and no second beside it") {
    circuit_breaker breaker = after_three();
    for (int i = 0; i < 3; ++i) breaker.failed(0s);
    CHECK_FALSE(breaker.lets_through(10s - 1ns));
    CHECK(breaker.current(10s - 1ns) == state::open);
    CHECK(breaker.current(10s) == state::half_open);
    CHECK(breaker.lets_through(10s));
    CHECK(breaker.current(10s) == state::half_open);
    CHECK_FALSE(breaker.lets_through(10s));
    CHECK_FALSE(breaker.lets_through(1h));
}

TEST_CASE("circuit breaker: the one call that works closes it") {
    circuit_breaker breaker = after_three();
    for (int i = 0; i < 3; ++i) breaker.failed(0s);
    REQUIRE(breaker.lets_through(10s));
    breaker.succeeded();
    CHECK(breaker.current(10s) == state::closed);
    CHECK(breaker.lets_through(10s));
    CHECK(breaker.lets_through(10s));
    breaker.failed(11s);
    breaker.failed(12s);
    CHECK(breaker.current(12s) == state::closed);
}

TEST_CASE("circuit breaker: the one call that fails opens it again for a whole rest") {
    circuit_breaker breaker = after_three();
    for (int i = 0; i < 3; ++i) breaker.failed(0s);
    REQUIRE(breaker.lets_through(12s));
    breaker.failed(13s);
    CHECK(breaker.current(13s) == state::open);
    CHECK(breaker.opens_until() == 23s);
    CHECK_FALSE(breaker.lets_through(22s));
    CHECK(breaker.lets_through(23s));
}
