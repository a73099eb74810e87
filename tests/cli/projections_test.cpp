// `follow` and `projections`: of a program that has projections, and of the bare one.

#include "clubhouse.hpp"
#include "sqlite/raw_sqlite.hpp"

#include <foldline/cli/interrupt.hpp>

#include <csignal>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

using words = std::vector<std::string>;

/// Three members, of whom the second has a plan that nobody knows.
struct club_of_three : projecting_club {
    explicit club_of_three(const std::string& second = "silver") {
        change_plan("member-1", "gold");
        change_plan("member-2", second);
        change_plan("member-3", "gold");
    }
};

std::string all_rows(const projecting_club& of, const std::string& query) {
    std::string text;
    sqlite::database file{of.models_path()};
    sqlite::sqlite_read_models{file}.read([&](sql_session& rows) {
        rows.each_row(query, [&](const sql_row& row) {
            for (int i = 0; i < row.columns(); ++i) text += std::string(row.text(i)) + " ";
        });
    });
    return text;
}

/// The exit code of a process that got `signal` as soon as it was ready for that. No file is open in this process when it
/// is forked.
int code_after(int signal, const projecting_club& of, const words& verb, const words& more = {}) {
    const pid_t process = ::fork();
    if (process == 0) {
        cli::catch_interrupts();
        (void)::raise(signal);
        ::_exit(of.run(verb, more).code);
    }
    int status = 0;
    REQUIRE(::waitpid(process, &status, 0) == process);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

const std::vector<words> nested_verbs{
    {"projections", "status"}, {"projections", "rebuild"}, {"projections", "pause"},    {"projections", "resume"},
    {"projections", "reset"},  {"projections", "remove"},  {"projections", "split"},    {"projections", "merge"},
    {"dead-letters", "count"}, {"dead-letters", "list"},   {"dead-letters", "show"},    {"dead-letters", "explain"},
    {"dead-letters", "retry"}, {"dead-letters", "drop"},   {"dead-letters", "dropped"}, {"follow"}};

}  // namespace

TEST_CASE("projection verbs: each explains itself with examples, under the program's own name") {
    const projecting_club of;
    for (words verb : nested_verbs) {
        std::string line = "clubs";
        for (const std::string& word : verb) line += " " + word;
        verb.push_back("--help");
        const ran help{verb, of.program};
        CHECK_MESSAGE(help.code == 0, line);
        CHECK_MESSAGE(help.says("Usage: " + line), help.out);
        CHECK_MESSAGE(help.says("\nExamples:\n"), line);
        CHECK_MESSAGE(help.says("  " + line + " shop.db"), help.out);
        CHECK_FALSE(help.says("STORE shop.db"));
    }
    CHECK(ran{{"projections", "--help"}, of.program}.says("\nVerbs:\n  status "));
    CHECK(ran{{"--help"}, of.program}.says("\nProjections:\n"));
}

TEST_CASE("projection verbs: what is wrong is told with a hint, and the code is 2") {
    const projecting_club of;
    for (const words& wrong : std::vector<words>{{"projections"},
                                                 {"projections", "steal"},
                                                 {"projections", "status"},
                                                 {"projections", "status", "a", "--most-lag", "-1"},
                                                 {"projections", "rebuild", "a", "--effort", "0"},
                                                 {"projections", "rebuild", "a", "--effort", "1.5"},
                                                 {"projections", "rebuild", "a", "--effort", "nan"},
                                                 {"projections", "rebuild", "a", "--most", "3"},
                                                 {"projections", "rebuild", "a", "--key", "member-1"},
                                                 {"projections", "rebuild", "a", "x", "y", "--key", "member-1"},
                                                 {"projections", "rebuild", "a", "x", "--key", "k", "--verify"},
                                                 {"projections", "pause", "a"},
                                                 {"projections", "reset", "a", "plans"},
                                                 {"projections", "remove", "a", "plans"},
                                                 {"projections", "split", "a", "plans"},
                                                 {"projections", "split", "a", "plans", "3/7"},
                                                 {"projections", "split", "a", "plans", "8/8"},
                                                 {"projections", "merge", "a", "plans", "0/2"},
                                                 {"projections", "merge", "a", "plans", "0/4", "1/4", "2/4"},
                                                 {"dead-letters", "show", "a", "plans"},
                                                 {"dead-letters", "show", "a", "plans", "0"},
                                                 {"dead-letters", "drop", "a", "plans", "1"},
                                                 {"dead-letters", "retry", "a", "plans"},
                                                 {"dead-letters", "retry", "a", "plans", "--all", "--key", "k"},
                                                 {"dead-letters", "list", "a", "--limit", "0"},
                                                 {"dead-letters", "list", "a", "--json", "--format", "text"},
                                                 {"follow", "a", "--partitions", "0"},
                                                 {"follow", "a", "--group", "--alone"}}) {
        const ran refused{wrong, of.program};
        const std::string shown = refused.out + refused.err;
        CHECK_MESSAGE(refused.code == 2, shown);
        CHECK_MESSAGE(refused.out.empty(), shown);
        CHECK_MESSAGE(refused.err.rfind("clubs: ", 0) == 0, shown);
        CHECK_MESSAGE(refused.complains("\nSee: clubs " + wrong.front() + " "), shown);
    }
    CHECK(ran{{"projections", "statis"}, of.program}.complains("there is no verb \"statis\"; did you mean status?"));
    CHECK(ran{{"projections", "status", "a", "--chek"}, of.program}.complains(
        "did you mean --check?\nSee: clubs projections status --help"));
    CHECK(ran{{"dead-letters", "retry", "a", "plans"}, of.program}.complains("one of --position, --key and --all"));
}

TEST_CASE("projection verbs: a store that is missing is not found, and none is made") {
    const projecting_club of;
    for (words verb : std::vector<words>{{"projections", "status"}, {"dead-letters", "list"}, {"follow"}})
        CHECK(of.run(verb).code == 3);
    CHECK(std::filesystem::is_empty(of.folder.path()));
}

TEST_CASE("projection verbs: a name that nobody bears is guessed, and the code is 3") {
    const club_of_three of;
    REQUIRE(of.catch_up().code == 0);
    CHECK(of.run({"follow"}, {"plan", "--until-current"}).complains("did you mean plans?"));
    for (const auto& [verb, more] :
         std::vector<std::pair<words, words>>{{{"follow"}, {"nobody", "--until-current"}},
                                              {{"projections", "rebuild"}, {"nobody"}},
                                              {{"projections", "pause"}, {"nobody"}},
                                              {{"projections", "remove"}, {"nobody", "--yes"}},
                                              {{"projections", "reset"}, {"nobody", "--yes"}},
                                              {{"projections", "split"}, {"nobody", "all"}},
                                              {{"dead-letters", "list"}, {"nobody"}},
                                              {{"dead-letters", "retry"}, {"nobody", "--all"}},
                                              {{"dead-letters", "dropped"}, {"nobody"}}}) {
        const ran refused = of.run(verb, more);
        CHECK_MESSAGE(refused.code == 3, verb.back() << ": " << refused.err);
        CHECK_MESSAGE(refused.complains("nobody"), refused.err);
        CHECK_MESSAGE(refused.complains("plans, changes") != refused.complains("changes, plans"), refused.err);
    }
}

TEST_CASE("status: a projection is new, then current, then behind, and paused if somebody says so") {
    club_of_three of;
    const ran before = of.run({"projections", "status"});
    REQUIRE_MESSAGE(before.code == 0, before.err);
    CHECK(before.says("plans             1  all               0     3       3  0 s  -           0  new\n"));
    REQUIRE(of.catch_up({"plans"}).code == 0);
    CHECK(of.run({"projections", "status"})
              .says("plans             1  all               3     3       0  0 s  -           0  current\n"));
    of.change_plan("member-1", "silver");
    CHECK(of.run({"projections", "status"}).says("  behind\n"));
    REQUIRE(of.run({"projections", "pause"}, {"plans"}).code == 0);
    CHECK(of.run({"projections", "status"}).says("  paused\n"));
}

TEST_CASE("status: nothing was done for long where there is much to do") {
    club_of_three of;
    REQUIRE(of.catch_up().code == 0);
    of.change_plan("member-1", "silver");
    raw_sqlite{of.models_path()}.execute("update rm_partitions set moved_at = 0 where projection = 'plans'");
    const ran told = of.run({"projections", "status"}, {"--check"});
    CHECK(told.says("  stalled\n"));
    CHECK(told.complains("nothing has moved it since 1970-01-01T00:00:00Z; see that somebody follows"));
}

TEST_CASE("status: a check tells by its code whether all is well") {
    club_of_three of{"unknown"};
    CHECK(of.run({"projections", "status"}, {"--check"}).complains("projection plans has no rows yet\n"));
    REQUIRE(of.catch_up().code == 0);
    const ran parked = of.run({"projections", "status"}, {"--check", "--json"});
    CHECK(parked.code == 1);
    CHECK(parked.complains("projection plans has 1 event parked"));
    CHECK_FALSE(parked.complains("changes"));
    of.known->of_all_plans = true;
    REQUIRE(of.run({"dead-letters", "retry"}, {"plans", "--all"}).code == 0);
    CHECK(of.run({"projections", "status"}, {"--check"}).code == 0);
    of.change_plan("member-1", "silver");
    CHECK(of.run({"projections", "status"}, {"--check"}).code == 1);
    CHECK(of.run({"projections", "status"}).code == 0);
    CHECK(of.run({"projections", "status"}, {"--check", "--most-lag", "9999999999"}).code == 0);
}

TEST_CASE("status: json has an object for each projection") {
    const club_of_three of;
    REQUIRE(of.catch_up({"plans"}).code == 0);
    const ran told = of.run({"projections", "status"}, {"--format", "ndjson"});
    REQUIRE_MESSAGE(told.code == 0, told.err);
    CHECK(told.says(R"({"projection":"plans","about":"The plan of each member","file":)"));
    CHECK(told.says(
        R"("version":1,"head":3,"paused":false,"parked":{"keys":0,"failed":0,"behind":0},"partitions":[{)"
        R"("partition":"all","state":"current","position":3,"lag_events":0,"lag_seconds":0.0,"owner":null,)"));
    CHECK(told.says(R"("state":"new","position":0,"lag_events":3,)"));
    CHECK(of.run({"projections", "status"}, {"--json"}).out.rfind("[\n  {\"projection\":\"plans\"", 0) == 0);
}

TEST_CASE("status: rows of another version are outdated, and the reason is told") {
    const club_of_three of;
    REQUIRE(of.catch_up().code == 0);
    raw_sqlite{of.models_path()}.execute("update rm_projections set version = 7 where name = 'plans'");
    const ran told = of.run({"projections", "status"}, {"--check"});
    CHECK(told.code == 1);
    CHECK(told.says("  outdated\n"));
    CHECK_MESSAGE(told.complains("projection plans is outdated: "), told.err);
    CHECK(of.catch_up({"plans"}).code == 5);
    REQUIRE(of.run({"projections", "rebuild"}, {"plans"}).code == 0);
    CHECK(of.run({"projections", "status"}, {"--check"}).code == 0);
}

TEST_CASE("follow: it ends when everything is applied, if that is wanted") {
    const club_of_three of;
    const ran done = of.catch_up();
    CHECK_MESSAGE(done.code == 0, done.err);
    CHECK(done.out.empty());
    CHECK(done.err.empty());
    CHECK(all_rows(of, "select member, plan from plans order by member") ==
          "member-1 gold member-2 silver member-3 gold ");
    CHECK(all_rows(of, "select count(*) from changes") == "3 ");
}

TEST_CASE("follow: the first that fails is told at once, and the rest goes on") {
    const club_of_three of{"unknown\x1b[2J"};
    const ran done = of.catch_up();
    CHECK_MESSAGE(done.code == 0, done.err);
    CHECK(all_rows(of, "select member from plans order by member") == "member-1 member-3 ");
    CHECK_FALSE(done.complains("\x1b"));
}

TEST_CASE("follow: a projection that is paused is not waited for") {
    club_of_three of;
    REQUIRE(of.catch_up().code == 0);
    of.change_plan("member-1", "silver");
    REQUIRE(of.run({"projections", "pause"}, {"plans"}).code == 0);
    const ran refused = of.catch_up();
    CHECK(refused.code == 1);
    CHECK(refused.complains("projection plans is paused; resume it first"));
    REQUIRE(of.run({"projections", "resume"}, {"plans"}).code == 0);
    CHECK(of.catch_up().code == 0);
}

TEST_SUITE("threads") {
    TEST_CASE("follow: as one of a group it takes the work that nobody has, and gives it up at the end") {
        const club_of_three of;
        const ran done = of.run({"follow"}, {"--until-current", "--partitions", "2"});
        REQUIRE_MESSAGE(done.code == 0, done.err);
        const ran told = of.run({"projections", "status"}, {"--format", "ndjson"});
        CHECK(told.says(R"("partition":"0/2","state":"current")"));
        CHECK(told.says(R"("partition":"1/2","state":"current")"));
        CHECK_FALSE(told.says("worker"));
        CHECK(all_rows(of, "select count(*) from plans") == "3 ");
    }

    TEST_CASE("follow: Ctrl-C ends it with 130, and a polite kill with 0") {
        const club_of_three of;
        REQUIRE(of.catch_up().code == 0);
        CHECK(code_after(SIGINT, of, {"follow"}) == 130);
        CHECK(code_after(SIGTERM, of, {"follow"}) == 0);
        CHECK(code_after(SIGINT, of, {"projections", "rebuild"}) == 130);
    }
}

TEST_CASE("rebuild: the rows are made anew, in one pass for all") {
    const club_of_three of;
    REQUIRE(of.catch_up().code == 0);
    raw_sqlite{of.models_path()}.execute("delete from plans; delete from changes");
    const ran done = of.run({"projections", "rebuild"}, {"--effort", "0.9"});
    REQUIRE_MESSAGE(done.code == 0, done.err);
    CHECK(done.out == "plans is rebuilt up to position 3.\nchanges is rebuilt up to position 3.\n");
    CHECK(all_rows(of, "select count(*) from plans") == "3 ");
    CHECK(of.run({"projections", "rebuild"}, {"plans", "plans", "--format", "ndjson"}).out ==
          "{\"projection\":\"plans\",\"position\":3}\n");
}

TEST_CASE("rebuild: verifying shows the rows that differ, and changes nothing") {
    const club_of_three of;
    REQUIRE(of.catch_up().code == 0);
    CHECK(of.run({"projections", "rebuild"}, {"plans", "--verify"}).out ==
          "plans: its rows are what the events make of them.\n");
    raw_sqlite{of.models_path()}.execute("update plans set plan = char(27) || 'brass' where member = 'member-2'");
    const ran told = of.run({"projections", "rebuild"}, {"--verify"});
    CHECK(told.code == 1);
    CHECK_MESSAGE(told.says("  - plans member=member-2 plan=\\x1bbrass\n  + plans member=member-2 plan=silver\n"),
                  told.out);
    CHECK(told.says("changes: its rows are what"));
    CHECK(told.complains("2 rows are not what the events make of them"));
    const ran as_json = of.run({"projections", "rebuild"}, {"plans", "--verify", "--format", "ndjson", "--most", "1"});
    CHECK(as_json.code == 1);
    CHECK_MESSAGE(as_json.says(R"({"in":"rebuilt","table":"plans","row":{"member":"member-2","plan":"silver"}})"),
                  as_json.out);
    CHECK(all_rows(of, "select count(*) from plans where plan = 'silver'") == "0 ");
}

TEST_CASE("rebuild: the rows of one key are made anew alone") {
    const club_of_three of;
    REQUIRE(of.catch_up().code == 0);
    raw_sqlite{of.models_path()}.execute("update plans set plan = 'brass'");
    const ran done = of.run({"projections", "rebuild"}, {"plans", "--key", "member-2"});
    CHECK_MESSAGE(done.code == 0, done.err);
    CHECK(all_rows(of, "select plan from plans order by member") == "brass silver brass ");
    CHECK(of.run({"projections", "rebuild"}, {"changes", "--key", "member-2"}).code == 5);
}

TEST_CASE("reset and remove: nothing happens without a yes") {
    const club_of_three of;
    REQUIRE(of.catch_up().code == 0);
    CHECK(of.run({"projections", "reset"}, {"plans"}).complains("--yes is required"));
    CHECK(all_rows(of, "select count(*) from plans") == "3 ");
    CHECK(of.run({"projections", "reset"}, {"plans", "--yes"}).out ==
          "plans is empty, and begins at the first event.\n");
    CHECK(all_rows(of, "select count(*) from plans") == "0 ");
    CHECK(of.catch_up().code == 0);
    CHECK(all_rows(of, "select count(*) from plans") == "3 ");
    CHECK(of.run({"projections", "remove"}, {"plans", "changes", "--yes"}).out == "Removed: plans, changes.\n");
    CHECK(of.run({"projections", "status"}).says("  new\n"));
}

TEST_CASE("split and merge: partitions are named as they are shown") {
    const club_of_three of;
    REQUIRE(of.catch_up().code == 0);
    CHECK(of.run({"projections", "split"}, {"plans", "all"}).out == "plans has the partitions 0/2, 1/2.\n");
    CHECK(of.run({"projections", "split"}, {"plans", "1/2"}).out == "plans has the partitions 0/2, 1/4, 3/4.\n");
    CHECK(of.run({"projections", "split"}, {"plans", "all"}).complains("has no partition all"));
    CHECK(of.run({"projections", "merge"}, {"plans", "0/2", "1/4"}).complains("no halves of one"));
    CHECK(of.run({"projections", "merge"}, {"plans", "3/4", "1/4"}).out == "plans has the partitions 0/2, 1/2.\n");
}

TEST_CASE("projections: the bare program tells what the files say") {
    club_of_three of;
    const ran none{{"projections", of.path()}};
    CHECK(none.code == 3);
    CHECK(none.complains("name their file with --models"));
    REQUIRE(of.catch_up().code == 0);
    of.change_plan("member-1", "silver");
    const ran told{{"projections", of.path()}};
    REQUIRE_MESSAGE(told.code == 0, told.err);
    CHECK(told.says("changes           1  all               3     4       1 "));
    CHECK(ran{{"projections", of.path(), "--check"}}.code == 1);
    const ran as_json{{"projections", of.path(), "--models", of.models_path(), "--json"}};
    CHECK_MESSAGE(as_json.says(R"({"projection":"changes","file":)"), as_json.out);
    CHECK(ran{{"projections", of.path(), "--models", of.path() + ".none"}}.code == 3);
}

TEST_CASE("projections: rows of another store are outdated") {
    const club_of_three of;
    const club_of_three other;
    REQUIRE(of.catch_up().code == 0);
    raw_sqlite{of.models_path()}.execute("update rm_projections set store_id = randomblob(16)");
    CHECK(ran{{"projections", of.path()}}.says("  outdated\n"));
    CHECK(ran{{"projections", of.path(), "--check"}}.complains("its rows are of another store"));
}

TEST_CASE("completion: a shell is taught the verbs that belong to another one") {
    const projecting_club of;
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const ran script{{"completion", shell}, of.program};
        CHECK(script.code == 0);
        for (const char* word : {"follow", "status", "rebuild", "explain", "until-current", "most-lag", "effort"})
            CHECK_MESSAGE(script.says(word), shell << " " << word);
    }
}
