// Many callers at once.
#include "cases.hpp"
#include "support.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace foldline::inline v0::testing::contract {
namespace {

constexpr std::size_t threads = 4;
constexpr std::size_t rounds = 40;

const stream_id shared = order("shared");

std::string text_of(std::size_t thread, std::size_t round) { return fmt::format("{}/{}", thread, round); }

/// The numbers of one thread's events, in the order in which the store has them.
std::vector<std::string> written_by(const event_store& store, std::size_t thread) {
    std::vector<std::string> found;
    for (const auto& text : payloads(read_all(store, read_query::all())))
        if (text.starts_with(fmt::format("{}/", thread))) found.push_back(text);
    return found;
}

void expect_all_there(const event_store& store) {
    expect_no_holes(store);
    for (std::size_t thread = 0; thread < threads; ++thread) {
        std::vector<std::string> expected;
        for (std::size_t round = 0; round < rounds; ++round) expected.push_back(text_of(thread, round));
        expect_same_lines(written_by(store, thread), expected, "the events of a thread, in its order");
    }
}

/// Appends to the shared stream at `at`, or where the stream turns out to be; returns where it is then.
stream_version append_after(event_store& store, stream_version at, const std::vector<event_data>& events,
                            std::size_t& conflicts) {
    while (true) {
        const auto result = store.append(append_request::to(shared, expected_version::exactly(at), events));
        if (const auto* done = std::get_if<appended>(&result)) {
            expect_equal(done->version, at.next(), "the version after the one that was expected");
            return done->version;
        }
        const auto* conflict = std::get_if<version_conflict>(&result);
        if (!conflict || conflict->actual <= at) fail("a conflict without a competitor: " + show(result));
        // Each conflict is somebody else's success, so a store that loses no append cannot come here for ever.
        if (++conflicts > threads * rounds) fail("there are more conflicts than competitors");
        at = conflict->actual;
    }
}

/// Counts itself out when it ends, also by an exception, so that nobody waits for it.
class writer {
public:
    explicit writer(std::atomic<std::size_t>& writing) : writing_(writing) {}
    ~writer() { --writing_; }
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

private:
    std::atomic<std::size_t>& writing_;
};

/// Reads onwards until everybody has written, and expects each position exactly once. Returns how many there were.
std::int64_t follow(const event_store& store, const read_query& query, const std::atomic<std::size_t>& writing) {
    page reached = query.empty_page();
    std::int64_t seen = 0;
    while (true) {
        const bool all_written = writing == 0;
        reached = store.read(query.from(reached), batch_limit{7}, [&](const event_view& event) {
            expect_equal(event.position, global_position{++seen}, "the next position of a follower");
        });
        if (all_written && reached.at_end) return seen;
    }
}

const contract_case cases[] = {
    {"threads: appends to streams of their own all arrive, once and in order",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         in_parallel(threads, [&](std::size_t thread) {
             const stream_id own = order(fmt::format("{}", thread));
             stream_version at;
             for (std::size_t round = 0; round < rounds; ++round)
                 at = append_now(store, own, {note(text_of(thread, round))}, expected_version::exactly(at)).version;
         });
         expect_all_there(store);
     }},
    {"threads: appends to one stream all arrive, once and in order",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         in_parallel(threads, [&](std::size_t thread) {
             for (std::size_t round = 0; round < rounds; ++round)
                 append_now(store, shared, {note(text_of(thread, round))});
         });
         expect_all_there(store);
         expect_equal(version_of(store, shared), stream_version{threads * rounds}, "the version of the stream");
     }},
    {"threads: of those that expect a version one gets it, and the others learn where the stream is",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::mutex mutex;
         std::map<std::int64_t, std::size_t> winners;
         in_parallel(threads, [&](std::size_t thread) {
             stream_version at;
             std::size_t conflicts = 0;
             for (std::size_t round = 0; round < rounds; ++round) {
                 at = append_after(store, at, {note(text_of(thread, round))}, conflicts);
                 std::scoped_lock lock{mutex};
                 ++winners[at.value];
             }
         });
         expect_all_there(store);
         expect_equal(winners.size(), threads * rounds, "versions that somebody was given");
         for (const auto& [version, count] : winners)
             expect_equal(count, std::size_t{1}, fmt::format("winners of version {}", version));
     }},
    {"threads: what an append tells is where its event is",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::mutex mutex;
         std::map<std::string, appended> told;
         in_parallel(threads, [&](std::size_t thread) {
             for (std::size_t round = 0; round < rounds; ++round) {
                 const stream_id& stream = round % 2 == 0 ? shared : order(fmt::format("{}", thread));
                 const auto text = text_of(thread, round);
                 const appended done = append_now(store, stream, {note(text)});
                 expect(store.head() >= done.position, "the head is behind an append that returned");
                 expect(version_of(store, stream) >= done.version, "a read does not see an append that returned");
                 std::scoped_lock lock{mutex};
                 told.emplace(text, done);
             }
         });
         for (const auto& event : read_all(store, read_query::all())) {
             const appended& done = told.at(event.payload);
             expect_equal(event.version, done.version, "the version that was told");
             expect_equal(event.position, done.position, "the position that was told");
             expect_equal(event.recorded_at, done.recorded_at, "the time that was told");
         }
     }},
    {"threads: a request is seen whole or not at all",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::atomic<std::size_t> writing = threads - 1;
         in_parallel(threads, [&](std::size_t thread) {
             if (thread == 0) {
                 while (writing > 0) {
                     const auto read = read_once(store, read_query::all(), 1'000'000);
                     expect_equal(read.events.size() % 3, std::size_t{0}, "events of a request that is cut in two");
                 }
                 return;
             }
             const writer counted{writing};
             for (std::size_t round = 0; round < rounds; ++round)
                 append_now(store, {{{order(fmt::format("{}", thread)), expected_version::any(), notes(1)},
                                     {shared, expected_version::any(), notes(2)}},
                                    {}});
         });
         expect_no_holes(store);
         expect_equal(store.head(), global_position{3 * (threads - 1) * rounds}, "the head");
     }},
    {"threads: followers see every event once, in order, while it is written",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::atomic<std::size_t> writing = 2;
         in_parallel(4, [&](std::size_t thread) {
             if (thread < 2) {
                 const auto query = thread == 0 ? read_query::all() : read_query::category("order");
                 expect_equal(follow(store, query, writing), std::int64_t{4 * rounds}, "events that a follower saw");
                 return;
             }
             const writer counted{writing};
             for (std::size_t round = 0; round < rounds; ++round)
                 append_now(store, order(fmt::format("{}", thread)), notes(2));
         });
         expect_no_holes(store);
     }},
    {"threads: of equal requests with ids one is stored, and all have its result",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::atomic<std::size_t> stored_now = 0;
         std::mutex mutex;
         std::map<std::size_t, std::set<std::int64_t>> positions;
         in_parallel(threads, [&](std::size_t) {
             for (std::size_t round = 0; round < rounds; ++round) {
                 const auto request = append_request::to(order(fmt::format("{}", round % 5)), expected_version::any(),
                                                         with_ids(notes(2), fmt::format("request {}", round)));
                 const auto result = store.append(request);
                 const auto* done = std::get_if<appended>(&result);
                 if (!done) fail("a repeated request was refused: " + show(result));
                 if (done->when == stored::now) ++stored_now;
                 std::scoped_lock lock{mutex};
                 positions[round].insert(done->position.value);
             }
         });
         expect_equal(stored_now.load(), rounds, "requests that were stored by the call");
         expect_equal(store.head(), global_position{2 * rounds}, "the head");
         for (const auto& [round, seen] : positions)
             expect_equal(seen.size(), std::size_t{1}, fmt::format("results of request {}", round));
         expect_no_holes(store);
     }},
    {"threads: a condition holds at the moment of the append",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         // Each thread writes its own stream if nobody has taken the lead; so only one stream may come to be.
         std::atomic<std::size_t> taken = 0;
         in_parallel(threads, [&](std::size_t thread) {
             append_request request =
                 append_request::to(order(fmt::format("{}", thread)), expected_version::any(), notes(1));
             for (std::size_t other = 0; other < threads; ++other)
                 if (other != thread)
                     request.conditions.push_back({order(fmt::format("{}", other)), expected_version::no_stream()});
             const auto result = store.append(request);
             if (std::holds_alternative<appended>(result)) ++taken;
         });
         expect_equal(taken.load(), std::size_t{1}, "appends that found no other");
         expect_equal(store.head(), global_position{1}, "the head");
     }},
    {"threads: types get one number each, whoever asks first",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::mutex mutex;
         std::map<std::size_t, std::set<event_type_id>> numbers;
         in_parallel(threads, [&](std::size_t) {
             for (std::size_t i = 0; i < 100; ++i) {
                 const auto number = store.type_id({fmt::format("type-{}", i), 1});
                 expect_equal(std::string(store.type_of(number).name), fmt::format("type-{}", i), "the type's name");
                 std::scoped_lock lock{mutex};
                 numbers[i].insert(number);
             }
         });
         for (const auto& [type, seen] : numbers)
             expect_equal(seen.size(), std::size_t{1}, fmt::format("numbers of type {}", type));
     }},
};

}  // namespace

case_list thread_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
