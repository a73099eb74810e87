// `stats`, `streams`, `verify`, `backup`, `restore`, `compact` and `doctor`.

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "ran.hpp"
#include "sqlite/raw_sqlite.hpp"

#include <foldline/testing/sequential_ids.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using people::v1::PlanChanged;

/// Three events in two streams of two categories, an hour apart.
struct three_events : club {
    three_events() {
        for (const char* stream : {"member-1", "team-\u202E2", "member-1"}) {
            PlanChanged event;
            event.set_plan("genuine");
            store(stream, event);
            time.advance(std::chrono::hours{1});
        }
    }
    void damage() const {
        raw_sqlite raw{path()};
        raw.execute("drop trigger log_events_are_not_changed");
        raw.execute(
            "update log_events set payload = cast(replace(payload, 'genuine', 'forgery') as blob) where position = 2");
    }
    std::string beside(const std::string& name) const { return (folder / name).string(); }
};

}  // namespace

TEST_CASE("stats: text tells what is there, and how large it is") {
    const three_events of;
    const ran told{{"stats", of.path()}};
    REQUIRE_MESSAGE(told.code == 0, told.err);
    CHECK(told.err.empty());
    CHECK(told.says("events        3 in 2 streams, up to position 3\n"));
    CHECK(told.says("recorded      2010-12-01T12:00:00Z to 2010-12-01T14:00:00Z\n"));
    CHECK(told.says("CATEGORY  STREAMS  EVENTS\nmember          1       2\nteam            1       1\n"));
    CHECK(told.says("EVENT           EVENTS\nplan-changed@1       3\n"));
}

TEST_CASE("stats: json and ndjson are one object") {
    const three_events of;
    const ran line{{"stats", of.path(), "--format", "ndjson"}};
    REQUIRE_MESSAGE(line.code == 0, line.err);
    CHECK(line.says(
        R"("head":3,"events":3,"streams":2,"snapshots":0,"caller_ids":0,"first_recorded":"2010-12-01T12:00:00Z")"));
    CHECK(line.says(
        R"("categories":[{"category":"member","streams":1,"events":2},{"category":"team","streams":1,"events":1}])"));
    CHECK(line.says("\"types\":[{\"event\":\"plan-changed@1\",\"events\":3}]}\n"));
    CHECK(line.out.find('\n') == line.out.size() - 1);
    CHECK(ran{{"stats", of.path(), "--format", "json"}}.says("\n  \"events\": 3,\n"));
}

TEST_CASE("streams: each is told once, by name, by events or by its last event") {
    const three_events of;
    const ran named{{"streams", of.path()}};
    REQUIRE_MESSAGE(named.code == 0, named.err);
    CHECK(named.out ==
          "STREAM        EVENTS  LAST POSITION  LAST RECORDED\n"
          "member-1           2              3  2010-12-01T14:00:00Z\n"
          "team-\\u202e2       1              2  2010-12-01T13:00:00Z\n");
    CHECK(ran{{"streams", of.path(), "--sort", "events", "--limit", "1"}}.says("member-1"));
    club recent;
    PlanChanged event;
    recent.store("a-1", event);
    recent.store("b-1", event);
    CHECK(ran{{"streams", recent.path(), "--sort", "name", "--limit", "1"}}.says("a-1"));
    CHECK(ran{{"streams", recent.path(), "--sort", "recent", "--limit", "1"}}.says("b-1"));
}

TEST_CASE("streams: json is an array of objects, ndjson an object a line") {
    const three_events of;
    const std::string team =
        R"({"stream":"team-\u202e2","events":1,"version":1,"last_position":2,"last_recorded":"2010-12-01T13:00:00Z"})";
    CHECK(ran{{"streams", of.path(), "--category", "team", "--format", "ndjson"}}.out == team + "\n");
    CHECK(ran{{"streams", of.path(), "--category", "team", "--format", "json"}}.out == "[\n  " + team + "\n]\n");
    CHECK(ran{{"streams", of.path(), "--category", "nobody", "--format", "json"}}.out == "[]\n");
}

TEST_CASE("streams: a file without an index by stream has the same ones") {
    const three_events of;
    std::vector<ran> before;
    for (const char* order : {"name", "events", "recent"})
        before.push_back(ran{{"streams", of.path(), "--sort", order}});
    raw_sqlite{of.path()}.execute("drop index log_events_by_stream");
    for (const char* order : {"name", "events", "recent"}) {
        const ran now{{"streams", of.path(), "--sort", order}};
        CHECK_MESSAGE(now.code == 0, now.err);
        CHECK(now.out == before.front().out);
        before.erase(before.begin());
    }
}

TEST_CASE("verify: a sound store is told to be sound") {
    const three_events of;
    const ran told{{"verify", of.path()}};
    CHECK_MESSAGE(told.code == 0, told.err);
    CHECK(told.says("3 events in 2 streams"));
    CHECK(told.says("All of it is sound.\n"));
    CHECK(ran{{"verify", of.path(), "--format", "ndjson"}}.says(R"("found":0,"findings":[]})"));
}

TEST_CASE("verify: what is wrong is told in every format, and the code is 6") {
    const three_events of;
    of.damage();
    for (const char* shape : {"text", "json", "ndjson"}) {
        const ran told{{"verify", of.path(), "--format", shape}};
        CHECK_MESSAGE(told.code == 6, shape);
        CHECK_MESSAGE(told.says("team-\\u202e2"), told.out);
        CHECK(told.complains("is damaged"));
    }
    CHECK(ran{{"verify", of.path(), "--format", "ndjson"}}.says(R"({"sound":false,)"));
}

TEST_CASE("verify: findings beyond what was asked for are counted") {
    const three_events of;
    raw_sqlite{of.path()}.execute(
        "drop trigger log_events_are_not_changed; update log_events set payload = cast(replace(payload, 'genuine', "
        "'forgery') as blob)");
    const ran told{{"verify", of.path(), "--most", "1"}};  // three events, and the trigger that is gone
    CHECK(told.code == 6);
    CHECK_MESSAGE(told.says("... and 3 more\n"), told.out);
}

TEST_CASE("backup and restore: the copy is told of, and holds the events") {
    const three_events of;
    const ran backed_up{{"backup", of.path(), of.beside("copy.db")}};
    REQUIRE_MESSAGE(backed_up.code == 0, backed_up.err);
    CHECK(backed_up.says("Backed up 3 events up to position 3 to "));
    const ran restored{{"restore", of.beside("copy.db"), of.beside("again.db"), "--format", "ndjson"}};
    REQUIRE_MESSAGE(restored.code == 0, restored.err);
    CHECK(restored.says(R"("head":3,"events":3,"bytes":)"));
    CHECK(ran{{"events", of.beside("again.db")}}.out == ran{{"events", of.path()}}.out);
}

TEST_CASE("backup: a file that is there already is left alone") {
    const three_events of;
    std::ofstream(of.beside("copy.db")) << "precious";
    const ran backed_up{{"backup", of.path(), of.beside("copy.db")}};
    CHECK(backed_up.code == 1);
    CHECK(backed_up.complains("copy.db"));
    CHECK(std::filesystem::file_size(of.beside("copy.db")) == 8);
}

TEST_CASE("backup: of a damaged store there is none") {
    const three_events of;
    of.damage();
    CHECK(ran{{"backup", of.path(), of.beside("copy.db")}}.code == 6);
    CHECK_FALSE(std::filesystem::exists(of.beside("copy.db")));
}

TEST_CASE("restore: a backup that is missing, or is none, makes no store") {
    const three_events of;
    CHECK(ran{{"restore", of.beside("missing.db"), of.beside("again.db")}}.code == 3);
    std::ofstream(of.beside("text.db")) << std::string(10'000, 'x');
    CHECK(ran{{"restore", of.beside("text.db"), of.beside("again.db")}}.code == 5);
    CHECK_FALSE(std::filesystem::exists(of.beside("again.db")));
}

TEST_CASE("compact: the write-ahead log is empty afterwards") {
    const three_events of;
    raw_sqlite writer{of.path()};
    writer.execute("create table something_else (a)");
    REQUIRE(std::filesystem::file_size(of.path() + "-wal") > 0);
    const ran compacted{{"compact", of.path()}};
    CHECK_MESSAGE(compacted.code == 0, compacted.err);
    CHECK(std::filesystem::file_size(of.path() + "-wal") == 0);
}

TEST_CASE("compact: a reader that holds the log back is told of") {
    const three_events of;
    raw_sqlite reader{of.path()};
    reader.execute("begin; select count(*) from log_events");
    raw_sqlite{of.path()}.execute("create table something_else (a)");
    const ran compacted{{"compact", of.path()}};
    CHECK(compacted.code == 7);
    CHECK(compacted.complains("try again later"));
}

TEST_CASE("doctor: tells of each thing, and fails where one is bad") {
    const three_events of;
    for (const char* shape : {"text", "json", "ndjson"}) {
        const ran looked{{"doctor", of.path(), "--format", shape}};
        CHECK_MESSAGE(looked.code == 0, looked.err);
        CHECK_MESSAGE(looked.says("SQLite"), shape);
        CHECK_FALSE(looked.says("\x1b"));
    }
    std::ofstream(of.beside("text.db")) << std::string(10'000, 'x');
    const ran looked{{"doctor", of.beside("text.db")}};
    CHECK(looked.code == 1);
    CHECK_MESSAGE(looked.says("bad "), looked.out);
    CHECK(looked.complains("bad"));
}
