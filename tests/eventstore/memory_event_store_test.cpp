#include <foldline/eventstore/memory_event_store.hpp>

#include <foldline/testing/event_store_contract.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace foldline;

namespace {

// [doc:contract]
struct opened_memory : testing::opened_store {
    explicit opened_memory(const testing::store_parts& parts) : memory(parts.time, parts.ids, parts.limits) {}
    event_store& store() override { return memory; }
    memory_event_store memory;
};

std::unique_ptr<testing::opened_store> open_memory(const testing::store_parts& parts) {
    return std::make_unique<opened_memory>(parts);
}

TEST_CASE("memory store: keeps the contract") { CHECK_NOTHROW(testing::run_event_store_contract(open_memory)); }
// [doc:end]

struct world {
    testing::manual_clock time;
    testing::sequential_ids ids;
    memory_event_store store{time, ids};
    std::vector<std::int64_t> heads;
    commit_connection connection = store.commits().connect([this](global_position at) { heads.push_back(at.value); });
};

append_request request_of(std::string id, expected_version expected, bool with_id = false) {
    event_data event;
    event.type = {"note-taken", 1};
    if (with_id) event.id = event_id{uuid::from_name(id)};
    return append_request::to({"order", std::move(id)}, expected, {event, event});
}

}  // namespace

TEST_SUITE("threads") {
    TEST_CASE("memory store: keeps the contract's promises to many callers") {
        for (const auto& promise : testing::event_store_contract()) {
            if (!promise.name.starts_with("threads:")) continue;
            INFO(std::string(promise.name));
            CHECK(testing::failure_of(promise, open_memory).value_or("") == "");
        }
    }
}

TEST_CASE("memory store: each append that stores something gives one signal, with the new head") {
    world world;
    (void)world.store.append(request_of("a", expected_version::any()));
    (void)world.store.append(request_of("b", expected_version::no_stream()));
    CHECK(world.heads == std::vector<std::int64_t>{2, 4});
}

TEST_CASE("memory store: a conflict gives no signal") {
    world world;
    (void)world.store.append(request_of("a", expected_version::stream_exists()));
    CHECK(world.heads.empty());
}

TEST_CASE("memory store: a repeated request gives no second signal") {
    world world;
    auto request = request_of("a", expected_version::any(), true);
    request.writes[0].events.pop_back();
    (void)world.store.append(request);
    (void)world.store.append(request);
    CHECK(world.heads == std::vector<std::int64_t>{1});
}

TEST_CASE("memory store: a slot sees what was committed, and may append itself") {
    world world;
    std::vector<std::int64_t> seen;
    const auto follower = world.store.commits().connect([&](global_position head) {
        seen.push_back(world.store.head().value - head.value);
        if (head == global_position{2}) (void)world.store.append(request_of("b", expected_version::no_stream()));
    });
    (void)world.store.append(request_of("a", expected_version::no_stream()));
    CHECK(seen == std::vector<std::int64_t>{0, 0});
    CHECK(world.store.head() == global_position{4});
}

TEST_CASE("memory store: a slot that throws does not turn a stored append into a failed one") {
    world world;
    const auto broken = world.store.commits().connect([](global_position) { throw std::runtime_error("broken slot"); });
    const auto result = world.store.append(request_of("a", expected_version::no_stream()));
    CHECK(std::holds_alternative<appended>(result));
    CHECK(world.heads == std::vector<std::int64_t>{2});
}
