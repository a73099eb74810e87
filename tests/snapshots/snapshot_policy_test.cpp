#include <foldline/core/error.hpp>
#include <foldline/snapshots/snapshot_policy.hpp>

#include <doctest/doctest.h>

using foldline::every;
using foldline::stream_version;

TEST_CASE("policy: a snapshot is due once a multiple was passed since the last one") {
    const auto policy = every(100);
    const auto due = [&](std::int64_t taken, std::int64_t now) {
        return policy.due(stream_version{taken}, stream_version{now});
    };
    CHECK_FALSE(due(0, 99));
    CHECK(due(0, 100));
    CHECK_FALSE(due(100, 199));
    CHECK(due(100, 200));
    CHECK(due(100, 205));   // an append of several events
    CHECK(due(100, 1000));  // others wrote most of it
    CHECK_FALSE(due(250, 299));
    CHECK(due(250, 300));
    CHECK(every(1).due(stream_version{7}, stream_version{8}));
    CHECK_FALSE(every(1).due(stream_version{8}, stream_version{8}));
}

TEST_CASE("policy: two snapshots of a stream are kept unless told, and at least one") {
    CHECK(every(100).kept() == 2);
    CHECK(every(100).keeping(4).kept() == 4);
    CHECK_THROWS_AS((void)every(100).keeping(0), foldline::definition_error);
    CHECK_THROWS_AS((void)every(0), foldline::definition_error);
    CHECK_THROWS_AS((void)every(-5), foldline::definition_error);
}
