// `dead-letters`: from an event that cannot be applied to one that is applied at last, or given up.

#include "clubhouse.hpp"

#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

using words = std::vector<std::string>;

/// The second event of member-2 cannot be applied, so the third waits behind it.
struct club_with_letters : projecting_club {
    explicit club_with_letters(const std::string& plan = "unknown") {
        change_plan("member-1", "gold");
        change_plan("member-2", plan);
        change_plan("member-2", "gold");
        change_plan("member-3", "gold");
        REQUIRE(catch_up().code == 0);
    }
    [[nodiscard]] ran letters(const std::string& verb, const words& more = {}) const {
        return run({"dead-letters", verb}, more);
    }
};

}  // namespace

TEST_CASE("dead-letters: count and list tell what stands still") {
    const club_with_letters of;
    const ran count = of.letters("count");
    REQUIRE_MESSAGE(count.code == 0, count.err);
    CHECK(count.out ==
          "PROJECTION  KEYS  FAILED  BEHIND\n"
          "changes        0       0       0\n"
          "plans          1       1       1\n");
    CHECK(of.letters("count", {"plans", "--format", "ndjson"}).out ==
          "{\"projection\":\"plans\",\"keys\":1,\"failed\":1,\"behind\":1}\n");
    const ran list = of.letters("list");
    CHECK_MESSAGE(list.says("plans              2  member-2  plan-changed@1  failed         1  "), list.out);
    CHECK_MESSAGE(list.says("plans              3  member-2  plan-changed@1  behind         -  "), list.out);
    CHECK_MESSAGE(list.says("there is no plan unknown\n"), list.out);
    CHECK_FALSE(of.letters("list", {"plans", "--failed"}).says("  behind  "));
    CHECK_FALSE(of.letters("list", {"--limit", "1"}).says("  behind  "));
    CHECK(of.letters("list", {"--key", "member-1", "--json"}).out == "[]\n");
}

TEST_CASE("dead-letters: json tells all of each") {
    const club_with_letters of;
    const ran list = of.letters("list", {"plans", "--format", "ndjson"});
    CHECK_MESSAGE(
        list.says(R"({"projection":"plans","position":2,"order_key":"member-2","stream":"member-2","version":1,)"
                  R"("event":"plan-changed@1","why":"failed","error":")"),
        list.out);
    CHECK(list.says(R"("attempts":1,"first_failed":")"));
    CHECK(list.says(
        R"("position":3,"order_key":"member-2","stream":"member-2","version":2,"event":"plan-changed@1","why":"behind","first)"));
}

TEST_CASE("dead-letters: one is shown with what it says") {
    const club_with_letters of{"unknown\x1b[2J"};
    const ran shown = of.letters("show", {"plans", "2"});
    REQUIRE_MESSAGE(shown.code == 0, shown.err);
    CHECK(shown.says("event         plan-changed@1, member-2 @1\n"));
    CHECK(shown.says("failed        1 attempt, from "));
    CHECK(shown.says("there is no plan unknown\\x1b[2J\n"));
    CHECK_MESSAGE(shown.says("says          plan-changed@1  {\"plan\":\"unknown\\u001b[2J\"}\n"), shown.out);
    CHECK(of.letters("show", {"plans", "3"}).says("behind        waits for an earlier event of its key"));
    const ran as_json = of.letters("show", {"plans", "2", "--json"});
    CHECK_MESSAGE(as_json.says(R"("parts":[{"event":"plan-changed@1","data":{"plan":"unknown\u001b[2J"}}])"),
                  as_json.out);
    const ran missing = of.letters("show", {"plans", "1"});
    CHECK(missing.code != 0);
    CHECK(missing.out.empty());
}

TEST_CASE("dead-letters: a key that stands still is explained, by its name or by a position") {
    const club_with_letters of;
    const ran by_key = of.letters("explain", {"plans", "member-2"});
    REQUIRE_MESSAGE(by_key.code == 0, by_key.err);
    CHECK(by_key.says("\nmember-2 stands still since "));
    CHECK(by_key.says("  behind  "));
    CHECK(of.letters("explain", {"plans", "3"}).out == by_key.out);
    const ran none = of.letters("explain", {"plans", "member-1"});
    CHECK(none.code == 3);
    CHECK(none.complains("nothing is parked under the key member-1"));
}

TEST_CASE("dead-letters: a retry that fails again says so, and one that succeeds empties the list") {
    const club_with_letters of;
    const ran again = of.letters("retry", {"plans", "--all"});
    CHECK(again.code == 1);
    CHECK(again.out == "Applied 0 events.\n");
    CHECK(again.complains("1 event failed again, the last one with: "));
    CHECK(of.letters("list", {"plans"}).says("  failed         2  "));
    of.known->of_all_plans = true;
    const ran one = of.letters("retry", {"plans", "--position", "2"});
    CHECK_MESSAGE(one.out == "Applied 1 event.\n", one.err);
    const ran rest = of.letters("retry", {"plans", "--key", "member-2", "--format", "ndjson"});
    CHECK_MESSAGE(rest.out == "{\"applied\":1,\"still_failing\":0,\"error\":\"\"}\n", rest.err);
    CHECK(of.letters("list", {"--json"}).out == "[]\n");
    CHECK(of.run({"projections", "rebuild"}, {"plans", "--verify"}).code == 0);
}

TEST_CASE("dead-letters: one that is dropped is gone, and why is kept") {
    const club_with_letters of;
    const ran dropped = of.letters("drop", {"plans", "2", "--reason", "a \x1b[31mjoke"});
    REQUIRE_MESSAGE(dropped.code == 0, dropped.err);
    CHECK(of.letters("retry", {"plans", "--all"}).out == "Applied 1 event.\n");
    const ran list = of.letters("dropped", {"plans"});
    CHECK_MESSAGE(list.says("a \\x1b[31mjoke"), list.out);
    CHECK(of.letters("dropped", {"plans", "--format", "ndjson"}).says(R"("position":2,)"));
    CHECK(of.letters("drop", {"plans", "2", "--reason", "again"}).code == 3);
    CHECK(of.letters("drop", {"plans", "2", "--reason", ""}).code == 1);
}

TEST_CASE("dead-letters: the bare program shows events as they are stored") {
    const club_with_letters of;
    const ran told{{"dead-letters", of.path()}};
    REQUIRE_MESSAGE(told.code == 0, told.err);
    CHECK(told.says("projection    plans\nposition      2\n"));
    CHECK_MESSAGE(
        told.says("says          plan-changed@1  {\"plan\":\"unknown\"}\n\nprojection    plans\nposition      3\n"),
        told.out);
    const ran failed{{"dead-letters", of.path(), "plans", "--failed", "--format", "ndjson"}};
    CHECK(failed.says(R"("parts":[{"event":"plan-changed@1","data":{"plan":"unknown"}}]})"));
    CHECK_FALSE(failed.says("\"behind\""));
    CHECK(ran{{"dead-letters", of.path(), "changes"}}.out == "Nothing is parked.\n");
    CHECK(ran{{"dead-letters", of.path(), "--limit", "1", "--format", "ndjson"}}.out == failed.out);
    CHECK(ran{{"dead-letters", of.path(), "plan"}}.complains("did you mean plans?"));
}

TEST_CASE("dead-letters: personal fields are masked unless they are asked for") {
    projecting_club of;
    people::v1::MemberJoined joined;
    joined.set_email("ann@example.org");
    of.store("member-1", joined);
    of.program.projections = [](const std::filesystem::path& file) {
        class host final : public cli::projection_host {
        public:
            explicit host(const std::filesystem::path& store) : house_(store, std::make_shared<knowledge>()) {}
            [[nodiscard]] const event_store& events() override { return house_.events(); }
            [[nodiscard]] read_model_store& models() override { return house_.models(); }
            [[nodiscard]] commit_signal& commits() override { return house_.commits(); }
            [[nodiscard]] std::span<const cli::described_projection> projections() const override { return described_; }

        private:
            static std::unique_ptr<projection> failing() {
                auto made = std::make_unique<sql_projection>("greetings", 1);
                made->table("greetings", "create table greetings (member text primary key) strict");
                made->on([](const people::v1::MemberJoined&, const event_view&, sql_session&) {
                    throw std::runtime_error("no post today");
                });
                return made;
            }
            clubhouse house_;
            std::vector<cli::described_projection> described_{
                {"greetings", "Letters to new members", failing, error_policy::park_at_once()}};
        };
        return std::make_unique<host>(file);
    };
    REQUIRE(of.catch_up().code == 0);
    const words one{"greetings", "1"};
    CHECK(of.run({"dead-letters", "show"}, one).says(R"("email":"***")"));
    CHECK_FALSE(of.run({"dead-letters", "show"}, {"greetings", "1", "--json"}).says("ann@"));
    CHECK(of.run({"dead-letters", "show"}, {"greetings", "1", "--unmasked"}).says("ann@example.org"));
    CHECK_FALSE(ran{{"dead-letters", of.path()}}.says("ann@"));
    CHECK(ran{{"dead-letters", of.path(), "--unmasked"}}.says("ann@example.org"));
}
