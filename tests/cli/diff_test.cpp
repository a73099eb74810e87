// `diff`: each kind of difference is found, and nothing else is one.

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "transferred.hpp"

#include <functional>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using people::v1::MemberJoined;

/// What may be otherwise in one of two stores.
struct written_event {
    std::string stream = "member-1";
    MemberJoined payload = [] {
        MemberJoined member;
        member.set_plan("gold");
        member.set_email("ann@example.org");
        return member;
    }();
    metadata meta{.correlation_id = "request-1"};
    std::optional<timestamp> occurred{};
    std::optional<event_id> id = event_id{uuid::from_name("first")};
    event_data bytes() const {
        event_data event = to_event(payload, meta);
        event.occurred_at = occurred;
        event.id = id;
        return event;
    }
};

struct two_stores {
    ran compared(const std::function<void(written_event&)>& change, const std::vector<std::string>& options = {}) {
        first.store("note-1", people::v1::PlanChanged{});
        second.store("note-1", people::v1::PlanChanged{});
        written_event event;
        first.store(event.stream, event.bytes());
        change(event);
        second.store(event.stream, event.bytes());
        return diff(options);
    }
    ran diff(const std::vector<std::string>& options = {}) {
        std::vector<std::string> arguments{"diff", first.path(), second.path()};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return ran{arguments};
    }

    club first;
    club second;
};

}  // namespace

TEST_CASE("diff: two stores of the same events differ in nothing") {
    two_stores stores;
    const ran done = stores.compared([](written_event&) {});
    CHECK(done.code == 0);
    CHECK(done.out == "No differences.\n");
}

TEST_CASE("diff: tells what differs, where, and what it is in each") {
    struct kind {
        const char* said;
        std::function<void(written_event&)> change;
    };
    const std::vector<kind> kinds{
        {"position 2  id: ", [](auto& event) { event.id = event_id{uuid::from_name("other")}; }},
        {"position 2  stream: member-1 | member-2", [](auto& event) { event.stream = "member-2"; }},
        {"position 2  version: 1 | 2", [](auto& event) { event.stream = "note-1"; }},
        {"position 2  occurred_at: 2010-12-01T12:00:00Z | 1970-01-01T00:00:00Z",
         [](auto& event) { event.occurred = timestamp{}; }},
        {"position 2  metadata.correlation_id: request-1 | request-2",
         [](auto& event) { event.meta.correlation_id = "request-2"; }},
        {"position 2  metadata.headers: (none) | a: b",
         [](auto& event) {
             event.meta.headers = {{"a", "b"}};
         }},
        {"position 2  payload.plan: \"gold\" | \"silver\"", [](auto& event) { event.payload.set_plan("silver"); }},
        {"position 2  payload.email: *** | ***", [](auto& event) { event.payload.set_email("eve@example.org"); }},
        {"position 2  payload.address.country: (none) | \"UK\"",
         [](auto& event) { event.payload.mutable_address()->set_country("UK"); }},
        {"position 2  append: of 1 events | (none)", [](auto& event) { event.id.reset(); }}};
    for (const kind& each : kinds) {
        CAPTURE(each.said);
        two_stores stores;
        const ran done = stores.compared(each.change);
        CHECK(done.code == 1);
        const bool is_whole_field = std::string_view{each.said}.find("address") == std::string_view::npos;
        if (is_whole_field) CHECK_MESSAGE(done.says(each.said), done.out);
        else CHECK_MESSAGE(done.says("position 2  payload.address"), done.out);
        CHECK_FALSE(done.says("@example.org"));
    }
}

TEST_CASE("diff: shows personal data where that is asked for") {
    two_stores stores;
    const ran done = stores.compared([](auto& event) { event.payload.set_email("eve@example.org"); }, {"--unmasked"});
    CHECK(done.says(R"("ann@example.org" | "eve@example.org")"));
}

TEST_CASE("diff: other times at which events were recorded, other types and more events are differences") {
    two_stores stores;
    stores.first.store("a-1", people::v1::PlanChanged{});
    stores.second.time.advance(std::chrono::seconds{1});
    event_data event = to_event(people::v1::PlanChanged{});
    event.type = {"plan-renamed", 1};
    event.schema = nullptr;
    stores.second.store("a-1", event);
    stores.second.store("a-1", event);
    const ran done = stores.diff();
    CHECK(done.code == 1);
    CHECK_MESSAGE(done.says("recorded_at: 2010-12-01T12:00:00Z | 2010-12-01T12:00:01Z"), done.out);
    CHECK(done.says("type: plan-changed@1 | plan-renamed@1"));
    CHECK(done.says("schemas of plan-changed@1"));
    CHECK(done.says("position 2  event: (none) | plan-renamed@1"));
}

TEST_CASE("diff: the same fields in other bytes are a difference, too") {
    two_stores stores;
    event_data event = to_event(people::v1::PlanChanged{});
    event.payload = std::string("\x0a\x01g", 3);
    stores.first.store("a-1", event);
    event.payload = std::string("\x0a\x01x\x0a\x01g", 6);
    stores.second.store("a-1", event);
    const ran done = stores.diff();
    CHECK(done.code == 1);
    CHECK_MESSAGE(done.says("payload: 3 bytes, base64:CgFn | 6 bytes"), done.out);
}

TEST_CASE("diff: tells as many as are asked for, and counts all") {
    two_stores stores;
    stores.first.store("a-1", people::v1::PlanChanged{});
    for (int i = 0; i < 6; ++i) stores.second.store("a-1", people::v1::PlanChanged{});
    const ran done = stores.diff({"--limit", "2"});
    CHECK(done.code == 1);
    CHECK(lines_in(done.out).size() == 3);
    CHECK(done.says("and 3 more"));
    const ran lines = stores.diff({"--format", "ndjson"});
    REQUIRE(lines_in(lines.out).size() == 5);
    CHECK(json_line::parse(lines_in(lines.out)[0]).at("place") == "position 2");
}
