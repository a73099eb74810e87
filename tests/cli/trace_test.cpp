// `trace`: trees of causes and effects.

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "ran.hpp"

#include <foldline/core/protobuf_codec.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

uuid id_of(const std::string& name) { return uuid::from_name("tests/trace/" + name); }

/// A club whose events name their causes.
struct caused_events : club {
    /// `name` becomes the event's id; `cause` is the name of another event, or any text.
    void add(const std::string& name, const std::string& stream, const std::string& cause,
             const std::string& correlation = "request-7") {
        people::v1::PlanChanged plan;
        plan.set_plan(name);
        event_data event = to_event(plan, {.correlation_id = correlation, .causation_id = cause});
        event.id = event_id{id_of(name)};
        store(stream, std::move(event));
        time.advance(std::chrono::milliseconds{1'500});
    }
    void add_caused(const std::string& name, const std::string& stream, const std::string& cause,
                    const std::string& correlation = "request-7") {
        add(name, stream, id_of(cause).to_string(), correlation);
    }
    /// Without the first line, which sums up.
    [[nodiscard]] std::string tree(std::vector<std::string> options) const {
        options.insert(options.begin(), {"trace", path()});
        const ran shown{options};
        REQUIRE_MESSAGE(shown.code == 0, shown.err);
        return shown.out.substr(shown.out.find('\n') + 1);
    }
};

/// a, which led to b and c; b led to d. e names no cause, and x belongs to another correlation.
struct family : caused_events {
    family() {
        add("a", "order-1", "");
        add_caused("b", "stock-1", "a");
        add("x", "order-9", "", "request-8");
        add_caused("c", "invoice-1", "a");
        add_caused("d", "stock-1", "b");
        add("e", "order-2", "");
    }
};

}  // namespace

TEST_CASE("trace: the events of a correlation are drawn below their causes") {
    const family of;
    CHECK(of.tree({"request-7"}) ==
          "order-1 @1  plan-changed@1  +0 s  #1\n"
          "├─ stock-1 @1  plan-changed@1  +1.5 s  #2\n"
          "│  └─ stock-1 @2  plan-changed@1  +6 s  #5\n"
          "└─ invoice-1 @1  plan-changed@1  +4.5 s  #4\n"
          "order-2 @1  plan-changed@1  +0 s  #6\n");
    CHECK(ran{{"trace", of.path(), "request-7"}}.says("correlation request-7: 5 events in 4 streams, 7.5 s\n"));
}

TEST_CASE("trace: an event stands in the whole tree that it belongs to, and is marked") {
    const family of;
    for (const std::string& name : {std::string{"4"}, std::string{"invoice-1@1"}, id_of("c").to_string()}) {
        const std::string tree = of.tree({name});
        CHECK_MESSAGE(tree.find("#4  <- asked for\n") != std::string::npos, tree);
        CHECK(tree.find("#5\n") != std::string::npos);
        CHECK(tree.find("order-9") == std::string::npos);
    }
}

TEST_CASE("trace: depth cuts off what is further down, and tells how much that is") {
    const family of;
    CHECK(of.tree({"request-7", "--depth", "1"}) ==
          "order-1 @1  plan-changed@1  +0 s  #1\n"
          "├─ stock-1 @1  plan-changed@1  +1.5 s  #2\n"
          "└─ invoice-1 @1  plan-changed@1  +4.5 s  #4\n"
          "order-2 @1  plan-changed@1  +0 s  #6\n"
          "(1 event deeper than 1; --depth shows more)\n");
}

TEST_CASE("trace: ndjson has a line for each event, with its depth and its cause") {
    const family of;
    const std::string lines = of.tree({"request-7", "--format", "ndjson"});
    CHECK(lines.find(R"({"depth":2,"how":"effect","effects":0,"position":5,"stream":"stock-1","version":2,)"
                     R"("event":"plan-changed@1","id":")" +
                     id_of("d").to_string() + R"(","causation_id":")" + id_of("b").to_string() +
                     R"(","correlation_id":"request-7","recorded_at":"2010-12-01T12:00:06Z"})") != std::string::npos);
    const ran array{{"trace", of.path(), "4", "--format", "json"}};
    CHECK(array.out.front() == '[');
    CHECK(array.says(R"("asked_for":true)"));
}

TEST_CASE("trace: a command, and a cause that is not there, stand above what they led to") {
    caused_events of;
    const uuid command = id_of("command");
    people::v1::PlanChanged plan;
    event_data event = to_event(plan, {.correlation_id = "r", .causation_id = command.to_string()});
    event.id = event_id_of(command_id{command}, 0);
    of.store("order-1", std::move(event));
    of.add("b", "order-2", "nobody", "r");
    of.add("c", "order-3", "nobody", "r");
    CHECK(of.tree({"r"}) == "command " + command.to_string() +
                                "\n"
                                "└─ order-1 @1  plan-changed@1  +0 s  #1\n"
                                "missing cause nobody\n"
                                "├─ order-2 @1  plan-changed@1  +0 s  #2\n"
                                "└─ order-3 @1  plan-changed@1  +1.5 s  #3\n");
    CHECK(of.tree({"r", "--format", "ndjson"}).find(R"({"depth":0,"how":"missing","effects":2,"id":"nobody"})") !=
          std::string::npos);
}

TEST_CASE("trace: causes that run in a circle are drawn once, and told of") {
    caused_events of;
    of.add_caused("a", "order-1", "c");
    of.add_caused("b", "order-2", "a");
    of.add_caused("c", "order-3", "b");
    of.add_caused("self", "order-4", "self");
    CHECK(of.tree({"request-7"}) ==
          "order-1 @1  plan-changed@1  +0 s  #1  (its cause follows from it: a cycle)\n"
          "└─ order-2 @1  plan-changed@1  +1.5 s  #2\n"
          "   └─ order-3 @1  plan-changed@1  +3 s  #3\n"
          "      └─ order-1 @1  plan-changed@1  +0 s  #1  (see above: a cycle)\n"
          "order-4 @1  plan-changed@1  +0 s  #4  (its cause follows from it: a cycle)\n"
          "└─ order-4 @1  plan-changed@1  +0 s  #4  (see above: a cycle)\n");
}

TEST_CASE("trace: without a correlation causes alone lead to the tree") {
    caused_events of;
    of.add("a", "order-1", "", "");
    of.add("x", "order-9", "", "");
    of.add_caused("b", "order-2", "a", "");
    of.add_caused("c", "order-3", "b", "");
    of.add_caused("d", "order-4", "a", "");
    for (const char* asked : {"1", "3", "4", "5"}) {
        const std::string tree = of.tree({asked});
        CHECK_MESSAGE(std::count(tree.begin(), tree.end(), '\n') == 4, tree);
        CHECK(tree.rfind("order-1 @1", 0) == 0);
        CHECK(tree.find("order-9") == std::string::npos);
        CHECK(tree.find("#" + std::string{asked} + "  <- asked for") != std::string::npos);
    }
    CHECK(ran{{"trace", of.path(), "4"}}.says("no correlation: 4 events in 4 streams"));
}

TEST_CASE("trace: a circle without a correlation ends too") {
    caused_events of;
    of.add_caused("a", "order-1", "b", "");
    of.add_caused("b", "order-2", "a", "");
    CHECK(of.tree({"2"}).find("a cycle") != std::string::npos);
    CHECK(of.tree({"1"}).find("#2") != std::string::npos);
}

TEST_CASE("trace: a long chain is drawn as far as it is asked for") {
    caused_events of;
    of.add("0", "order-1", "");
    for (int at = 1; at < 150; ++at) of.add_caused(std::to_string(at), "order-1", std::to_string(at - 1));
    const std::string tree = of.tree({"request-7"});
    CHECK(tree.find("#101\n") != std::string::npos);
    CHECK(tree.find("#102\n") == std::string::npos);
    CHECK(tree.find("(49 events deeper than 100; --depth shows more)") != std::string::npos);
    CHECK(of.tree({"request-7", "--depth", "1000"}).find("#150\n") != std::string::npos);
}

TEST_CASE("trace: what nobody bears is not found") {
    const family of;
    for (const std::string& id : {std::string{"request-9"}, std::string{"99"}, id_of("nobody").to_string()}) {
        const ran shown{{"trace", of.path(), id}};
        CHECK(shown.code == 3);
        CHECK(shown.out.empty());
        CHECK(shown.complains(id));
    }
    CHECK(ran{{"trace", of.path()}}.code == 2);
}

TEST_CASE("trace: what a terminal would obey is escaped") {
    caused_events of;
    of.add("a", "order-\u202Egnp", "\x1b[2J", "\x1b[31m");
    const ran shown{{"trace", of.path(), "1"}};
    CHECK(shown.out.find('\x1b') == std::string::npos);
    CHECK_FALSE(shown.says("\u202E"));
}
