#include <foldline/core/backoff.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace foldline;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

backoff steady() { return {milliseconds{100}, 2.0, milliseconds{1'000}, 0.0}; }

}  // namespace

TEST_CASE("backoff: each delay is longer than the one before, up to the longest") {
    const backoff delays = steady();
    CHECK(delays.delay_after(1, 0) == milliseconds{100});
    CHECK(delays.delay_after(2, 0) == milliseconds{200});
    CHECK(delays.delay_after(3, 0) == milliseconds{400});
    CHECK(delays.delay_after(4, 0) == milliseconds{800});
    CHECK(delays.delay_after(5, 0) == milliseconds{1'000});
    CHECK(delays.delay_after(6, 0) == milliseconds{1'000});
}

TEST_CASE("backoff: any number of failures gives the longest delay, not a wrapped one") {
    const backoff delays = steady();
    for (const std::uint32_t failures : {64U, 1'100U, 1'000'000U, std::numeric_limits<std::uint32_t>::max()}) {
        CAPTURE(failures);
        CHECK(delays.delay_after(failures, most) == milliseconds{1'000});
    }
}

TEST_CASE("backoff: no failure waits as the first one does") { CHECK(steady().delay_after(0, 0) == milliseconds{100}); }

TEST_CASE("backoff: a factor of 1 always waits as long, one below gets shorter") {
    backoff delays = steady();
    delays.factor = 1.0;
    CHECK(delays.delay_after(9, 0) == milliseconds{100});
    delays.factor = 0.5;
    CHECK(delays.delay_after(2, 0) == milliseconds{50});
}

TEST_CASE("backoff: jitter shortens by at most its part, and never makes longer") {
    backoff delays = steady();
    delays.jitter = 0.2;
    CHECK(delays.delay_after(1, 0) == milliseconds{100});
    CHECK(delays.delay_after(1, most / 2) == milliseconds{90});
    CHECK(delays.delay_after(1, most) == milliseconds{80});
    CHECK(delays.delay_after(9, most) == milliseconds{800});
}

TEST_CASE("backoff: full jitter reaches down to nothing, and no further") {
    backoff delays = steady();
    for (const double jitter : {1.0, 7.0}) {
        delays.jitter = jitter;
        CHECK(delays.delay_after(3, most) == milliseconds{0});
        CHECK(delays.delay_after(3, 0) == milliseconds{400});
    }
}

TEST_CASE("backoff: a first delay beyond the longest is cut to it") {
    const backoff delays{milliseconds{5'000}, 2.0, milliseconds{1'000}, 0.0};
    CHECK(delays.delay_after(1, 0) == milliseconds{1'000});
}
