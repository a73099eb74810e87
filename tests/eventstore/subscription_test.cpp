#include <foldline/eventstore/subscription.hpp>

#include "support/passing_store.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace foldline;

namespace {

using numbers = std::vector<std::int64_t>;

const stream_id followed{"order", "followed"};

/// A memory store that a test can wrap in something between it and the subscription.
struct world {
    testing::manual_clock time;
    testing::sequential_ids ids;
    memory_event_store store{time, ids};

    void append(const stream_id& stream, std::size_t events = 1) {
        event_data event;
        event.type = {"note-taken", 1};
        REQUIRE(std::holds_alternative<appended>(
            store.append(append_request::to(stream, expected_version::any(), std::vector<event_data>(events, event)))));
    }
};

/// Passes events on as a decorator would: changed, dropped or split by `pass`.
class decorated_store final : public foldline_tests::passing_store {
public:
    using passing = std::function<flow(const event_view&, event_sink)>;
    decorated_store(event_store& store, passing pass) : passing_store(store), pass_(std::move(pass)) {}

    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner().read(query, limit, [&](const event_view& event) { return pass_(event, sink); });
    }

private:
    passing pass_;
};

auto note_positions(numbers& seen) {
    return [&seen](const event_view& event) { seen.push_back(event.position.value); };
}

numbers from_to(std::int64_t first, std::int64_t last) {
    numbers all;
    for (std::int64_t i = first; i <= last; ++i) all.push_back(i);
    return all;
}

struct broken_sink {};

/// Splits every event in two parts, and never lets the sink's wish to stop separate them.
flow split_in_two(const event_view& event, event_sink sink) {
    event_view part = event;
    const flow first = sink(part);
    part.part = 1;
    return sink(part) == flow::stop ? flow::stop : first;
}

}  // namespace

TEST_CASE("subscription: an empty store is caught up with at once, and then followed") {
    world world;
    subscription feed{world.store, read_query::all()};
    numbers seen;
    CHECK_FALSE(feed.caught_up());
    CHECK_FALSE(feed.poll(note_positions(seen)));
    CHECK(feed.caught_up());
    CHECK(feed.position() == global_position{0});
    world.append(followed, 3);
    CHECK_FALSE(feed.poll(note_positions(seen)));
    CHECK(seen == numbers{1, 2, 3});
    CHECK(feed.position() == global_position{3});
    CHECK_FALSE(feed.poll(note_positions(seen)));
    CHECK(seen == numbers{1, 2, 3});
}

TEST_CASE("subscription: logs around a number of batches end where they end") {
    for (const std::size_t batch : {1U, 2U, 7U})
        for (const std::size_t events : {3 * batch - 1, 3 * batch, 3 * batch + 1}) {
            CAPTURE(batch);
            CAPTURE(events);
            world world;
            world.append(followed, events);
            subscription feed{world.store, read_query::all(), batch_limit{batch}};
            numbers seen;
            std::size_t polls = 1;
            while (feed.poll(note_positions(seen))) ++polls;
            CHECK(seen == from_to(1, static_cast<std::int64_t>(events)));
            CHECK(polls == (events + batch - 1) / batch);
            CHECK(feed.caught_up());
        }
}

TEST_CASE("subscription: restarted at every position it gets exactly the rest") {
    world world;
    for (int i = 0; i < 10; ++i) world.append(i % 3 == 0 ? stream_id{"invoice", "x"} : followed);
    for (std::int64_t start = 0; start <= 10; ++start)
        for (const std::size_t batch : {1U, 3U, 100U}) {
            CAPTURE(start);
            CAPTURE(batch);
            numbers seen;
            subscription feed{world.store, read_query::all().after(global_position{start}), batch_limit{batch}};
            CHECK(feed.position() == global_position{start});
            while (feed.poll(note_positions(seen))) {}
            CHECK(seen == from_to(start + 1, 10));
            CHECK(feed.position() == global_position{10});
        }
}

TEST_CASE("subscription: stopped and restarted after every event it loses and repeats none") {
    world world;
    world.append(followed, 10);
    numbers seen;
    global_position checkpoint;
    for (int i = 0; i < 10; ++i) {
        subscription feed{world.store, read_query::all().after(checkpoint), batch_limit{3}};
        (void)feed.poll([&](const event_view& event) {
            seen.push_back(event.position.value);
            return flow::stop;
        });
        checkpoint = feed.position();
    }
    CHECK(seen == from_to(1, 10));
}

TEST_CASE("subscription: a category and a stream are followed among others") {
    world world;
    for (int i = 0; i < 12; ++i) world.append(i % 4 == 0 ? stream_id{"invoice", "x"} : followed);
    numbers of_category;
    subscription category{world.store, read_query::category("invoice"), batch_limit{2}};
    while (category.poll(note_positions(of_category))) {}
    CHECK(of_category == numbers{1, 5, 9});
    CHECK(category.position() == global_position{12});  // it need not pass the others again

    for (std::int64_t start = 0; start <= 9; ++start) {
        numbers versions;
        subscription stream{world.store, read_query::stream(followed).after(stream_version{start}), batch_limit{2}};
        CHECK(stream.version() == stream_version{start});
        while (stream.poll([&](const event_view& event) { versions.push_back(event.version.value); })) {}
        CHECK(versions == from_to(start + 1, 9));
        CHECK(stream.version() == stream_version{9});
    }
}

TEST_CASE("subscription: an upper bound is where it ends") {
    world world;
    world.append(followed, 10);
    numbers seen;
    subscription feed{world.store, read_query::all().before(global_position{6}), batch_limit{2}};
    while (feed.poll(note_positions(seen))) {}
    world.append(followed, 2);
    CHECK_FALSE(feed.poll(note_positions(seen)));
    CHECK(seen == from_to(1, 5));
}

TEST_CASE("subscription: an event whose sink threw comes again, and none before it") {
    for (std::int64_t bad = 1; bad <= 7; ++bad)
        for (const std::size_t batch : {1U, 3U, 100U}) {
            CAPTURE(bad);
            CAPTURE(batch);
            world world;
            world.append(followed, 7);
            subscription feed{world.store, read_query::all(), batch_limit{batch}};
            numbers seen;
            int failures = 0;
            const auto sink = [&](const event_view& event) {
                if (event.position == global_position{bad} && failures < 2) throw broken_sink{};
                seen.push_back(event.position.value);
            };
            while (!feed.caught_up()) {
                try {
                    (void)feed.poll(sink);
                } catch (const broken_sink&) {
                    ++failures;
                    CHECK(feed.position() == global_position{bad - 1});
                    CHECK(feed.version() == stream_version{bad - 1});
                    CHECK_FALSE(feed.caught_up());
                }
            }
            CHECK(failures == 2);
            CHECK(seen == from_to(1, 7));
        }
}

TEST_CASE("subscription: an event in parts comes again with all its parts") {
    for (const std::uint32_t bad_part : {0U, 1U}) {
        CAPTURE(bad_part);
        world world;
        world.append(followed, 3);
        decorated_store splitting{world.store, split_in_two};
        subscription feed{splitting, read_query::all()};
        std::vector<std::string> seen;
        bool failed = false;
        const auto sink = [&](const event_view& event) {
            if (event.position == global_position{2} && event.part == bad_part && !std::exchange(failed, true))
                throw broken_sink{};
            seen.push_back(std::to_string(event.position.value) + "." + std::to_string(event.part));
        };
        CHECK_THROWS_AS((void)feed.poll(sink), broken_sink);
        CHECK(feed.position() == global_position{1});
        std::erase(seen, "2.0");
        CHECK_FALSE(feed.poll(sink));
        CHECK(seen == std::vector<std::string>{"1.0", "1.1", "2.0", "2.1", "3.0", "3.1"});
    }
}

TEST_CASE("subscription: events that a decorator drops are passed over, not waited for") {
    world world;
    world.append(followed, 10);
    decorated_store dropping{world.store, [](const event_view& event, event_sink sink) {
                                 return event.position == global_position{3} ? sink(event) : flow::go_on;
                             }};
    subscription feed{dropping, read_query::all(), batch_limit{2}};
    numbers seen;
    while (feed.poll(note_positions(seen))) {}
    CHECK(seen == numbers{3});
    CHECK(feed.position() == global_position{10});
}

TEST_CASE("subscription: when the store fails, what was handed out does not come again") {
    world world;
    world.append(followed, 5);
    bool damaged = true;
    decorated_store failing{world.store, [&](const event_view& event, event_sink sink) {
                                if (damaged && event.position == global_position{4})
                                    throw corrupt_event(event.stream, event.version, event.position, "planted");
                                return sink(event);
                            }};
    subscription feed{failing, read_query::all()};
    numbers seen;
    for (int i = 0; i < 3; ++i) CHECK_THROWS_AS((void)feed.poll(note_positions(seen)), corrupt_event);
    CHECK(feed.position() == global_position{3});
    damaged = false;
    CHECK_FALSE(feed.poll(note_positions(seen)));
    CHECK(seen == from_to(1, 5));
}

TEST_CASE("subscription: a sink may append to what it follows") {
    world world;
    world.append(followed);
    subscription feed{world.store, read_query::all(), batch_limit{2}};
    numbers seen;
    while (seen.size() < 20)
        (void)feed.poll([&](const event_view& event) {
            seen.push_back(event.position.value);
            world.append(followed);
        });
    CHECK(seen == from_to(1, 20));
}

TEST_CASE("subscription: a query that goes backward is refused") {
    world world;
    CHECK_THROWS_AS((subscription{world.store, read_query::all().backward()}), invalid_request);
}

TEST_CASE("subscription: a checkpoint beyond the head is one of another store") {
    world world;
    world.append(followed, 3);
    CHECK_NOTHROW((subscription{world.store, read_query::all().after(global_position{3})}));
    CHECK_THROWS_AS((subscription{world.store, read_query::all().after(global_position{4})}), incompatible_store);
    CHECK_THROWS_AS((subscription{world.store, read_query::category("order").after(global_position{4})}),
                    incompatible_store);
    CHECK_NOTHROW((subscription{world.store, read_query::stream(followed).after(stream_version{4})}));
}

TEST_CASE("subscription: a batch comes in one call, and its views live until the sink returns") {
    world world;
    world.append(followed, 7);
    subscription feed{world.store, read_query::all(), batch_limit{3}};
    std::vector<numbers> batches;
    const auto sink = [&](std::span<const event_view> batch) {
        numbers& positions = batches.emplace_back();
        for (const event_view& event : batch) {
            CHECK(event.stream == followed.ref());
            positions.push_back(event.position.value);
        }
    };
    while (feed.poll_batch(sink)) {}
    CHECK(batches == std::vector<numbers>{{1, 2, 3}, {4, 5, 6}, {7}});
    CHECK(feed.position() == global_position{7});
    CHECK_FALSE(feed.poll_batch(sink));
    CHECK(batches.size() == 3);
}

TEST_CASE("subscription: a batch whose sink threw comes again, whole") {
    world world;
    world.append(followed, 5);
    subscription feed{world.store, read_query::all(), batch_limit{3}};
    std::vector<std::size_t> sizes;
    bool failed = false;
    const auto sink = [&](std::span<const event_view> batch) {
        sizes.push_back(batch.size());
        if (!std::exchange(failed, true)) throw broken_sink{};
    };
    CHECK_THROWS_AS((void)feed.poll_batch(sink), broken_sink);
    CHECK(feed.position() == global_position{0});
    while (feed.poll_batch(sink)) {}
    CHECK(sizes == std::vector<std::size_t>{3, 3, 2});
}

TEST_CASE("subscription: a batch ends before the event that the store fails at") {
    world world;
    world.append(followed, 5);
    decorated_store failing{world.store, [&](const event_view& event, event_sink sink) {
                                if (event.position == global_position{4})
                                    throw corrupt_event(event.stream, event.version, event.position, "planted");
                                return sink(event);
                            }};
    subscription feed{failing, read_query::all()};
    numbers seen;
    const auto sink = [&](std::span<const event_view> batch) {
        for (const event_view& event : batch) seen.push_back(event.position.value);
    };
    for (int i = 0; i < 3; ++i) CHECK_THROWS_AS((void)feed.poll_batch(sink), corrupt_event);
    CHECK(seen == from_to(1, 3));
    CHECK(feed.position() == global_position{3});
}

TEST_CASE("subscription: it says once each time that it has caught up") {
    world world;
    subscription feed{world.store, read_query::all(), batch_limit{2}};
    numbers seen;
    const auto polled = [&] {
        (void)feed.poll(note_positions(seen));
        return feed.just_caught_up();
    };
    CHECK_FALSE(feed.just_caught_up());
    CHECK(polled());
    CHECK_FALSE(polled());
    world.append(followed, 3);
    CHECK_FALSE(polled());
    CHECK(polled());
    CHECK_FALSE(polled());
    world.append(followed);
    CHECK_THROWS_AS((void)feed.poll([](const event_view&) { throw broken_sink{}; }), broken_sink);
    CHECK_FALSE(feed.just_caught_up());
    CHECK(polled());
    CHECK_FALSE(polled());
}

TEST_CASE("guards: a follower never goes further than what was stored, in any state that it is asked in (row 9)") {
    world world;
    subscription feed{world.store, read_query::all(), batch_limit{3}};
    numbers seen;
    for (std::size_t appended = 0; appended < 20; ++appended) {
        if (appended % 4 != 3) world.append(followed, appended + 1);
        (void)feed.poll(note_positions(seen));
        CHECK(feed.position().value == std::ssize(seen));
        CHECK(feed.position() <= world.store.head());
    }
    while (feed.poll(note_positions(seen))) {}
    CHECK(seen == from_to(1, world.store.head().value));
}

TEST_CASE("guards: a checkpoint is where to go on, and one is never added to it twice (row 10)") {
    world world;
    world.append(followed, 6);
    for (std::int64_t n = 0; n <= 6; ++n) {
        numbers seen;
        subscription first{world.store, read_query::all().before(global_position{n + 1})};
        while (first.poll(note_positions(seen))) {}
        subscription restarted{world.store, read_query::all().after(first.position())};
        while (restarted.poll(note_positions(seen))) {}
        CHECK(seen == from_to(1, 6));
    }
}

TEST_CASE("guards: no checkpoint lies above what is stored, whatever a filter leaves out (row 11)") {
    world world;
    subscription feed{world.store, read_query::category("invoice").of_types({event_type{"note-taken", 1}})};
    numbers seen;
    for (std::int64_t i = 1; i <= 5; ++i) {
        world.append(followed, 2);
        (void)feed.poll(note_positions(seen));
        CHECK(feed.position() == world.store.head());
        world.append({"invoice", "x"});
        (void)feed.poll(note_positions(seen));
        CHECK(seen.size() == static_cast<std::size_t>(i));
        CHECK(seen.back() == world.store.head().value);
    }
}

TEST_CASE("guards: a filtered follower restarted from every checkpoint loses and repeats nothing (row 15)") {
    world world;
    for (int i = 0; i < 30; ++i) world.append(i % 7 == 3 ? stream_id{"invoice", "x"} : followed);
    const auto query = read_query::category("invoice");
    const numbers expected{4, 11, 18, 25};
    for (const std::size_t batch : {1U, 2U, 5U}) {
        numbers seen;
        global_position checkpoint;
        bool more = true;
        while (more) {
            subscription feed{world.store, query.after(checkpoint), batch_limit{batch}};
            more = feed.poll(note_positions(seen));
            CHECK(feed.position() >= checkpoint);
            checkpoint = feed.position();
        }
        CHECK(seen == expected);
        CHECK(checkpoint == global_position{30});
    }
}

TEST_CASE("guards: an event is not lost where catching up ends, however the clock stands (row 19)") {
    world world;
    world.append(followed, 3);
    subscription feed{world.store, read_query::all(), batch_limit{2}};
    numbers seen;
    (void)feed.poll(note_positions(seen));
    world.time.set(world.time.now() - std::chrono::hours{1});
    world.append({"order", "late"});
    while (feed.poll(note_positions(seen))) {}
    world.append({"order", "later"});
    while (feed.poll(note_positions(seen))) {}
    CHECK(seen == from_to(1, 5));
}

TEST_CASE("guards: a slow consumer stays behind and loses nothing (row 21)") {
    world world;
    subscription feed{world.store, read_query::all(), batch_limit{1}};
    numbers seen;
    for (int i = 0; i < 50; ++i) {
        world.append(followed, 20);
        CHECK(feed.poll(note_positions(seen)));
    }
    CHECK(seen == from_to(1, 50));
    while (feed.poll(note_positions(seen))) {}
    CHECK(seen == from_to(1, 1000));
}
