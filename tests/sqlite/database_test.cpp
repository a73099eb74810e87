#include <foldline/sqlite/database.hpp>

#include "raw_sqlite.hpp"
#include "support/scratch_folder.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/sqlite_snapshot_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;
using sqlite::open_mode;

/// Why a file is not opened; any other exception fails the test.
template <class Error>
std::string refusal_of(const std::filesystem::path& file, open_mode mode) {
    try {
        const sqlite::database opened{file, {.mode = mode}};
    } catch (const Error& refused) {
        return refused.what();
    }
    return "it was opened";
}

constexpr open_mode all_modes[] = {open_mode::create, open_mode::existing, open_mode::read_only};

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

std::string bytes_in(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void write(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream{file, std::ios::binary}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

unsigned rights_of(const std::filesystem::path& file) {
    return static_cast<unsigned>(std::filesystem::status(file).permissions());
}

/// Makes a store with the tables of events and of snapshots, and closes it.
void make_store(const std::filesystem::path& file) {
    const testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database opened{file};
    const sqlite::sqlite_event_store events{opened, time, ids};
    const sqlite::sqlite_snapshot_store snapshots{opened};
}

}  // namespace

TEST_CASE("sqlite file: says what it is, and at which versions") {
    const scratch_folder folder;
    make_store(folder / "store.db");
    raw_sqlite raw{folder / "store.db"};
    CHECK(raw.text("pragma application_id") == std::to_string(0x466F6C64));
    CHECK(raw.text("pragma user_version") == "1");
    CHECK(raw.text("pragma journal_mode") == "wal");
    CHECK(raw.text("select group_concat(name || ' ' || version, ', ') from "
                   "(select * from foldline_components order by name)") == "eventstore 2, snapshots 1");
    CHECK(raw.text("pragma integrity_check") == "ok");
}

TEST_CASE("sqlite file: a second open keeps what it says") {
    const scratch_folder folder;
    make_store(folder / "store.db");
    const std::string store = raw_sqlite{folder / "store.db"}.text("select hex(store_id) from log_store");
    make_store(folder / "store.db");
    CHECK(raw_sqlite{folder / "store.db"}.text("select hex(store_id) from log_store") == store);
    CHECK(raw_sqlite{folder / "store.db"}.text("select count(*) from foldline_components") == "2");
}

TEST_CASE("sqlite file: nobody else may read it or what lies beside it") {
    const scratch_folder folder;
    const auto before = ::umask(0);
    {
        sqlite::database opened{folder / "store.db"};
        const sqlite::sqlite_snapshot_store snapshots{opened};
        for (const char* name : {"store.db", "store.db-wal", "store.db-shm", "store.db-lock"}) {
            INFO(name);
            REQUIRE(std::filesystem::exists(folder / name));
            CHECK(rights_of(folder / name) == 0600U);
        }
    }
    ::umask(before);
}

TEST_CASE("sqlite file: a missing one is told from one that is refused") {
    const scratch_folder folder;
    for (const open_mode mode : {open_mode::existing, open_mode::read_only}) {
        CHECK(says(refusal_of<store_not_found>(folder / "none.db", mode), (folder / "none.db").string()));
        CHECK_FALSE(std::filesystem::exists(folder / "none.db"));
        CHECK_FALSE(std::filesystem::exists(folder / "none.db-lock"));
    }
    CHECK(refusal_of<store_not_found>(folder / "none.db", open_mode::create) == "it was opened");
    CHECK(refusal_of<store_not_found>(folder / "none.db", open_mode::existing) == "it was opened");
    CHECK(refusal_of<storage_error>(folder / "no" / "folder" / "store.db", open_mode::create) != "it was opened");
}

TEST_CASE("sqlite file: a directory, a link and a pipe are refused by name") {
    const scratch_folder folder;
    make_store(folder / "store.db");
    std::filesystem::create_directory(folder / "directory");
    std::filesystem::create_symlink(folder / "store.db", folder / "link");
    std::filesystem::create_symlink(folder / "nothing", folder / "dangling");
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    for (const open_mode mode : all_modes) {
        const auto refusal = [&](const char* name) { return refusal_of<incompatible_store>(folder / name, mode); };
        CHECK(says(refusal("directory"), (folder / "directory").string() + " is a directory"));
        CHECK(says(refusal("link"), (folder / "link").string() + " is a symbolic link"));
        CHECK(says(refusal("dangling"), "is a symbolic link"));
        CHECK(says(refusal("pipe"), "is no plain file"));
    }
    CHECK_FALSE(std::filesystem::exists(folder / "nothing"));
}

TEST_CASE("sqlite file: one that anyone may write to is refused until that is taken away") {
    const scratch_folder folder;
    make_store(folder / "store.db");
    REQUIRE(::chmod((folder / "store.db").c_str(), 0602) == 0);
    for (const open_mode mode : all_modes)
        CHECK(says(refusal_of<incompatible_store>(folder / "store.db", mode), "chmod o-w"));
    REQUIRE(::chmod((folder / "store.db").c_str(), 0600) == 0);
    for (const open_mode mode : all_modes)
        CHECK(refusal_of<incompatible_store>(folder / "store.db", mode) == "it was opened");
}

TEST_CASE("sqlite file: bytes that are no SQLite file are refused and left alone") {
    const scratch_folder folder;
    std::string bytes;
    for (unsigned i = 0; i < 10'000; ++i) bytes.push_back(static_cast<char>((i * 2'654'435'761U) >> 24U));
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{100}, bytes.size()}) {
        CAPTURE(size);
        write(folder / "noise", bytes.substr(0, size));
        for (const open_mode mode : all_modes)
            CHECK(says(refusal_of<incompatible_store>(folder / "noise", mode), "is not a Foldline store"));
        CHECK(bytes_in(folder / "noise") == bytes.substr(0, size));
    }
}

TEST_CASE("sqlite file: another application's is refused and left byte for byte") {
    const scratch_folder folder;
    for (const char* script :
         {"create table mine (a)", "pragma application_id = 77", "pragma user_version = 1",
          "pragma application_id = 77; pragma user_version = 1; create table foldline_components (name, version)",
          "pragma journal_mode = wal; create table mine (a); insert into mine values (1)"}) {
        CAPTURE(script);
        const auto file = folder / "other.db";
        raw_sqlite{file}.execute(script);
        const std::string before = bytes_in(file);
        REQUIRE_FALSE(before.empty());
        for (const open_mode mode : all_modes)
            CHECK(says(refusal_of<incompatible_store>(file, mode), "is an SQLite file, but not a Foldline store"));
        CHECK(bytes_in(file) == before);
        for (const char* end : {"", "-wal", "-shm", "-lock"}) std::filesystem::remove(file.string() + end);
    }
}

TEST_CASE("sqlite file: a container of a newer version is refused with both versions") {
    const scratch_folder folder;
    make_store(folder / "store.db");
    raw_sqlite{folder / "store.db"}.execute("pragma user_version = 2");
    for (const open_mode mode : all_modes)
        CHECK(says(refusal_of<incompatible_store>(folder / "store.db", mode), "at version 2, this program knows 1"));
    CHECK(raw_sqlite{folder / "store.db"}.text("pragma user_version") == "2");
}

TEST_CASE("sqlite file: tables of a newer version are refused by the component's name") {
    const scratch_folder folder;
    const testing::manual_clock time;
    testing::sequential_ids ids;
    make_store(folder / "store.db");
    raw_sqlite{folder / "store.db"}.execute("update foldline_components set version = 3");
    for (const open_mode mode : all_modes) {
        sqlite::database opened{folder / "store.db", {.mode = mode}};
        const auto refusal = [](const std::function<void()>& open) -> std::string {
            try {
                open();
            } catch (const incompatible_store& refused) {
                return refused.what();
            }
            return "it was opened";
        };
        CHECK(says(refusal([&] {
                       sqlite::sqlite_event_store{opened, time, ids};
                   }),
                   "eventstore tables are at version 3, this program knows 2"));
        CHECK(says(refusal([&] { sqlite::sqlite_snapshot_store{opened}; }),
                   "snapshots tables are at version 3, this program knows 1"));
    }
    CHECK(raw_sqlite{folder / "store.db"}.text("select min(version) from foldline_components") == "3");
}

TEST_CASE("sqlite file: an empty one becomes a store only where one may be made") {
    const scratch_folder folder;
    write(folder / "empty.db", "");
    for (const open_mode mode : {open_mode::existing, open_mode::read_only}) {
        CHECK(says(refusal_of<incompatible_store>(folder / "empty.db", mode), "is empty"));
        CHECK(std::filesystem::file_size(folder / "empty.db") == 0);
    }
    CHECK(refusal_of<incompatible_store>(folder / "empty.db", open_mode::create) == "it was opened");
    CHECK(refusal_of<incompatible_store>(folder / "empty.db", open_mode::existing) == "it was opened");
}

TEST_CASE("sqlite file: a reader does not make tables that nobody has made yet") {
    const scratch_folder folder;
    const testing::manual_clock time;
    testing::sequential_ids ids;
    { const sqlite::database made{folder / "store.db"}; }
    sqlite::database opened{folder / "store.db", {.mode = open_mode::read_only}};
    CHECK_THROWS_AS((sqlite::sqlite_event_store{opened, time, ids}), incompatible_store);
    CHECK_THROWS_AS(sqlite::sqlite_snapshot_store{opened}, incompatible_store);
    CHECK(raw_sqlite{folder / "store.db"}.text("select count(*) from sqlite_schema where type = 'table'") == "1");
}

TEST_CASE("sqlite file: who wants to write alone hears who writes, and keeps all others out") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    const auto refusal = [&](sqlite::writers who) -> std::string {
        try {
            const sqlite::database opened{path, {.who = who}};
        } catch (const store_in_use& refused) {
            return refused.what();
        }
        return "it was opened";
    };
    {
        const sqlite::database alone{path, {.who = sqlite::writers::one}};
        for (const auto who : {sqlite::writers::several, sqlite::writers::one}) {
            CHECK(says(refusal(who), path.string()));
            CHECK(says(refusal(who), "process " + std::to_string(::getpid()) + ","));
        }
        CHECK(refusal_of<store_in_use>(path, open_mode::read_only) == "it was opened");
    }
    {
        const sqlite::database one_of_several{path};
        CHECK(says(refusal(sqlite::writers::one), path.string()));
        CHECK(refusal(sqlite::writers::several) == "it was opened");
    }
    CHECK(refusal(sqlite::writers::one) == "it was opened");
}

TEST_CASE("sqlite file: a writer that waits too long hears who holds it up, and stores nothing") {
    const scratch_folder folder;
    sqlite::database slow{folder / "store.db"};
    sqlite::database waiting{folder / "store.db", {.lock_timeout = std::chrono::milliseconds{1}}};
    {
        const sqlite::write_lease held = slow.lease_writer();
        try {
            (void)waiting.lease_writer();
            FAIL("both have the right to write");
        } catch (const storage_error& late) {
            CHECK(late.outcome == write_outcome::nothing_stored);
            CHECK(says(late.what(), "process " + std::to_string(::getpid())));
        }
    }
    CHECK_NOTHROW((void)waiting.lease_writer());
}

TEST_CASE("sqlite file: a reader that never ends cannot make the write-ahead log grow without bound") {
    const scratch_folder folder;
    constexpr int most_pages = 200;
    sqlite::database file{folder / "store.db",
                          {.durable = sqlite::durability::off, .checkpoint_pages = 20, .most_log_pages = most_pages}};
    const testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::sqlite_event_store store{file, time, ids};
    event_data event;
    event.type = {"thing-done", 1};
    event.payload = std::string(3'000, 'x');
    const auto append = [&] {
        (void)store.append(append_request::to({"thing", "1"}, expected_version::any(), {event}));
    };
    append();

    const auto reader = file.open_reader();
    reader->execute("begin; select * from log_events");  // house rule: BEGIN reads
    int stored = 1;
    try {
        for (;; ++stored) append();
    } catch (const storage_error& full) {
        CHECK(full.outcome == write_outcome::nothing_stored);
        CHECK(says(full.what(), "reader"));
    }
    CHECK(stored > most_pages / 10);
    CHECK(std::filesystem::file_size(folder / "store.db-wal") < 2U * most_pages * 4096U);
    reader->execute("rollback");
    append();
    CHECK(store.head().value == stored + 1);
}

TEST_CASE("sqlite file: one that is only read gives no lease to write") {
    const scratch_folder folder;
    make_store(folder / "store.db");
    sqlite::database opened{folder / "store.db", {.mode = open_mode::read_only}};
    CHECK(opened.is_read_only());
    CHECK_THROWS_AS((void)opened.lease_writer(), storage_error);
    CHECK_THROWS_AS(opened.open_reader()->execute("create table mine (a)"), storage_error);
    CHECK_FALSE(std::filesystem::exists(folder / "store.db-journal"));
}
