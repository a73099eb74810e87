#include <foldline/eventstore/read_ahead_runner.hpp>

#include <foldline/core/error.hpp>

#include "support/memory_world.hpp"
#include "support/passing_store.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace foldline;

namespace {

using numbers = std::vector<std::int64_t>;

struct log_of {
    explicit log_of(std::size_t events) {
        for (std::size_t i = 1; i <= events; ++i) {
            event_data event;
            event.type = {"note-taken", 1};
            event.metadata = "metadata " + std::to_string(i);
            event.payload = "payload " + std::to_string(i);
            (void)world.store.append(
                append_request::to({"order", std::to_string(i % 3)}, expected_version::any(), {event}));
        }
    }
    foldline_tests::memory_world world;
    event_store& store = world.store;
};

/// Calls `before` with each event, on the thread that reads.
class watched_store final : public foldline_tests::passing_store {
public:
    using watch = std::function<void(const event_view&)>;
    watched_store(event_store& store, watch before) : passing_store(store), before_(std::move(before)) {}

    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner().read(query, limit, [&](const event_view& event) {
            before_(event);
            return sink(event);
        });
    }

private:
    watch before_;
};

/// Takes down the positions of what it gets, and whether every view is what was stored.
struct listener {
    void operator()(std::span<const event_view> batch) {
        for (const event_view& event : batch) {
            const std::string number = std::to_string(event.position.value);
            intact = intact && event.metadata == "metadata " + number && event.payload == "payload " + number &&
                     event.stream.category == "order" && event.stream.id == std::to_string(event.position.value % 3);
            seen.push_back(event.position.value);
        }
    }
    numbers seen;
    bool intact = true;
};

numbers from_to(std::int64_t first, std::int64_t last) {
    numbers all;
    for (std::int64_t n = first; n <= last; ++n) all.push_back(n);
    return all;
}

}  // namespace

TEST_SUITE("threads") {
    TEST_CASE("read ahead: every event comes once, in order and intact, whatever the sizes of batches and ring") {
        log_of log{101};
        for (const std::size_t batch : {1U, 7U, 100U, 101U, 1000U})
            for (const std::size_t batches : {2U, 3U, 16U}) {
                CAPTURE(batch);
                CAPTURE(batches);
                read_ahead_runner ahead{log.store, read_query::all(), {batch_limit{batch}, batches}};
                listener heard;
                while (ahead.next(std::ref(heard))) {}
                CHECK(heard.seen == from_to(1, 101));
                CHECK(heard.intact);
                CHECK(ahead.reached().at_end);
                CHECK(ahead.reached().last_position == global_position{101});
                CHECK_FALSE(ahead.next(std::ref(heard)));
            }
    }

    TEST_CASE("read ahead: bounds, filters and backward reads are the query's") {
        log_of log{20};
        const auto query = read_query::stream({"order", "1"}).before(stream_version{6}).backward();
        read_ahead_runner ahead{log.store, query, {batch_limit{2}, 2}};
        listener heard;
        while (ahead.next(std::ref(heard))) {}
        CHECK(heard.seen == numbers{13, 10, 7, 4, 1});

        read_ahead_runner none{log.store, read_query::all().of_types({event_type{"never", 1}}), {batch_limit{2}, 2}};
        CHECK_FALSE(none.next(std::ref(heard)));
        CHECK(none.reached().last_position == global_position{20});
    }

    TEST_CASE("read ahead: an empty store is at its end at once") {
        log_of log{0};
        read_ahead_runner ahead{log.store, read_query::all()};
        listener heard;
        CHECK_FALSE(ahead.next(std::ref(heard)));
        CHECK(ahead.reached().at_end);
    }

    TEST_CASE("read ahead: no more is read than the ring holds") {
        log_of log{100};
        std::atomic<std::int64_t> read = 0;
        watched_store store{log.store, [&](const event_view&) { ++read; }};
        read_ahead_runner ahead{store, read_query::all(), {batch_limit{5}, 3}};
        listener heard;
        bool more = true;
        while (more) {
            more = ahead.next([&](std::span<const event_view> batch) {
                heard(batch);
                // The batch in hand is one of the three.
                CHECK(read <= std::ssize(heard.seen) + 10);
            });
        }
        CHECK(heard.seen == from_to(1, 100));
    }

    TEST_CASE("read ahead: a batch whose sink threw comes again") {
        log_of log{10};
        read_ahead_runner ahead{log.store, read_query::all(), {batch_limit{4}, 2}};
        listener heard;
        int failures = 0;
        bool more = true;
        while (more) {
            try {
                more = ahead.next([&](std::span<const event_view> batch) {
                    if (failures < 3 && batch.front().position == global_position{5})
                        throw std::runtime_error("planted");
                    heard(batch);
                });
            } catch (const std::runtime_error&) {
                ++failures;
                CHECK(ahead.reached().last_position == global_position{4});
            }
        }
        CHECK(failures == 3);
        CHECK(heard.seen == from_to(1, 10));
    }

    TEST_CASE("read ahead: what the store throws comes behind everything that was read before it") {
        for (const std::int64_t bad : {1, 2, 5, 6, 10}) {
            CAPTURE(bad);
            log_of log{10};
            watched_store store{log.store, [&](const event_view& event) {
                                    if (event.position == global_position{bad})
                                        throw corrupt_event(event.stream, event.version, event.position, "planted");
                                }};
            read_ahead_runner ahead{store, read_query::all(), {batch_limit{5}, 2}};
            listener heard;
            const auto read_all = [&] {
                while (ahead.next(std::ref(heard))) {}
            };
            CHECK_THROWS_AS(read_all(), corrupt_event);
            CHECK_THROWS_AS(read_all(), corrupt_event);
            CHECK(heard.seen == from_to(1, bad - 1));
            CHECK(ahead.reached().last_position == global_position{bad - 1});
            CHECK_FALSE(ahead.reached().at_end);
        }
    }

    TEST_CASE("read ahead: it is stopped at any time, with batches ready, in use, or none at all") {
        log_of log{100};
        for (int used = 0; used <= 3; ++used) {
            CAPTURE(used);
            read_ahead_runner ahead{log.store, read_query::all(), {batch_limit{10}, 2}};
            listener heard;
            for (int i = 0; i < used; ++i) CHECK(ahead.next(std::ref(heard)));
            ahead.stop();
            while (ahead.next(std::ref(heard))) {}
            CHECK(heard.seen == from_to(1, std::ssize(heard.seen)));
            CHECK(std::ssize(heard.seen) <= 10 * (used + 2));
            CHECK_FALSE(ahead.reached().at_end);
            CHECK(ahead.reached().last_position.value == std::ssize(heard.seen));
        }
        const read_ahead_runner unused{log.store, read_query::all(), {batch_limit{1}, 2}};
    }

    TEST_CASE("read ahead: what it is given goes on from where it ended") {
        log_of log{30};
        listener heard;
        read_ahead_runner ahead{log.store, read_query::all().before(global_position{21})};
        while (ahead.next(std::ref(heard))) {}
        subscription feed{log.store, read_query::all().after(ahead.reached().last_position)};
        while (feed.poll_batch(std::ref(heard))) {}
        CHECK(heard.seen == from_to(1, 30));
        CHECK(heard.intact);
    }
}

TEST_CASE("read ahead: a ring of one batch is refused") {
    log_of log{1};
    CHECK_THROWS_AS((read_ahead_runner{log.store, read_query::all(), {batch_limit{1}, 1}}), invalid_request);
}
