// The small values of core: expected versions, types and their numbers, points in time of a fold, borrowed callables.
#include <foldline/core/as_of.hpp>
#include <foldline/core/event_type_table.hpp>
#include <foldline/core/expected_version.hpp>
#include <foldline/core/function_ref.hpp>
#include <foldline/core/guarded.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace foldline;

TEST_CASE("expected version: what each of them admits") {
    const stream_version absent{0}, one{1}, two{2};
    CHECK(expected_version::any().admits(absent));
    CHECK(expected_version::any().admits(two));
    CHECK(expected_version::no_stream().admits(absent));
    CHECK_FALSE(expected_version::no_stream().admits(one));
    CHECK_FALSE(expected_version::stream_exists().admits(absent));
    CHECK(expected_version::stream_exists().admits(one));
    CHECK(expected_version::exactly(one).admits(one));
    CHECK_FALSE(expected_version::exactly(one).admits(absent));
    CHECK_FALSE(expected_version::exactly(one).admits(two));
    CHECK_FALSE(expected_version::exactly(stream_version{-1}).admits(absent));
}

TEST_CASE("expected version: no stream is the same as version 0, and nothing else is") {
    CHECK(expected_version::exactly(stream_version{0}) == expected_version::no_stream());
    CHECK(expected_version::any() != expected_version::no_stream());
    CHECK(expected_version::any() != expected_version::stream_exists());
    CHECK(expected_version::exactly(stream_version{1}) != expected_version::exactly(stream_version{2}));
    CHECK(expected_version::any().to_string() == "any version");
    CHECK(expected_version::no_stream().to_string() == "no stream");
    CHECK(expected_version::stream_exists().to_string() == "an existing stream");
    CHECK(expected_version::exactly(stream_version{7}).to_string() == "version 7");
}

TEST_CASE("event types: each has one number, and keeps a name of its own") {
    event_type_table table;
    event_type_id placed{};
    {
        const std::string name = "order-placed";
        placed = table.id_of({name, 2});
    }
    std::vector<event_type_id> others;
    for (int i = 0; i < 1'000; ++i) others.push_back(table.id_of({"type-" + std::to_string(i), 1}));
    CHECK(table.type_of(placed).to_string() == "order-placed@2");
    CHECK(table.id_of({"order-placed", 2}) == placed);
    CHECK(table.id_of({"order-placed", 1}) != placed);
    for (int i = 0; i < 1'000; ++i)
        REQUIRE(table.type_of(others[static_cast<std::size_t>(i)]).name == "type-" + std::to_string(i));
}

TEST_CASE("event types: numbers begin at 0 and are dense") {
    event_type_table table;
    CHECK(table.id_of({"a", 1}) == event_type_id{0});
    CHECK(table.id_of({"b", 1}) == event_type_id{1});
    CHECK(table.id_of({"a", 1}) == event_type_id{0});
    CHECK(table.id_of({"c", 1}) == event_type_id{2});
    CHECK_THROWS_AS((void)table.type_of(event_type_id{3}), std::out_of_range);
    CHECK_THROWS_AS((void)table.type_of(event_type_id{1'000}), std::out_of_range);
}

TEST_SUITE("threads") {
    TEST_CASE("event types: threads that ask at once agree on the numbers") {
        event_type_table table;
        std::vector<std::vector<event_type_id>> seen(4);
        {
            std::vector<std::jthread> threads;
            for (auto& mine : seen)
                threads.emplace_back([&] {
                    for (std::uint32_t i = 1; i <= 200; ++i) {
                        mine.push_back(table.id_of({"t", i}));
                        if (table.type_of(mine.back()).version != i) mine.push_back(event_type_id{999'999});
                    }
                });
        }
        for (const auto& mine : seen) CHECK(mine == seen[0]);
        CHECK(seen[0].size() == 200);
    }

    TEST_CASE("event types: what one thread was told is known to all while the table grows") {
        event_type_table table;
        std::atomic<int> wrong{0};
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 4; ++t)
                threads.emplace_back([&, t] {
                    for (std::uint32_t i = 1; i <= 1'000; ++i) {
                        const std::string name =
                            "type-" + std::to_string((i * 7 + static_cast<std::uint32_t>(t)) % 500);
                        const event_type_id id = table.id_of({name, i % 3 + 1});
                        const event_type type = table.type_of(id);
                        if (type.name != name || type.version != i % 3 + 1 || table.id_of(type) != id) ++wrong;
                    }
                });
        }
        CHECK(wrong == 0);
    }

    TEST_CASE("guarded: counts of many threads add up") {
        guarded<std::vector<int>> numbers(2, 7);
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 4; ++t)
                threads.emplace_back([&] {
                    for (int i = 0; i < 1'000; ++i) numbers.with([](auto& all) { all.push_back(1); });
                });
        }
        CHECK(numbers.with([](const auto& all) { return all.size(); }) == 4'002);
    }
}

TEST_CASE("guarded: the lock is let go when what runs under it throws") {
    guarded<int> number(1);
    CHECK_THROWS_AS(number.with([](int&) { throw std::runtime_error("no"); }), std::runtime_error);
    number.with([](int& value) { value = 2; });
    const auto& view = number;
    CHECK(view.with([](const int& value) { return value; }) == 2);
}

namespace {

int twice(int value) { return 2 * value; }
int call(function_ref<int(int)> callable, int value) { return callable(value); }
void call_for_effect(function_ref<void(std::string)> callable) { callable("text"); }

}  // namespace

TEST_CASE("function_ref: takes functions, lambdas, and what may change itself") {
    CHECK(call(&twice, 4) == 8);
    int offset = 10;
    CHECK(call([&](int value) { return value + offset; }, 4) == 14);
    auto counting = [calls = 0](int) mutable { return ++calls; };
    CHECK(call(counting, 0) == 1);
    CHECK(call(counting, 0) == 2);
    CHECK(call([](int value) { return static_cast<short>(value); }, 4) == 4);
}

TEST_CASE("function_ref: a result that nobody wants is dropped, arguments are moved through") {
    std::string got;
    call_for_effect([&](std::string text) {
        got = std::move(text);
        return 5;
    });
    CHECK(got == "text");
}

namespace {

fold_progress folded(std::int64_t version) {
    return {stream_version{version}, global_position{10 * version}, timestamp{std::chrono::seconds{version}},
            timestamp{std::chrono::seconds{100 + version}}};
}
timestamp second(std::int64_t seconds) { return timestamp{std::chrono::seconds{seconds}}; }

}  // namespace

TEST_CASE("as of: a state serves a question that asks for nothing before it") {
    const fold_progress at_3 = folded(3);
    CHECK(serves(at_3, latest{}));
    CHECK(serves(at_3, at_version{3}));
    CHECK(serves(at_3, at_version{4}));
    CHECK_FALSE(serves(at_3, at_version{2}));
    CHECK(serves(at_3, at_position{30}));
    CHECK_FALSE(serves(at_3, at_position{29}));
    CHECK(serves(at_3, as_of_recorded{second(3)}));
    CHECK_FALSE(serves(at_3, as_of_recorded{second(3) - std::chrono::microseconds{1}}));
    CHECK(serves(at_3, as_of_occurred{second(103)}));
    CHECK_FALSE(serves(at_3, as_of_occurred{second(103) - std::chrono::microseconds{1}}));
}

TEST_CASE("as of: a state before the first event serves every question of our time") {
    const fold_progress nothing;
    CHECK_FALSE(nothing.exists());
    CHECK(folded(1).exists());
    CHECK(serves(nothing, at_version{0}));
    CHECK(serves(nothing, at_position{0}));
    CHECK(serves(nothing, as_of_recorded{second(0)}));
}

TEST_CASE("as of: a question between two microseconds is asked of the earlier one") {
    const as_of_recorded when{std::chrono::sys_time<std::chrono::nanoseconds>{std::chrono::nanoseconds{3'999'999'999}}};
    CHECK(when.time == second(3) + std::chrono::microseconds{999'999});
}
