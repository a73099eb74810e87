#include <foldline/core/append_request.hpp>
#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace foldline;

namespace {

const stream_id order_1{"order", "1"};
const stream_id order_2{"order", "2"};

event_data event(std::string payload = "x") {
    event_data made;
    made.type = {"order-placed", 1};
    made.payload = std::move(payload);
    return made;
}

event_data with_id(std::string_view name) {
    event_data made = event();
    made.id = event_id{uuid::from_name(name)};
    return made;
}

std::string refusal_of(const append_request& request, const append_limits& limits = {}) {
    try {
        (void)validate(request, limits);
        return {};
    } catch (const invalid_request& refused) {
        return refused.what();
    }
}

append_request to(std::vector<event_data> events) {
    return append_request::to(order_1, expected_version::any(), std::move(events));
}

}  // namespace

TEST_CASE("validate: says who gave the ids") {
    CHECK(validate(to({event(), event()}), {}) == ids_from::store);
    CHECK(validate(to({with_id("a"), with_id("b")}), {}) == ids_from::caller);
}

TEST_CASE("validate: a request without writes, or with an empty one, is refused") {
    CHECK(refusal_of({}) == "an append without writes; a condition alone stores nothing");
    CHECK_FALSE(refusal_of({{}, {{order_1, expected_version::any()}}}).empty());
    append_request half = to({event()});
    half.writes.push_back({order_2, expected_version::any(), {}});
    CHECK(refusal_of(half).find("an append to order-2 without events") == 0);
}

TEST_CASE("validate: a stream named twice is refused, in writes and conditions") {
    append_request request = to({event()});
    request.writes.push_back({order_2, expected_version::any(), {event()}});
    CHECK(refusal_of(request).empty());
    request.conditions.push_back({order_2, expected_version::any()});
    CHECK(refusal_of(request) == "an append names the stream order-2 twice");
    request.conditions = {{{"order", "3"}, expected_version::any()}, {{"order", "3"}, expected_version::any()}};
    CHECK(refusal_of(request) == "an append names the stream order-3 twice");
    request.conditions.clear();
    request.writes.push_back({order_1, expected_version::any(), {event()}});
    CHECK(refusal_of(request) == "an append names the stream order-1 twice");
}

TEST_CASE("validate: ids are on all events or on none, and each once") {
    CHECK(refusal_of(to({with_id("a"), event()})).find("1 of 2 events") == 0);
    append_request across = to({with_id("a")});
    across.writes.push_back({order_2, expected_version::any(), {event()}});
    CHECK(refusal_of(across).find("1 of 2 events") == 0);
    across.writes[1].events[0] = with_id("a");
    CHECK(refusal_of(across).find("an append gives the id " + uuid::from_name("a").to_string()) == 0);
    across.writes[1].events[0] = with_id("b");
    CHECK(refusal_of(across).empty());
}

TEST_CASE("validate: an event without a type is refused") {
    event_data nameless = event();
    nameless.type = {"", 1};
    CHECK(refusal_of(to({event(), nameless})).find("has no type") != std::string::npos);
    event_data versionless = event();
    versionless.type = {"order-placed", 0};
    CHECK(refusal_of(to({versionless})).find("has no type") != std::string::npos);
}

TEST_CASE("validate: a type's name that some store could not keep is refused") {
    for (const std::string& name : {std::string("a\0b", 3), std::string("\xFF"), std::string("a\nb"),
                                    std::string("\x1B[2J"), std::string(256, 'x')}) {
        CAPTURE(name);
        event_data odd = event();
        odd.type = {name, 1};
        CHECK_FALSE(refusal_of(to({odd})).empty());
    }
    for (const std::string& name :
         {std::string(255, 'x'), std::string("caf\xC3\xA9"), std::string("a b"), std::string("A@1")}) {
        CAPTURE(name);
        event_data odd = event();
        odd.type = {name, 1};
        CHECK(refusal_of(to({odd})).empty());
    }
}

TEST_CASE("validate: each limit is taken, and one more is refused by name") {
    constexpr append_limits limits{3, 100, 50, 40};
    CHECK(refusal_of(to(std::vector<event_data>(3, event())), limits).empty());
    CHECK(refusal_of(to(std::vector<event_data>(4, event())), limits) ==
          "events in an append: 4 is more than the 3 that one append takes");

    CHECK(refusal_of(to({event(std::string(50, 'x'))}), limits).empty());
    CHECK(refusal_of(to({event(std::string(51, 'x'))}), limits)
              .find("bytes in the payload of an event order-placed@1: 51") == 0);

    event_data heavy = event("");
    heavy.metadata = std::string(40, 'm');
    CHECK(refusal_of(to({heavy}), limits).empty());
    heavy.metadata += 'm';
    CHECK(refusal_of(to({heavy}), limits).find("bytes in the metadata of an event order-placed@1: 41") == 0);

    event_data half = event(std::string(30, 'x'));
    half.metadata = std::string(20, 'm');
    CHECK(refusal_of(to({half, half}), limits).empty());
    CHECK(refusal_of(to({half, half, event("x")}), limits) ==
          "bytes in an append: 101 is more than the 100 that one append takes");
    append_request across = to({half});
    across.writes.push_back({order_2, expected_version::any(), {half, event("x")}});
    CHECK(refusal_of(across, limits).find("bytes in an append: 101") == 0);
}

TEST_CASE("validate: a refusal tells the number and the limit") {
    try {
        (void)validate(to({event(std::string((1U << 20U) + 1, 'x'))}), append_limits{});
        FAIL("it was taken");
    } catch (const limit_exceeded& refused) {
        CHECK(refused.actual == (1U << 20U) + 1);
        CHECK(refused.limit == 1U << 20U);
    }
}
