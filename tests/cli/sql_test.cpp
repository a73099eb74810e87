// `sql`: what it prints, and what it says to whoever asked for something else.

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "foldline_tests/shop/v1/order.pb.h"
#include "ran.hpp"
#include "support/shop_upcasters.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// Three changes of plan, and a member with an address.
struct asked_club : club {
    asked_club() {
        for (const char* plan : {"gold", "silver, or \"so\"", "gold"}) {
            people::v1::PlanChanged event;
            event.set_plan(plan);
            store("member-1", event);
        }
        people::v1::MemberJoined member;
        member.set_email("ann@example.org");
        member.mutable_address()->set_country("UK");
        store("member-2", member);
    }
    [[nodiscard]] ran ask(const std::string& statement, std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"sql", path(), statement});
        return ran{more};
    }
};

constexpr auto plans = "select plan, count(*) as events from plan_changed group by plan order by plan";

}  // namespace

TEST_CASE("sql verb: rows are a table for people") {
    const ran shown = asked_club{}.ask("select plan, position from plan_changed where plan = 'gold'");
    CHECK(shown.code == 0);
    CHECK(shown.out == "plan  position\ngold         1\ngold         3\n");
    CHECK(shown.err.empty());
}

TEST_CASE("sql verb: programs get JSON, one object a line, or CSV") {
    const asked_club club;
    CHECK(club.ask(plans, {"--format", "ndjson"}).out ==
          "{\"plan\":\"gold\",\"events\":2}\n{\"plan\":\"silver, or \\\"so\\\"\",\"events\":1}\n");
    CHECK(club.ask(plans, {"--format", "json"}).says("[\n{\"plan\":\"gold\",\"events\":2},\n"));
    CHECK(club.ask(plans, {"--format", "csv"}).out == "plan,events\r\ngold,2\r\n\"silver, or \"\"so\"\"\",1\r\n");
}

TEST_CASE("sql verb: a result without rows still has its heading") {
    const asked_club club;
    const std::string none = "select plan, position from plan_changed where plan = 'tin'";
    CHECK(club.ask(none).out == "plan  position\n");
    CHECK(club.ask(none, {"--format", "csv"}).out == "plan,position\r\n");
    CHECK(club.ask(none, {"--format", "json"}).out == "[]\n");
    CHECK(club.ask(none, {"--format", "ndjson"}).out.empty());
}

TEST_CASE("sql verb: personal fields are masked unless it is said otherwise") {
    const asked_club club;
    CHECK(club.ask("select email from member_joined").says("***"));
    CHECK(club.ask("select email from member_joined", {"--unmasked"}).says("ann@example.org"));
}

TEST_CASE("sql verb: tables and columns can be listed") {
    const asked_club club;
    const ran tables{{"sql", club.path(), "--tables"}};
    CHECK(tables.code == 0);
    CHECK(tables.says("events\nmember_joined\nmember_joined__former_addresses\n"));
    const ran columns{{"sql", club.path(), "--describe", "member_joined"}};
    CHECK(columns.code == 0);
    CHECK(columns.says("address.country"));
    CHECK(columns.says("COLUMN"));
    const ran unknown{{"sql", club.path(), "--describe", "member_joind"}};
    CHECK(unknown.code == cli::exit_code::not_found);
    CHECK(unknown.complains("Did you mean member_joined?"));
}

TEST_CASE("sql verb: tables and columns can be listed for programs") {
    const asked_club club;
    CHECK(ran{{"sql", club.path(), "--tables", "--format", "csv"}}.says("table\r\nevents\r\nmember_joined\r\n"));
    CHECK(ran{{"sql", club.path(), "--tables", "--format", "json"}}.says("[\n{\"table\":\"events\"},\n"));
    CHECK(ran{{"sql", club.path(), "--describe", "plan_changed", "--format", "ndjson"}}.says(
        R"({"column":"plan","type":"TEXT","in_select_all":"yes"})"));
    CHECK(ran{{"sql", club.path(), "--describe", "plan_changed", "--format", "csv"}}.says(
        "column,type,in_select_all\r\nposition,INTEGER,yes\r\n"));
}

TEST_CASE("sql verb: a mistake is shown where it stands, in the words of a question") {
    const asked_club club;
    const ran column = club.ask("select position,\n  plam from plan_changed");
    CHECK(column.complains(
        ": no such column: plam\n    plam from plan_changed\n    ^\nDid you mean plan? See: foldline"));
    CHECK(column.complains("--describe plan_changed. "));
    CHECK_FALSE(column.complains("stored"));
    CHECK_FALSE(column.complains("(code"));
    CHECK(club.ask("select m.\"address.contry\" from member_joined m").complains("Did you mean address.country?"));
    CHECK(club.ask("select plan frm plan_changed").complains("near \"plan_changed\": syntax error\n"));
    CHECK(club.ask("select rowid from plan_changed").complains("no rowid"));
}

TEST_CASE("sql verb: events that kept upcasters make are tables, also of a type that was never stored") {
    const asked_club club;
    shop::v1::NoteAdded made;
    declared_upcaster step{{"plan-changed", 1}, {"note-added", 1}};
    step.move("plan", "text")
        .describe_result(
            {{"note-added", 1}, made.GetDescriptor()->full_name(), descriptor_set_of(*made.GetDescriptor())});
    {
        sqlite::database file{club.path()};
        upcaster_chain chain;
        chain.add(step);
        sqlite::keep_upcasters(file, chain);
    }
    CHECK(club.ask("select text from note_added", {"--upcast", "--format", "csv"}).out ==
          "text\r\ngold\r\n\"silver, or \"\"so\"\"\"\r\ngold\r\n");
    CHECK(ran{{"sql", club.path(), "--tables", "--upcast"}}.says("\nnote_added\n"));
    CHECK(ran{{"sql", club.path(), "--describe", "note_added", "--upcast"}}.says("text"));
    CHECK(club.ask("select text from note_added").complains("no such table: note_added"));
}

TEST_CASE("sql verb: whoever mistypes a table or a column is told which one there is, and how to list them") {
    const asked_club club;
    const ran table = club.ask("select plan from plan_change");
    CHECK(table.code == cli::exit_code::failed);
    CHECK(table.out.empty());
    CHECK(table.complains("no such table: plan_change"));
    CHECK(table.complains("Did you mean plan_changed?"));
    CHECK(table.complains("--tables"));
    const ran column = club.ask("select plam from plan_changed");
    CHECK(column.complains("Did you mean plan?"));
    CHECK(column.complains("--describe"));
}

TEST_CASE("sql verb: a statement can only read") {
    const asked_club club;
    for (const char* refused : {"delete from plan_changed", "attach 'x.db' as x", "pragma user_version"}) {
        const ran tried = club.ask(refused);
        CHECK(tried.code == cli::exit_code::failed);
        CHECK(tried.complains("can only read"));
    }
}

TEST_CASE("sql verb: it wants one question") {
    const asked_club club;
    CHECK(ran{{"sql", club.path()}}.code == cli::exit_code::wrong_usage);
    CHECK(ran{{"sql", club.path(), "select 1", "--tables"}}.code == cli::exit_code::wrong_usage);
    CHECK(ran{{"sql", club.path() + "x", "select 1"}}.code == cli::exit_code::not_found);
}

TEST_CASE("sql verb: an application that upcasts asks its current events, or the stored ones") {
    club shop;
    shop::v1::OrderPlaced old;
    old.set_total_major(3);
    shop.store("order-1", old);
    cli::application self;
    self.reading = [](event_store& stored) {
        return std::make_unique<upcasting_event_store>(stored, shop_upcasters());
    };
    CHECK(ran{{"sql", shop.path(), "select total_minor from order_placed", "--format", "csv"}, self}.says("300"));
    CHECK(
        ran{{"sql", shop.path(), "select total_major from order_placed", "--format", "csv", "--as-stored"}, self}.says(
            "3"));
}

TEST_CASE("sql verb: nothing that a terminal would obey is printed unless it is asked for") {
    club odd;
    people::v1::PlanChanged event;
    event.set_plan("a\x1B[31mb");
    odd.store("member-1", event);
    for (const char* shape : {"text", "json", "ndjson", "csv"})
        CHECK_FALSE(ran{{"sql", odd.path(), "select plan from plan_changed", "--format", shape}}.says("\x1B"));
    CHECK(ran{{"sql", odd.path(), "select plan from plan_changed", "--format", "csv", "--raw"}}.says("\x1B"));
}
