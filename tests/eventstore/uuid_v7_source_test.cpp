#include <foldline/eventstore/uuid_v7_source.hpp>

#include <foldline/eventstore/system_clock.hpp>
#include <foldline/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>
#include <vector>

using namespace foldline;
using foldline::testing::manual_clock;

namespace {

std::int64_t milliseconds_in(const uuid& id) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < 6; ++i) value = value * 256 + id.bytes[i];
    return value;
}

std::int64_t milliseconds(timestamp time) {
    return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

bool is_version_7(const uuid& id) { return id.bytes[6] >> 4 == 7 && id.bytes[8] >> 6 == 2; }

/// Fails unless each of `count` ids is greater than the one before.
void check_increasing(uuid_v7_source& ids, int count) {
    uuid last = ids.next();
    bool increasing = true;
    for (int i = 1; i < count; ++i) {
        const uuid next = ids.next();
        increasing = increasing && last < next && is_version_7(next);
        last = next;
    }
    CHECK(increasing);
}

}  // namespace

TEST_CASE("uuid v7: version, variant and time stand where RFC 9562 wants them") {
    manual_clock time;
    uuid_v7_source ids{time, 1};
    for (int i = 0; i < 100; ++i) {
        const uuid id = ids.next();
        CHECK(is_version_7(id));
        CHECK(milliseconds_in(id) == milliseconds(time.now()));
        time.advance(std::chrono::microseconds{1'700});
    }
}

TEST_CASE("uuid v7: ids of one millisecond increase") {
    manual_clock time;
    uuid_v7_source ids{time, 2};
    check_increasing(ids, 10'000);
}

TEST_CASE("uuid v7: more ids than a millisecond has room for go on increasing, in the next one") {
    manual_clock time;
    uuid_v7_source ids{time, 3};
    check_increasing(ids, 300'000);
    const uuid last = ids.next();
    CHECK(milliseconds_in(last) > milliseconds(time.now()));
    CHECK(milliseconds_in(last) < milliseconds(time.now()) + 4);
    time.advance(std::chrono::milliseconds{1});
    CHECK(last < ids.next());
}

TEST_CASE("uuid v7: ids increase whatever the clock does") {
    const auto seed = std::random_device{}();
    INFO("seed ", seed);
    std::mt19937 random{seed};
    std::uniform_int_distribution<int> step{-5'000, 5'000};
    manual_clock time;
    uuid_v7_source ids{time, seed};
    uuid last = ids.next();
    for (int i = 0; i < 10'000; ++i) {
        time.advance(std::chrono::microseconds{step(random)});
        const uuid next = ids.next();
        REQUIRE(last < next);
        last = next;
    }
}

TEST_CASE("uuid v7: a clock before 1970 is one at 1970") {
    manual_clock time{timestamp{std::chrono::microseconds{-5}}};
    uuid_v7_source ids{time, 4};
    CHECK(milliseconds_in(ids.next()) == 0);
    check_increasing(ids, 100);
}

TEST_CASE("uuid v7: the seed decides the random bits") {
    manual_clock time;
    CHECK(uuid_v7_source{time, 7}.next() == uuid_v7_source{time, 7}.next());
    CHECK(uuid_v7_source{time, 7}.next() != uuid_v7_source{time, 8}.next());
    CHECK(uuid_v7_source{time}.next() != uuid_v7_source{time}.next());
}

TEST_CASE("uuid v7: the text sorts as the ids do") {
    const system_clock time;
    uuid_v7_source ids{time};
    std::string last = ids.next().to_string();
    for (int i = 0; i < 1'000; ++i) {
        const std::string next = ids.next().to_string();
        REQUIRE(last < next);
        last = next;
    }
}

TEST_SUITE("threads") {
    TEST_CASE("uuid v7: threads never get the same id, and each sees its own increase") {
        constexpr std::size_t per_thread = 5'000;
        const system_clock time;
        uuid_v7_source ids{time};
        std::vector<std::vector<uuid>> got(4);
        {
            std::vector<std::jthread> threads;
            for (auto& mine : got)
                threads.emplace_back([&ids, &mine] {
                    for (std::size_t i = 0; i < per_thread; ++i) mine.push_back(ids.next());
                });
        }
        std::set<uuid> all;
        for (const auto& mine : got) {
            CHECK(std::is_sorted(mine.begin(), mine.end()));
            all.insert(mine.begin(), mine.end());
        }
        CHECK(all.size() == got.size() * per_thread);
    }
}
