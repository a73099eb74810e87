#include <foldline/eventstore/append_queue.hpp>

#include "support/memory_world.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace foldline;
using foldline_tests::memory_world;

namespace {

using steady_clock = std::chrono::steady_clock;
using std::chrono::hours;

/// Appends one by one to a memory store, remembers the groups, and lets a test into each attempt.
struct group_spy final : group_appender {
    void append_group(std::span<append_attempt> attempts) noexcept override {
        groups.push_back(attempts.size());
        threads.push_back(std::this_thread::get_id());
        for (append_attempt& attempt : attempts) {
            try {
                if (before_each) before_each(*attempt.request);
                attempt.result = world.store.append(*attempt.request);
            } catch (...) {
                attempt.failure = std::current_exception();
            }
        }
    }

    memory_world world;
    std::function<void(const append_request&)> before_each{};
    std::vector<std::size_t> groups;
    std::vector<std::thread::id> threads;
};

event_data note(std::string payload) {
    event_data event;
    event.type = {"note-taken", 1};
    event.payload = std::move(payload);
    return event;
}

append_request to(std::string id, std::string payload = {}, expected_version expected = expected_version::any()) {
    return append_request::to({"order", std::move(id)}, expected, {note(std::move(payload))});
}

append_request to_absent(std::string id) { return to(std::move(id), {}, expected_version::no_stream()); }

std::vector<std::string> payloads(const event_store& store) {
    std::vector<std::string> all;
    store.read(read_query::all(), batch_limit{100'000},
               [&](const event_view& event) { all.emplace_back(event.payload); });
    return all;
}

std::int64_t position_of(const append_outcome& outcome) { return std::get<appended>(outcome.get()).position.value; }

bool is_ready(const std::future<append_result>& result) {
    return result.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
}

bool is_stored(std::future<append_result>& result) { return std::holds_alternative<appended>(result.get()); }

void run_all(append_queue& queue) {
    while (queue.load().appends > 0) {
        queue.run_batch();
        queue.run_completions();
    }
}

void wait_until_passed(append_queue::deadline when) {
    while (steady_clock::now() < when) std::this_thread::yield();
}

void wait_for_callers(const append_queue& queue, std::size_t callers) {
    while (queue.load().callers != callers) std::this_thread::yield();
}

void ignore(const append_outcome&) {}

append_queue_options holding(std::size_t appends, when_full full = when_full::refuse) {
    append_queue_options options;
    options.capacity = appends;
    options.full = full;
    return options;
}

}  // namespace

TEST_CASE("append queue: a future is ready when its append has been committed") {
    group_spy spy;
    append_queue queue{spy};
    auto first = queue.append(to("a", "1"));
    auto second = queue.append(to("b", "2"));
    CHECK_FALSE(is_ready(first));
    CHECK(queue.load().appends == 2);
    CHECK_FALSE(queue.run_batch());
    CHECK(std::get<appended>(first.get()).position == global_position{1});
    CHECK(std::get<appended>(second.get()).position == global_position{2});
    CHECK(queue.load().appends == 0);
    CHECK(queue.load().bytes == 0);
    CHECK(spy.groups == std::vector<std::size_t>{2});
}

TEST_CASE("append queue: a completion is called by the completions' run, never by the commit") {
    group_spy spy;
    append_queue queue{spy};
    std::vector<std::int64_t> positions;
    for (int i = 0; i < 3; ++i)
        queue.append(to("a"), [&](const append_outcome& outcome) { positions.push_back(position_of(outcome)); });
    queue.run_batch();
    CHECK(spy.world.store.head() == global_position{3});
    CHECK(positions.empty());
    CHECK_FALSE(queue.run_completions());
    CHECK(positions == std::vector<std::int64_t>{1, 2, 3});
}

TEST_CASE("append queue: without anything to do both runs do nothing") {
    group_spy spy;
    append_queue queue{spy};
    CHECK_FALSE(queue.run_batch());
    CHECK_FALSE(queue.run_completions());
    CHECK(spy.groups.empty());
}

TEST_CASE("append queue: a conflict, a failure and a reused id touch nobody else in their group") {
    group_spy spy;
    spy.before_each = [](const append_request& request) {
        if (request.writes[0].stream.id() == "full") throw storage_error(13, "append", "the disk is full");
    };
    append_queue queue{spy};
    const auto with_id = [](append_request request) {
        request.writes[0].events[0].id = event_id{uuid::parse("0190f3a0-0000-7000-8000-000000000001").value()};
        return request;
    };
    auto first = queue.append(to_absent("a"));
    auto conflict = queue.append(to_absent("a"));
    auto own_id = queue.append(with_id(to("b")));
    auto full = queue.append(to("full"));
    auto reused = queue.append(with_id(to("c")));
    auto repeated = queue.append(with_id(to("b")));
    auto last = queue.append(to("a"));
    queue.run_batch();
    CHECK(spy.groups == std::vector<std::size_t>{7});
    CHECK(is_stored(first));
    CHECK(std::get<version_conflict>(conflict.get()) == version_conflict{{"order", "a"}, stream_version{1}});
    const auto stored_first = std::get<appended>(own_id.get());
    CHECK(stored_first.when == stored::now);
    CHECK_THROWS_AS((void)full.get(), storage_error);
    CHECK(std::holds_alternative<id_reused>(reused.get()));
    CHECK(std::get<appended>(repeated.get()).position == stored_first.position);
    CHECK(is_stored(last));
    CHECK(spy.world.store.head() == global_position{3});
}

TEST_CASE("append queue: whichever append of a group fails, it fails alone") {
    constexpr int appends = 9;
    for (int failing = 0; failing < appends; ++failing) {
        CAPTURE(failing);
        group_spy spy;
        int attempt = 0;
        spy.before_each = [&](const append_request&) {
            if (attempt++ == failing) throw std::bad_alloc{};
        };
        append_queue_options options;
        options.group_appends = 4;
        append_queue queue{spy, options};
        std::vector<std::future<append_result>> results;
        for (int i = 0; i < appends; ++i) results.push_back(queue.append(to("a", std::to_string(i))));
        while (queue.run_batch()) {}
        std::vector<std::string> acknowledged;
        for (int i = 0; i < appends; ++i) {
            auto& result = results[static_cast<std::size_t>(i)];
            if (i == failing) CHECK_THROWS_AS((void)result.get(), std::bad_alloc);
            else if (is_stored(result)) acknowledged.push_back(std::to_string(i));
        }
        CHECK(acknowledged.size() == appends - 1);
        CHECK(payloads(spy.world.store) == acknowledged);
    }
}

TEST_CASE("append queue: the caller hears of a request that no store takes, and nothing of it is queued") {
    group_spy spy;
    append_queue_options options;
    options.limits.payload_bytes = 10;
    append_queue queue{spy, options};
    CHECK_THROWS_AS((void)queue.append({}), invalid_request);
    CHECK_THROWS_AS(queue.append({}, ignore), invalid_request);
    CHECK_THROWS_AS((void)queue.append(to("a", "eleven bytes")), limit_exceeded);
    CHECK_THROWS_AS(queue.append(to("a", "eleven bytes"), ignore), limit_exceeded);
    CHECK(queue.load().appends == 0);
    CHECK_FALSE(queue.run_batch());
    CHECK(spy.groups.empty());
}

TEST_CASE("append queue: a request beyond the limits of the store alone fails alone") {
    group_spy spy;
    append_queue_options options;
    options.limits.payload_bytes = 4U << 20U;  // the store takes 1 MiB
    append_queue queue{spy, options};
    auto before = queue.append(to("a"));
    auto oversized = queue.append(to("a", std::string(2U << 20U, 'x')));
    auto after = queue.append(to("a"));
    queue.run_batch();
    CHECK(is_stored(before));
    CHECK_THROWS_AS((void)oversized.get(), limit_exceeded);
    CHECK(is_stored(after));
}

TEST_CASE("append queue: groups are bounded by their appends, and keep the order") {
    group_spy spy;
    append_queue_options options;
    options.group_appends = 4;
    append_queue queue{spy, options};
    std::vector<std::string> order;
    for (int i = 0; i < 10; ++i) {
        order.push_back(std::to_string(i));
        queue.append(to(std::to_string(i % 3), order.back()), ignore);
    }
    CHECK(queue.run_batch());
    CHECK(queue.run_batch());
    CHECK_FALSE(queue.run_batch());
    CHECK(spy.groups == std::vector<std::size_t>{4, 4, 2});
    CHECK(payloads(spy.world.store) == order);
}

TEST_CASE("append queue: groups are bounded by their bytes, and a larger append goes alone") {
    group_spy spy;
    append_queue_options options;
    options.group_bytes = 100'000;
    append_queue queue{spy, options};
    for (const std::size_t bytes : {40'000U, 40'000U, 40'000U, 200'000U, 10U, 10U})
        queue.append(to("a", std::string(bytes, 'x')), ignore);
    while (queue.run_batch()) {}
    CHECK(spy.groups == std::vector<std::size_t>{2, 1, 1, 2});
}

TEST_CASE("append queue: a full one refuses by the number of appends, and takes again what is tried later") {
    group_spy spy;
    append_queue queue{spy, holding(3)};
    for (int i = 0; i < 3; ++i) queue.append(to("a"), ignore);
    CHECK_THROWS_AS((void)queue.append(to("refused")), queue_full);
    CHECK_THROWS_WITH_AS(queue.append(to("refused"), ignore), doctest::Contains("3 of 3 appends"), queue_full);
    CHECK_THROWS_WITH_AS(queue.append(to("refused"), ignore), doctest::Contains("nothing was stored"), queue_full);
    run_all(queue);
    CHECK(spy.world.store.head() == global_position{3});
    auto later = queue.append(to("a"));
    run_all(queue);
    CHECK(is_stored(later));
}

TEST_CASE("append queue: a full one refuses by bytes, but takes a larger append when it holds nothing") {
    group_spy spy;
    append_queue_options options = holding(100);
    options.capacity_bytes = 100'000;
    append_queue queue{spy, options};
    auto larger = queue.append(to("a", std::string(150'000, 'x')));
    CHECK(queue.load().bytes > 150'000);
    CHECK_THROWS_AS((void)queue.append(to("a")), queue_full);
    run_all(queue);
    CHECK(is_stored(larger));

    queue.append(to("a", std::string(60'000, 'x')), ignore);
    CHECK_THROWS_AS((void)queue.append(to("a", std::string(60'000, 'x'))), queue_full);
    CHECK_THROWS_AS((void)queue.append(to("a", std::string(150'000, 'x'))), queue_full);
    queue.append(to("a", std::string(30'000, 'x')), ignore);
    run_all(queue);
    CHECK(spy.world.store.head() == global_position{3});
}

TEST_CASE("append queue: an append holds its place until its completion has returned") {
    group_spy spy;
    append_queue queue{spy, holding(1)};
    queue.append(to("a"), ignore);
    queue.run_batch();
    CHECK_THROWS_AS((void)queue.append(to("b")), queue_full);
    queue.run_completions();
    auto taken = queue.append(to("b"));
    queue.run_batch();
    // A future's place is free as soon as the future is ready.
    auto next = queue.append(to("c"));
    queue.run_batch();
    CHECK(is_stored(taken));
    CHECK(is_stored(next));
}

TEST_CASE("append queue: what still waits when its deadline passes is not stored, and its neighbours are") {
    group_spy spy;
    append_queue queue{spy};
    auto before = queue.append(to("a", "1"), steady_clock::now() + hours{1});
    auto late = queue.append(to("a", "2"), steady_clock::now());
    std::optional<append_outcome> also_late;
    queue.append(
        to("a", "3"), [&](const append_outcome& outcome) { also_late = outcome; }, steady_clock::now());
    auto after = queue.append(to("a", "4"));
    run_all(queue);
    CHECK(is_stored(before));
    CHECK_THROWS_WITH_AS((void)late.get(), doctest::Contains("nothing was stored"), deadline_exceeded);
    REQUIRE(also_late);
    CHECK(also_late->nothing_stored());
    CHECK_THROWS_AS((void)also_late->get(), deadline_exceeded);
    CHECK(is_stored(after));
    CHECK(payloads(spy.world.store) == std::vector<std::string>{"1", "4"});
}

TEST_CASE("append queue: a group of which all are late is not committed") {
    group_spy spy;
    append_queue queue{spy};
    auto late = queue.append(to("a"), steady_clock::now());
    CHECK_FALSE(queue.run_batch());
    CHECK_THROWS_AS((void)late.get(), deadline_exceeded);
    CHECK(spy.groups.empty());
}

TEST_CASE("append queue: the completions' run ends what is late without a commit") {
    group_spy spy;
    append_queue queue{spy};
    auto patient = queue.append(to("a"), steady_clock::now() + hours{1});
    auto late = queue.append(to("a"), steady_clock::now());
    bool called = false;
    queue.append(
        to("a"), [&](const append_outcome&) { called = true; }, steady_clock::now());
    CHECK_FALSE(queue.run_completions());
    CHECK_THROWS_AS((void)late.get(), deadline_exceeded);
    CHECK(called);
    CHECK_FALSE(is_ready(patient));
    CHECK(queue.load().appends == 1);
    run_all(queue);
    CHECK(is_stored(patient));
}

TEST_CASE("append queue: an append whose deadline passes during its commit has its true outcome") {
    // On a slow machine a deadline may pass before the group is taken: then once more, with a later one.
    bool seen = false;
    for (auto wait = std::chrono::milliseconds{1}; !seen; wait *= 2) {
        group_spy spy;
        append_queue_options options;
        options.group_appends = 2;
        append_queue queue{spy, options};
        const auto until = steady_clock::now() + wait;
        auto first = queue.append(to("a"));
        auto beside = queue.append(to("a"), until);
        auto behind = queue.append(to("a"), until);
        spy.before_each = [&](const append_request&) {
            wait_until_passed(until);
            queue.run_completions();
            seen = spy.groups == std::vector<std::size_t>{2} && is_ready(behind);
        };
        queue.run_batch();
        CHECK(is_stored(first));
        CHECK_THROWS_AS((void)behind.get(), deadline_exceeded);
        if (seen) CHECK(is_stored(beside));
    }
}

TEST_CASE("append queue: a caller who waits for room waits no longer than until its deadline") {
    group_spy spy;
    append_queue queue{spy, holding(1, when_full::wait)};
    auto first = queue.append(to("a"));
    CHECK_THROWS_AS((void)queue.append(to("b"), steady_clock::now()), deadline_exceeded);
    CHECK_THROWS_AS(queue.append(to("b"), ignore, steady_clock::now()), deadline_exceeded);
    CHECK(queue.load().callers == 0);
    run_all(queue);
    CHECK(is_stored(first));
    CHECK(spy.world.store.head() == global_position{1});
}

TEST_CASE("append queue: close finishes what was taken, and takes nothing more") {
    group_spy spy;
    append_queue_options options;
    options.group_appends = 2;
    append_queue queue{spy, options};
    std::vector<std::future<append_result>> results;
    int called = 0;
    for (int i = 0; i < 5; ++i) {
        results.push_back(queue.append(to("a")));
        queue.append(to("a"), [&](const append_outcome& outcome) { called += position_of(outcome) > 0 ? 1 : 0; });
    }
    queue.close();
    for (auto& result : results) {
        REQUIRE(is_ready(result));
        CHECK(is_stored(result));
    }
    CHECK(called == 5);
    CHECK(spy.world.store.head() == global_position{10});
    CHECK_THROWS_WITH_AS((void)queue.append(to("a")), doctest::Contains("nothing was stored"), queue_closed);
    CHECK_THROWS_AS(queue.append(to("a"), ignore), queue_closed);
    queue.close();
    CHECK(spy.world.store.head() == global_position{10});
}

TEST_CASE("append queue: its destructor closes it") {
    group_spy spy;
    std::future<append_result> result;
    bool called = false;
    {
        append_queue queue{spy};
        result = queue.append(to("a"));
        queue.append(to("a"), [&](const append_outcome&) { called = true; });
    }
    CHECK(is_stored(result));
    CHECK(called);
}

TEST_CASE("append queue: in a full one a completion's first append takes its place, and a further one is refused") {
    for (const when_full full : {when_full::wait, when_full::refuse}) {
        group_spy spy;
        append_queue queue{spy, holding(1, full)};
        int refused = 0;
        std::future<append_result> next;
        queue.append(to("a", "1"), [&](const append_outcome&) {
            next = queue.append(to("a", "2"));
            CHECK(queue.load().appends == 1);
            try {
                (void)queue.append(to("a", "3"));
            } catch (const queue_full&) {
                ++refused;
            }
        });
        run_all(queue);
        CHECK(refused == 1);
        CHECK(is_stored(next));
        CHECK(payloads(spy.world.store) == std::vector<std::string>{"1", "2"});
        CHECK(queue.load().bytes == 0);
    }
}

TEST_CASE("append queue: where there is room a completion appends as anybody does") {
    group_spy spy;
    append_queue queue{spy, holding(3)};
    std::vector<std::future<append_result>> next;
    queue.append(to("a"), [&](const append_outcome&) {
        for (int i = 0; i < 3; ++i) next.push_back(queue.append(to("a")));
        CHECK_THROWS_AS((void)queue.append(to("a")), queue_full);
    });
    run_all(queue);
    CHECK(next.size() == 3);
    CHECK(spy.world.store.head() == global_position{4});
}

TEST_CASE("append queue: one run of completions ends though each of them appends again") {
    group_spy spy;
    append_queue queue{spy, holding(1, when_full::wait)};
    int called = 0;
    append_queue::completion again = [&](const append_outcome&) {
        if (++called == 100) return;
        queue.append(to("a"), again);
        queue.run_batch();
    };
    queue.append(to("a"), again);
    queue.run_batch();
    queue.run_completions();
    CHECK(called == 1);
    run_all(queue);
    CHECK(called == 100);
}

TEST_CASE("append queue: what a commit calls may append, and is never made to wait") {
    group_spy spy;
    append_queue queue{spy, holding(2, when_full::wait)};
    std::future<append_result> taken;
    int refused = 0;
    const auto seen = spy.world.store.commits().connect([&](global_position head) {
        if (head.value > 1) return;
        taken = queue.append(to("b"));
        try {
            (void)queue.append(to("b"));
        } catch (const queue_full&) {
            ++refused;
        }
        CHECK_FALSE(queue.run_batch());
    });
    auto first = queue.append(to("a"));
    CHECK(queue.run_batch());
    CHECK(refused == 1);
    run_all(queue);
    CHECK(is_stored(first));
    CHECK(is_stored(taken));
}

TEST_CASE("append queue: what completions throw is reported, and the others are called") {
    group_spy spy;
    append_queue_options options;
    std::vector<std::string> reported;
    options.on_error = [&](const std::exception_ptr& thrown) {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& known) {
            reported.emplace_back(known.what());
        }
        throw std::runtime_error("the report");
    };
    append_queue queue{spy, options};
    int called = 0;
    queue.append(to("a"), [](const append_outcome&) { throw std::runtime_error("first"); });
    queue.append(to("a"), [&](const append_outcome&) { ++called; });
    queue.append(to("a"), [](const append_outcome&) { throw std::runtime_error("third"); });
    queue.append(to("a"), [&](const append_outcome&) { ++called; });
    run_all(queue);
    CHECK(called == 2);
    CHECK(reported == std::vector<std::string>{"first", "third"});
    CHECK(queue.load().appends == 0);
}

TEST_CASE("append queue: without an error slot what a completion throws is dropped") {
    group_spy spy;
    append_queue queue{spy};
    queue.append(to("a"), [](const append_outcome&) { throw 42; });
    run_all(queue);
    CHECK(spy.world.store.head() == global_position{1});
}

TEST_CASE("append queue: a completion may close it, and the others are still called") {
    group_spy spy;
    append_queue queue{spy, holding(2)};
    int called = 0;
    queue.append(to("a"), [&](const append_outcome&) {
        queue.close();
        CHECK_THROWS_AS((void)queue.append(to("a")), queue_closed);
        CHECK_FALSE(queue.run_completions());
        CHECK(called == 0);
        ++called;
    });
    queue.append(to("a"), [&](const append_outcome&) { ++called; });
    run_all(queue);
    CHECK(called == 2);
}

TEST_CASE("append queue: what a completion owns is gone when close returns") {
    group_spy spy;
    append_queue queue{spy};
    auto owned = std::make_shared<int>(1);
    queue.append(to("a"), [owned](const append_outcome&) {});
    CHECK(owned.use_count() == 2);
    queue.close();
    CHECK(owned.use_count() == 1);
}

TEST_CASE("append queue: an outcome says whether it is certain that nothing was stored") {
    const auto failed = [](auto failure) { return append_outcome{{}, std::make_exception_ptr(std::move(failure))}; };
    CHECK_FALSE(append_outcome{append_result{appended{}}, {}}.nothing_stored());
    CHECK(append_outcome{append_result{version_conflict{{"order", "a"}, {}}}, {}}.nothing_stored());
    CHECK(append_outcome{append_result{id_reused{}}, {}}.nothing_stored());
    CHECK(failed(storage_error(13, "append", "full")).nothing_stored());
    CHECK_FALSE(failed(storage_error(10, "commit", "torn", write_outcome::unknown)).nothing_stored());
    CHECK(failed(deadline_exceeded("late")).nothing_stored());
    CHECK(failed(invalid_request("empty")).nothing_stored());
    CHECK(failed(std::bad_alloc{}).nothing_stored());
}

TEST_CASE("append group of the memory store: each append has its own outcome, and one signal tells of them") {
    memory_world world;
    std::vector<std::int64_t> heads;
    const auto seen = world.store.commits().connect([&](global_position head) { heads.push_back(head.value); });
    const std::vector<append_request> requests{
        to_absent("a"), to_absent("a"), {}, to("b", std::string(2U << 20U, 'x')), to("a")};
    std::vector<append_attempt> attempts;
    for (const append_request& request : requests) attempts.push_back({&request});
    world.store.append_group(attempts);

    CHECK(std::get<appended>(attempts[0].result.value()).position == global_position{1});
    CHECK(std::get<version_conflict>(attempts[1].result.value()).actual == stream_version{1});
    CHECK_THROWS_AS(std::rethrow_exception(attempts[2].failure), invalid_request);
    CHECK_THROWS_AS(std::rethrow_exception(attempts[3].failure), limit_exceeded);
    CHECK(std::get<appended>(attempts[4].result.value()).version == stream_version{2});
    for (const append_attempt& attempt : attempts) CHECK(attempt.result.has_value() == !attempt.failure);
    CHECK(heads == std::vector<std::int64_t>{2});
    CHECK(world.store.head() == global_position{2});
}

TEST_CASE("append group of the memory store: one that stores nothing gives no signal") {
    memory_world world;
    append_request request = to_absent("a");
    request.writes[0].events[0].id = event_id{uuid::parse("0190f3a0-0000-7000-8000-000000000001").value()};
    (void)world.store.append(request);
    int signals = 0;
    const auto seen = world.store.commits().connect([&](global_position) { ++signals; });
    const append_request conflict = to_absent("a");
    std::vector<append_attempt> attempts{{&request}, {&conflict}};
    world.store.append_group(attempts);
    world.store.append_group({});
    CHECK(std::get<appended>(attempts[0].result.value()).when == stored::before);
    CHECK(std::holds_alternative<version_conflict>(attempts[1].result.value()));
    CHECK(signals == 0);
}

TEST_CASE("append queue: drives the memory store") {
    memory_world world;
    append_queue queue{world.store};
    auto first = queue.append(to_absent("a"));
    auto conflict = queue.append(to_absent("a"));
    queue.close();
    CHECK(is_stored(first));
    CHECK(std::holds_alternative<version_conflict>(conflict.get()));
}

TEST_SUITE("threads") {
    TEST_CASE("append queue runner: commits a lone append without being asked") {
        group_spy spy;
        append_queue queue{spy};
        append_queue_runner runner{queue};
        for (int i = 1; i <= 200; ++i) {
            auto result = queue.append(to("a"));
            CHECK(std::get<appended>(result.get()).version == stream_version{i});
        }
    }

    TEST_CASE("append queue runner: completions are called on a thread that neither appends nor commits") {
        group_spy spy;
        std::thread::id called_on;
        {
            std::latch called{1};
            append_queue queue{spy};
            append_queue_runner runner{queue};
            queue.append(to("a"), [&](const append_outcome&) {
                called_on = std::this_thread::get_id();
                called.count_down();
            });
            called.wait();
        }
        REQUIRE(spy.threads.size() == 1);
        CHECK(called_on != spy.threads[0]);
        CHECK(called_on != std::this_thread::get_id());
        CHECK(spy.threads[0] != std::this_thread::get_id());
    }

    TEST_CASE("append queue runner: a completion that hangs holds up no commit") {
        group_spy spy;
        std::latch go_on{1};
        append_queue queue{spy};
        append_queue_runner runner{queue};
        queue.append(to("a"), [&](const append_outcome&) { go_on.wait(); });
        for (int i = 0; i < 100; ++i) {
            auto result = queue.append(to("b"));
            CHECK(is_stored(result));
        }
        go_on.count_down();
    }

    TEST_CASE("append queue runner: a completion may wait for another append") {
        group_spy spy;
        bool seen = false;
        {
            std::latch done{1};
            append_queue queue{spy, holding(1, when_full::wait)};
            append_queue_runner runner{queue};
            queue.append(to("a"), [&](const append_outcome&) {
                auto next = queue.append(to("b"));
                seen = is_stored(next);
                done.count_down();
            });
            done.wait();
        }
        CHECK(seen);
    }

    TEST_CASE("append queue runner: what waits behind a commit that hangs ends at its deadline") {
        group_spy spy;
        std::latch begun{1};
        std::latch go_on{1};
        spy.before_each = [&](const append_request& request) {
            if (request.writes[0].stream.id() != "hangs") return;
            begun.count_down();
            go_on.wait();
        };
        append_queue queue{spy};
        append_queue_runner runner{queue};
        auto hangs = queue.append(to("hangs"), steady_clock::now() + hours{1});
        begun.wait();
        auto patient = queue.append(to("a"));
        auto late = queue.append(to("a"), steady_clock::now() + std::chrono::milliseconds{5});
        auto earlier = queue.append(to("a"), steady_clock::now());
        CHECK_THROWS_AS((void)earlier.get(), deadline_exceeded);
        CHECK_THROWS_AS((void)late.get(), deadline_exceeded);
        CHECK_FALSE(is_ready(hangs));
        CHECK_FALSE(is_ready(patient));
        go_on.count_down();
        CHECK(is_stored(hangs));
        CHECK(is_stored(patient));
    }

    TEST_CASE("append queue: callers of a full one wait, and are served in the order in which they came") {
        group_spy spy;
        append_queue queue{spy, holding(1, when_full::wait)};
        auto first = queue.append(to("a", "0"));
        std::vector<std::string> order{"0"};
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 1; i <= 5; ++i) {
                order.push_back(std::to_string(i));
                threads.emplace_back([&, payload = order.back()] { queue.append(to("a", payload), ignore); });
                wait_for_callers(queue, i);
            }
            CHECK(queue.load().appends == 1);
            for (std::size_t left = 5; left > 0; --left) {
                queue.run_batch();
                queue.run_completions();
                wait_for_callers(queue, left - 1);
            }
        }
        run_all(queue);
        CHECK(payloads(spy.world.store) == order);
    }

    TEST_CASE("append queue: a caller who gives up lets those behind it in") {
        group_spy spy;
        append_queue_options options = holding(2, when_full::wait);
        options.capacity_bytes = 100'000;
        append_queue queue{spy, options};
        auto first = queue.append(to("a", std::string(50'000, 'x')));
        std::atomic<bool> gave_up = false;
        {
            std::jthread large{[&] {
                // It can only end by its deadline, since nobody runs a batch before it does.
                try {
                    (void)queue.append(to("b", std::string(60'000, 'x')),
                                       steady_clock::now() + std::chrono::milliseconds{20});
                } catch (const deadline_exceeded&) {
                    gave_up = true;
                }
            }};
            while (queue.load().callers == 0 && !gave_up) std::this_thread::yield();
            auto small = queue.append(to("c"));
            CHECK(queue.load().callers == 0);  // it was not let in past the other one
            large.join();
            CHECK(gave_up);
            run_all(queue);
            CHECK(is_stored(small));
        }
        CHECK(is_stored(first));
        CHECK(spy.world.store.head() == global_position{2});
    }

    TEST_CASE("append queue: close refuses the callers who wait for room, and finishes what was taken") {
        group_spy spy;
        append_queue queue{spy, holding(1, when_full::wait)};
        auto taken = queue.append(to("a"));
        std::atomic<int> refused = 0;
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 3; ++i)
                threads.emplace_back([&] {
                    try {
                        (void)queue.append(to("b"));
                    } catch (const queue_closed&) {
                        ++refused;
                    }
                });
            wait_for_callers(queue, 3);
            queue.close();
        }
        CHECK(refused == 3);
        CHECK(is_stored(taken));
        CHECK(spy.world.store.head() == global_position{1});
    }

    TEST_CASE("append queue runner: its destructor finishes what was taken, on the runner's threads") {
        for (int round = 0; round < 50; ++round) {
            group_spy spy;
            append_queue queue{spy};
            std::vector<std::future<append_result>> results;
            std::atomic<int> called = 0;
            std::atomic<int> called_here = 0;
            const auto here = std::this_thread::get_id();
            {
                append_queue_runner runner{queue};
                for (int i = 0; i < 20; ++i) {
                    results.push_back(queue.append(to("a")));
                    queue.append(to("a"), [&](const append_outcome&) {
                        ++called;
                        if (std::this_thread::get_id() == here) ++called_here;
                    });
                }
            }
            for (auto& result : results) REQUIRE(is_stored(result));
            REQUIRE(called == 20);
            REQUIRE(called_here == 0);
            CHECK_THROWS_AS((void)queue.append(to("a")), queue_closed);
        }
    }

    TEST_CASE("append queue runner: completions by hand are called where the program runs them") {
        group_spy spy;
        append_queue queue{spy};
        append_queue_runner runner{queue, completions_run::by_hand};
        int called = 0;  // not atomic: only this thread touches it
        queue.append(to("a"), [&](const append_outcome&) { ++called; });
        auto behind = queue.append(to("a"));
        CHECK(is_stored(behind));
        CHECK(called == 0);
        while (called == 0) queue.run_completions();
        queue.append(to("a"), [&](const append_outcome&) { ++called; });
        queue.close();
        CHECK(called == 2);
    }

    TEST_CASE("append queue runner: many threads may close it while others append") {
        group_spy spy;
        append_queue queue{spy, holding(8, when_full::wait)};
        std::atomic<std::int64_t> taken = 0;
        std::atomic<std::int64_t> ended = 0;
        {
            append_queue_runner runner{queue};
            std::vector<std::jthread> threads;
            for (int i = 0; i < 3; ++i)
                threads.emplace_back([&] {
                    try {
                        while (true) {
                            queue.append(to("a"), [&](const append_outcome&) { ++ended; });
                            ++taken;
                        }
                    } catch (const queue_closed&) {
                        // What ends the test.
                    }
                });
            while (taken < 100) std::this_thread::yield();
            for (int i = 0; i < 3; ++i)
                threads.emplace_back([&] {
                    queue.close();
                    CHECK(queue.load().appends == 0);
                });
        }
        CHECK(ended == taken);
        CHECK(spy.world.store.head().value == taken);
    }

    TEST_CASE("append queue runner: a chain of completions that append goes on in a queue of one") {
        group_spy spy;
        std::latch done{1};
        int left = 1'000;
        append_queue::completion again;
        append_queue queue{spy, holding(1, when_full::wait)};
        again = [&](const append_outcome&) {
            if (--left == 0) done.count_down();
            else queue.append(to("a"), again);
        };
        append_queue_runner runner{queue};
        queue.append(to("a"), again);
        // Others want the place too.
        std::vector<std::future<append_result>> others;
        for (int i = 0; i < 20; ++i) others.push_back(queue.append(to("b")));
        for (auto& other : others) CHECK(is_stored(other));
        done.wait();
        CHECK(spy.world.store.head() == global_position{1'020});
    }

    TEST_CASE("append queue runner: of many threads' appends each ends once, in order, and as the store has it") {
        constexpr std::size_t threads = 4;
        constexpr int each = 2'000;
        group_spy spy;
        std::atomic<int> attempt = 0;
        spy.before_each = [&](const append_request&) {
            if (++attempt % 17 == 0) throw storage_error(10, "append", "the disk");
        };
        append_queue_options options = holding(64, when_full::wait);
        options.group_appends = 16;
        std::vector<std::vector<std::string>> acknowledged(threads);
        std::vector<int> failed(threads);
        std::vector<std::vector<int>> ended(threads, std::vector<int>(each));
        {
            append_queue queue{spy, options};
            append_queue_runner runner{queue};
            std::vector<std::jthread> callers;
            for (std::size_t t = 0; t < threads; ++t)
                callers.emplace_back([&, t] {
                    const bool by_future = t % 2 == 0;
                    std::vector<std::future<append_result>> results;
                    for (int i = 0; i < each; ++i) {
                        auto request = to(std::to_string(t), std::to_string(i));
                        const auto settle = [&, t, i](const append_outcome& outcome) {
                            ++ended[t][static_cast<std::size_t>(i)];
                            if (outcome.nothing_stored()) ++failed[t];
                            else acknowledged[t].push_back(std::to_string(i));
                        };
                        if (by_future) results.push_back(queue.append(std::move(request)));
                        else queue.append(std::move(request), settle);
                    }
                    for (std::size_t i = 0; i < results.size(); ++i) {
                        ++ended[t][i];
                        try {
                            (void)results[i].get();
                            acknowledged[t].push_back(std::to_string(i));
                        } catch (const storage_error&) {
                            ++failed[t];
                        }
                    }
                });
        }
        for (std::size_t t = 0; t < threads; ++t) {
            CAPTURE(t);
            CHECK(ended[t] == std::vector<int>(each, 1));
            std::vector<std::string> stored;
            spy.world.store.read(read_query::stream({"order", std::to_string(t)}), batch_limit{100'000},
                                 [&](const event_view& event) { stored.emplace_back(event.payload); });
            CHECK(stored == acknowledged[t]);
            CHECK(acknowledged[t].size() + static_cast<std::size_t>(failed[t]) == each);
        }
        CHECK(failed[0] + failed[1] + failed[2] + failed[3] == static_cast<int>(threads) * each / 17);
    }
}
