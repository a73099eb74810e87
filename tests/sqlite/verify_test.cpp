#include <foldline/sqlite/verify.hpp>

#include "lived_in_store.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/connection.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

std::string text_of(const sqlite::verification& found) {
    std::string text;
    for (const auto& each : found.findings) text += each.place + ": " + each.why + "\n";
    return text;
}

sqlite::verification verify_closed(const std::filesystem::path& file) {
    return sqlite::verify(sqlite::database{file, {.mode = sqlite::open_mode::read_only}});
}

/// What verify says after other hands have changed the file.
sqlite::verification verify_after(const std::string& sql) {
    const lived_in_store world;
    raw_sqlite raw{world.path()};
    raw.execute(without_guards + sql);
    REQUIRE(raw.changes() > 0);
    raw.execute(with_guards);
    return verify_closed(world.path());
}

bool names(const sqlite::verification& found, const std::string& place) {
    for (const auto& each : found.findings)
        if (each.place == place) return true;
    return false;
}

/// Copies a store that is open, with its log, to a name of its own.
std::filesystem::path copy_of_open(const lived_in_store& world) {
    const std::filesystem::path copy = world.folder / "copy.db";
    for (const char* suffix : {"", "-wal"})
        std::filesystem::copy_file(world.path().string() + suffix, copy.string() + suffix,
                                   std::filesystem::copy_options::overwrite_existing);
    return copy;
}

void flip(const std::filesystem::path& file, std::int64_t at) {
    std::fstream bytes{file, std::ios::binary | std::ios::in | std::ios::out};
    bytes.seekg(at);
    const int was = bytes.get();
    bytes.seekp(at);
    bytes.put(static_cast<char>(was ^ 1));
}

}  // namespace

TEST_CASE("verify: a store that holds some of everything is sound, and is counted") {
    const lived_in_store world;
    const auto found = verify_closed(world.path());
    CHECK_MESSAGE(found.is_sound(), text_of(found));
    CHECK(found.events == lived_in_store::events);
    CHECK(found.streams == lived_in_store::streams);
    CHECK(found.snapshots == lived_in_store::snapshots);
    CHECK(found.pages == static_cast<std::int64_t>(std::filesystem::file_size(world.path()) / 512));
}

TEST_CASE("verify: a store without events is sound") {
    const scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file{folder / "store.db"};
    const sqlite::sqlite_event_store store{file, time, ids};
    const auto found = sqlite::verify(file);
    CHECK_MESSAGE(found.is_sound(), text_of(found));
    CHECK(found.events == 0);
}

TEST_CASE("verify: what stands in the write-ahead log only is looked at as well") {
    lived_in_store world;
    auto& store = world.open();
    (void)store.append(lived_in_store::request(11));
    REQUIRE(std::filesystem::file_size(world.path().string() + "-wal") > 0);
    const auto found = sqlite::verify(*world.file);
    CHECK_MESSAGE(found.is_sound(), text_of(found));
    CHECK(found.events == lived_in_store::events + 2);
    CHECK(verify_closed(copy_of_open(world)).events == lived_in_store::events + 2);
}

TEST_CASE("verify: events that were purged on purpose are no damage") {
    const auto found = verify_after(
        "delete from log_appends where stream = 2; delete from log_events where position = 2;"
        "update log_streams set first_version = 2 where stream = 2;"
        "insert into log_purges values (2, 2, 0, 'asked for')");
    CHECK_MESSAGE(found.is_sound(), text_of(found));
    CHECK(found.events == lived_in_store::events - 1);
}

TEST_CASE("verify: every kind of damage is found, and its place is told") {
    struct damage {
        const char* sql;
        const char* place;
    };
    for (const auto& [sql, place] : std::vector<damage>{
             {"update log_events set payload = x'00' where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set metadata = x'00' where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set event_id = zeroblob(16) where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set event_id = x'00' where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set recorded_at = recorded_at + 1 where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set occurred_at = 0 where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set format = 256 where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set checksum = checksum + 1 where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set type = 2 where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set type = 77 where position = 3", "event 3 (till-1 @1)"},
             {"update log_events set stream = 77 where position = 3", "log_streams 77"},
             {"update log_events set version = 9 where position = 3", "log_streams 3 (till-1)"},
             {"update log_events set position = 77 where position = 20", "event 77 (note-other @5)"},
             {"delete from log_events where position = 3", "event 4 (note-long @2)"},
             {"delete from log_events where position = 3", "log_streams 3 (till-1)"},
             {"delete from log_streams where stream = 3", "log_streams 3"},
             {"update log_streams set category = 'tilt' where stream = 3", "event 3 (tilt-1 @1)"},
             {"update log_streams set category = 'Till' where stream = 3", "log_streams 3 (Till-1)"},
             {"update log_streams set state = 1 where stream = 3", "log_streams 3 (till-1)"},
             {"update log_streams set first_version = 2 where stream = 3", "log_streams 3 (till-1)"},
             {"update log_streams set first_version = 0 where stream = 3", "log_streams 3 (till-1)"},
             {"insert into log_streams values (9, 'till', '9', 0, 1)", "log_streams 9 (till-9)"},
             {"update log_types set version = 7 where type = 2", "event 2 (note-long @1)"},
             {"update log_types set version = version + 4294967296 where type = 2", "event 2 (note-long @1)"},
             {"insert into log_types values (9, 'unused', 1)", "log_types 9 (unused@1)"},
             {"update log_schemas set hash = hash + 1 where type = 1", "log_schemas 1 (item-sold@2) revision 1"},
             {"update log_schemas set descriptor_set = x'00' where type = 1", "log_schemas 1 (item-sold@2) revision 1"},
             {"update log_schemas set message = message || 'x' where type = 1",
              "log_schemas 1 (item-sold@2) revision 1"},
             {"update log_schemas set type = 2 where type = 1", "log_schemas 2 (noted@2) revision 1"},
             {"update log_schemas set type = 77 where type = 1", "log_schemas 77 (@0) revision 1"},
             {"update log_schemas set revision = 2 where type = 1", "log_schemas 1 (item-sold@2) revision 2"},
             {"update log_schemas set first_position = 3 where type = 1", "log_schemas 1 (item-sold@2) revision 1"},
             {"update log_schemas set checksum = checksum + 1 where type = 1",
              "log_schemas 1 (item-sold@2) revision 1"},
             {"update log_schemas set checksum = null where type = 1", "log_schemas 1 (item-sold@2) revision 1"},
             {"update log_schemas set revision = 2, first_position = 0, checksum = null where type = 1",
              "log_schemas 1 (item-sold@2) revision 2"},
             {"update log_appends set first_event_id = zeroblob(16) where version = 1 and stream = 1",
              "log_appends 00000000-0000-0000-0000-000000000000"},
             {"update log_appends set first_event_id = x'00' where version = 1 and stream = 1",
              "log_appends (no UUID)"},
             {"insert into log_purges values (3, 3, 0, 'false')", "log_purges 3"},
             {"insert into log_purges values (30, 29, 0, 'backwards')", "log_purges 30"},
             {"insert into log_purges values (30, 35, 0, ''), (35, 36, 0, 'twice')", "log_purges 35"},
             {"insert into log_inline_tables values ('gone', 'totals')", "log_inline_tables gone"},
             {"delete from log_store", "log_store"},
             {"update log_store set store_id = x'00'", "log_store"},
             {"update log_store set history_id = zeroblob(16)", "log_store"},
             {"update foldline_components set version = 2 where name = 'snapshots'", "foldline_components"},
             {"update foldline_components set version = 1 where name = 'eventstore'", "foldline_components"},
             {"delete from foldline_components where name = 'eventstore'", "foldline_components"},
             {"update log_store set created_at = created_at; pragma user_version = 0", "header"},
             {"update sn_snapshots set state = x'00' where id = '0'", "snapshot of till-0 @2"},
             {"update sn_snapshots set fingerprint = 1 where id = '0'", "snapshot of till-0 @2"},
             {"update sn_snapshots set category = 'T' where id = '0'", "snapshot of T-0 @2"},
             {"update sn_snapshots set version = 77 where id = '0'", "snapshot of till-0 @77"},
         }) {
        CAPTURE(sql);
        const auto found = verify_after(sql);
        CHECK_MESSAGE(names(found, place), text_of(found));
    }
}

TEST_CASE("verify: each record of an append is held against its events") {
    for (const char* change : {"version = version + 1", "version = 0", "position = position + 1", "position = 0",
                               "version = -1", "version = 9223372036854775807", "count = 2", "count = 0", "count = -1",
                               "count = 9223372036854775807", "stream = 3", "stream = 77"}) {
        CAPTURE(change);
        const auto found =
            verify_after("update log_appends set " + std::string(change) + " where first_event_id = x'" + [] {
                std::string hex = lived_in_store::event_of(4, 1).to_string();
                std::erase(hex, '-');
                return hex;
            }() + "'");
        CHECK_MESSAGE(names(found, "log_appends " + lived_in_store::event_of(4, 1).to_string()), text_of(found));
        CHECK(found.found == 1);
    }
}

TEST_CASE("verify: a snapshot with a right checksum is held against the events, too") {
    lived_in_store world;
    world.open();
    sqlite::sqlite_snapshot_store kept{*world.file};
    const auto save = [&](const stream_id& stream, std::int64_t version, std::int64_t position) {
        snapshot taken{stream, {}, 1, "state"};
        taken.progress.version = stream_version{version};
        taken.progress.position = global_position{position};
        kept.save(taken, 9);
    };
    save({"till", "9"}, 1, 1);
    save({"till", "0"}, 77, 77);
    save({"till", "1"}, 1, 2);
    const auto found = sqlite::verify(*world.file);
    CHECK(found.found == 3);
    CHECK(text_of(found) ==
          "snapshot of till-9 @1: there is no such stream\n"
          "snapshot of till-0 @77: the event that it ends with is not in its stream\n"
          "snapshot of till-1 @1: the event that it ends with is not in its stream\n");
}

TEST_CASE("verify: a trigger that guards the events is missed") {
    const lived_in_store world;
    raw_sqlite{world.path()}.execute("drop trigger log_events_are_not_changed");
    CHECK(names(verify_closed(world.path()), "schema"));
}

TEST_CASE("verify: tables of another make are a finding, and the rest is still looked at") {
    const lived_in_store world;
    raw_sqlite{world.path()}.execute("drop table log_schemas; drop table log_inline_tables");
    const auto found = verify_closed(world.path());
    CHECK(names(found, "log_schemas"));
    CHECK(names(found, "log_inline_tables"));
    CHECK(found.events == lived_in_store::events);
    CHECK(found.pages > 0);
}

TEST_CASE("verify: an index that lacks an event is found") {
    const lived_in_store world;
    // The index is emptied behind SQLite's back: its root page becomes a leaf without entries.
    raw_sqlite raw{world.path()};
    const std::int64_t root =
        std::stoll(raw.text("select rootpage from sqlite_schema where name = 'log_events_by_stream'"));
    std::string leaf(512, '\0');
    leaf[0] = 10;  // a leaf of an index
    leaf[5] = 2;   // its cells would begin at byte 512
    std::fstream bytes{world.path(), std::ios::binary | std::ios::in | std::ios::out};
    bytes.seekp((root - 1) * 512);
    bytes << leaf << std::flush;
    const auto found = verify_closed(world.path());
    CHECK_MESSAGE((names(found, "log_events") && names(found, "index log_events_by_stream")), text_of(found));
}

TEST_CASE("verify: an index that is not there, or not the one that the file speaks of, is found") {
    for (const char* sql :
         {"drop index log_events_by_stream", "update log_stream_index set kind = 1", "delete from log_stream_index"}) {
        CAPTURE(sql);
        const lived_in_store world;
        raw_sqlite{world.path()}.execute(sql);
        CHECK(names(verify_closed(world.path()), "log_stream_index"));
    }
}

TEST_CASE("verify: a merged index is held against the events") {
    struct damage {
        const char* sql;
        const char* place;
    };
    // The first 10 events are merged, and of the next 10 those of the streams 1 and 2.
    const std::string merged =
        "drop index log_events_by_stream; create table log_stream_events (stream integer not null, version integer not "
        "null, position integer not null, primary key (stream, version)) strict, without rowid; update "
        "log_stream_index "
        "set kind = 1, merged = 10, merging = 20, merged_stream = 2, merged_version = 99; insert into "
        "log_stream_events "
        "select stream, version, position from log_events where position <= 10 or stream <= 2;";
    for (const auto& [sql, place] : std::vector<damage>{
             {"", ""},
             {"update log_stream_events set position = position + 1 where stream = 3 and version = 1",
              "log_stream_events 3 @1"},
             {"update log_stream_events set version = 77 where stream = 3 and version = 1", "log_stream_events 3 @77"},
             {"delete from log_stream_events where stream = 3 and version = 1", "log_stream_events"},
             {"update log_stream_index set merged = 11", "log_stream_events"},
             {"update log_stream_index set merging = 0", "log_stream_events"},
             {"update log_stream_index set merged_stream = 3", "log_stream_events"},
             {"insert into log_stream_events select stream, version, position from log_events where position = 20",
              "log_stream_events"},
         }) {
        CAPTURE(sql);
        const lived_in_store world;
        raw_sqlite{world.path()}.execute(merged + sql);
        const auto found = verify_closed(world.path());
        CHECK_MESSAGE((*place ? names(found, place) : found.is_sound()), text_of(found));
    }
}

TEST_CASE("verify: a flipped bit of a payload is seen by the checksum alone, SQLite's own check finds nothing") {
    const lived_in_store world;
    std::ifstream in{world.path(), std::ios::binary};
    const std::string content{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
    flip(world.path(), static_cast<std::int64_t>(content.find("pppppppppp")));
    CHECK(raw_sqlite{world.path()}.text("pragma integrity_check") == "ok");
    const auto found = verify_closed(world.path());
    CHECK(found.found == 1);
    CHECK(found.findings.at(0).why == "its checksum does not match its columns");
}

TEST_CASE("verify: a flipped bit in the write-ahead log, which hides the commits behind it, is found") {
    lived_in_store world;
    auto& store = world.open();
    for (int number = 10; number < 14; ++number) (void)store.append(lived_in_store::request(number));
    constexpr std::int64_t second_frame = 32 + 24 + 512;
    for (const std::int64_t at : {std::int64_t{3}, std::int64_t{20}, second_frame, second_frame + 9, second_frame + 18,
                                  second_frame + 24 + 100}) {
        CAPTURE(at);
        const auto copy = copy_of_open(world);
        flip(copy.string() + "-wal", at);
        std::filesystem::remove(copy.string() + "-shm");
        const auto found = verify_closed(copy);
        CHECK_MESSAGE(names(found, "write-ahead log"), text_of(found));
        CHECK(found.events < lived_in_store::events + 8);
    }
}

TEST_CASE("verify: what a crash left behind the last commit of the log is no damage") {
    lived_in_store world;
    auto& store = world.open();
    for (int number = 10; number < 14; ++number) (void)store.append(lived_in_store::request(number));
    const auto copy = copy_of_open(world);
    const auto log = copy.string() + "-wal";
    const auto whole = std::filesystem::file_size(log);
    for (const std::uintmax_t cut : {1U, 100U, 535U, 536U, 537U, 2000U}) {
        CAPTURE(cut);
        std::filesystem::resize_file(log, whole - cut);
        std::filesystem::resize_file(log, whole);  // zeros, as after a power cut
        std::filesystem::remove(copy.string() + "-shm");
        const auto found = verify_closed(copy);
        CHECK_MESSAGE(found.is_sound(), text_of(found));
    }
}

TEST_CASE("verify: a file is looked at as it was at one moment, while others append to it") {
    lived_in_store world;
    auto& store = world.open();
    std::atomic<bool> done = false;
    std::atomic<int> appended = 0;
    std::thread writer{[&] {
        while (!done) {
            (void)store.append(lived_in_store::request(2 * appended + 101));  // odd: foldline gives the ids
            ++appended;
            appended.notify_one();
        }
    }};
    std::int64_t last = 0;
    for (int look = 0; look < 20; ++look) {
        const int before = appended;
        appended.wait(before);
        const auto found = sqlite::verify(*world.file);
        CHECK_MESSAGE(found.is_sound(), text_of(found));
        CHECK(found.events > last);
        CHECK((found.events - lived_in_store::events) % 2 == 0);
        last = found.events;
        sqlite::write_lease lease = world.file->lease_writer();  // the log is moved under the eyes of readers as well
        lease.db().prepare("pragma wal_checkpoint(passive)").run();
    }
    done = true;
    writer.join();
}

TEST_CASE("verify: of many findings the first are told, and all are counted") {
    const lived_in_store world;
    raw_sqlite raw{world.path()};
    raw.execute(std::string(without_guards) + "update log_events set checksum = checksum + 1; " + with_guards);
    const sqlite::database file{world.path(), {.mode = sqlite::open_mode::read_only}};
    for (const std::size_t most : {0U, 1U, 7U}) {
        const auto found = sqlite::verify(file, {.most_findings = most});
        CHECK(found.findings.size() == most);
        CHECK(found.found == lived_in_store::events);
        CHECK_FALSE(found.is_sound());
    }
}

TEST_CASE("verify: reports how far it has come; what the report throws ends it") {
    lived_in_store world;
    auto& store = world.open();
    std::vector<sqlite::work_progress> told;
    (void)sqlite::verify(*world.file, {.report = [&](const auto& now) { told.push_back(now); }});
    REQUIRE_FALSE(told.empty());
    CHECK(told.back().done == lived_in_store::events);
    CHECK(told.back().all == lived_in_store::events);

    // Errors of foldline's own are no findings when it is the report that throws them.
    CHECK_THROWS_AS((void)sqlite::verify(*world.file, {.report = [](const auto&) { throw corrupt_data("enough"); }}),
                    corrupt_data);
    CHECK_THROWS_AS((void)sqlite::verify(*world.file, {.report = [](const auto&) { throw std::logic_error("no"); }}),
                    std::logic_error);
    (void)store.append(lived_in_store::request(12));
    CHECK(sqlite::verify(*world.file).events == lived_in_store::events + 2);
}
