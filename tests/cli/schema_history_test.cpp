// `schema check`, `schema history` and `schema accept`.

#include "club.hpp"
#include "ran.hpp"
#include "support/described.hpp"

#include <foldline_tests/shop/v1/order.pb.h>

#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace foldline_tests;

constexpr const char* note =
    "message NoteAdded { option (foldline.event) = {name: \"note-added\" version: 1}; string text = 1; }";
constexpr const char* note_as_number =
    "message NoteAdded { option (foldline.event) = {name: \"note-added\" version: 1}; int64 text = 1; }";

/// A repository with a history in which one event is recorded.
struct repository : club {
    repository() {
        events(note);
        REQUIRE(accept().code == 0);
    }

    void events(const std::string& messages) const {
        std::ofstream{descriptors(), std::ios::binary} << described({{"foldline_tests.shop.v1", messages}});
    }
    [[nodiscard]] ran accept(const std::vector<std::string>& options = {}) const { return about("accept", options); }
    [[nodiscard]] ran check(const std::vector<std::string>& options = {}) const { return about("check", options); }
    [[nodiscard]] ran about(const std::string& verb, const std::vector<std::string>& options) const {
        std::vector<std::string> arguments{"schema", verb, history(), "--descriptors", descriptors()};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return ran{arguments};
    }
    [[nodiscard]] std::string history() const { return (folder / "schemas").string(); }
    [[nodiscard]] std::string descriptors() const { return (folder / "shop.binpb").string(); }
    [[nodiscard]] std::string record(int revision) const {
        return history() + "/note-added/1." + std::to_string(revision) + ".textpb";
    }
};

}  // namespace

TEST_CASE("schema accept: what is new is recorded once, and listed by `schema history`") {
    const repository of;
    CHECK(of.accept().out == "Everything is recorded.\n");
    of.events(std::string{note} + "message Other { option (foldline.event) = {name: \"a\" version: 7}; }");
    const ran recorded = of.accept();
    REQUIRE_MESSAGE(recorded.code == 0, recorded.err);
    CHECK(recorded.out == "Recorded a@7, revision 1: " + of.history() + "/a/7.1.textpb\n");
    const ran listed{{"schema", "history", of.history()}};
    CHECK(listed.code == 0);
    CHECK(listed.says("EVENT         REVISION  MESSAGE                           FILE\n"));
    CHECK(listed.says("note-added@1         1  foldline_tests.shop.v1.NoteAdded  " + of.record(1)));
}

TEST_CASE("schema accept and history: json is a list") {
    const repository of;
    CHECK(of.accept({"--format", "json"}).out == "[]\n");
    const ran listed{{"schema", "history", of.history(), "--format", "ndjson"}};
    CHECK(listed.out ==
          R"({"event":"note-added@1","revision":1,"message":"foldline_tests.shop.v1.NoteAdded","file":")" +
              of.record(1) + "\"}\n");
}

TEST_CASE("schema check: a break is data, and the exit code tells of it") {
    const repository of;
    CHECK(of.check().out == "Nothing breaks.\n");
    of.events(note_as_number);
    const ran text = of.check();
    CHECK(text.code == 1);
    CHECK(text.says("note-added@1: type-changed: foldline_tests.shop.v1.NoteAdded.text = 1"));
    CHECK(text.complains("note: note-added@1 is not recorded\n"));
    const ran json = of.check({"--format", "ndjson"});
    CHECK(json.code == 1);
    CHECK(
        json.says(R"({"breaking":true,"problems":[{"event":"note-added@1","rule":"type-changed","weight":"breaking")"));
    CHECK(json.says(R"("notes":[],"unrecorded":["note-added@1"]})"));
    CHECK(json.err.empty());
    CHECK(of.check({"--allow", "type-changed"}).code == 0);
}

TEST_CASE("schema accept: a break is not recorded unless it is allowed") {
    const repository of;
    of.events(note_as_number);
    const ran refused = of.accept();
    CHECK(refused.code == 1);
    CHECK(refused.complains("note-added@1: type-changed: "));
    CHECK_FALSE(std::filesystem::exists(of.record(2)));
    CHECK(of.accept({"--allow", "type-changed"}).code == 0);
    CHECK(std::filesystem::exists(of.record(2)));
    CHECK(of.check().code == 0);
}

TEST_CASE("schema check: a store is a past too") {
    repository of;
    of.store("order-1", shop::v1::NoteAdded{});
    const auto check = [&] { return ran{{"schema", "check", of.path(), "--descriptors", of.descriptors()}}; };
    CHECK(check().out == "Nothing breaks.\n");
    of.events(note_as_number);
    CHECK(check().code == 1);
    CHECK(check().says("note-added@1: type-changed: "));
    of.events("");
    CHECK(check().code == 0);
    CHECK(check().complains("note: note-added@1: it is stored, and the program has no message of that name"));
}

TEST_CASE("schema check: without old versions' upcasters it says what it did not look at") {
    const repository of;
    of.events("message NoteAdded { option (foldline.event) = {name: \"note-added\" version: 2}; }");
    const ran checked = of.check();
    CHECK(checked.code == 0);
    CHECK(checked.complains("note: note-added@1: whether an upcaster leads from it to version 2 was not looked at"));
}

TEST_CASE("schema check: what is not there, or makes no sense, has its exit code") {
    const repository of;
    CHECK(ran{{"schema", "check", of.history(), "--descriptors", of.path() + ".no"}}.code == 3);
    CHECK(ran{{"schema", "check", of.path() + ".no", "--descriptors", of.descriptors()}}.code == 3);
    CHECK(ran{{"schema", "history", of.path() + ".no"}}.code == 3);
    CHECK(ran{{"schema", "check", of.history()}}.code == 2);
    const ran unknown = of.check({"--allow", "everything"});
    CHECK(unknown.code == 2);
    CHECK(unknown.complains("there is no rule \"everything\""));
    CHECK(of.check({"--mode", "sideways"}).code == 2);
    CHECK(of.check({"--level", "deep"}).code == 2);
    std::ofstream{of.record(1)} << "name: {";
    const ran damaged{{"schema", "history", of.history()}};
    CHECK(damaged.code == 6);
    CHECK(damaged.complains("note-added/1.1.textpb:1: "));
}

TEST_CASE("schema check, history, accept: their help has examples") {
    for (const char* verb : {"check", "history", "accept"}) {
        const ran help{{"schema", verb, "--help"}};
        CHECK(help.code == 0);
        CHECK(help.says("Examples:\n  foldline schema " + std::string{verb}));
    }
}
