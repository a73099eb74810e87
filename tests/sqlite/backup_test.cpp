#include <foldline/sqlite/backup.hpp>

#include "faults/fault_vfs.hpp"
#include "lived_in_store.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/projector.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

std::vector<std::string> events_of(const event_store& store) {
    std::vector<std::string> lines;
    (void)store.read(read_query::all(), batch_limit{1'000'000}, [&](const event_view& event) {
        lines.push_back(std::to_string(event.position.value) + " " + event.id.to_string() + " " +
                        event.stream.to_string() + " " + std::string(event.payload));
    });
    return lines;
}

/// A store that is opened for reading only, and what it says.
struct reader_of {
    explicit reader_of(const std::filesystem::path& path)
        : file(path, {.mode = sqlite::open_mode::read_only}), store(file, time, ids) {}
    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file;
    sqlite::sqlite_event_store store;
};

std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder})
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

/// A folder that only backups go to.
struct shelf {
    scratch_folder folder;
    [[nodiscard]] std::filesystem::path backup() const { return folder / "backup.db"; }
    [[nodiscard]] bool is_empty() const { return names_in(folder.path()).empty(); }
};

/// Makes the store longer than one step of a copy.
void add_large_events(event_store& store) {
    for (int i = 0; i < 3; ++i) {
        event_data event;
        event.type = {"noted", 2};
        event.payload = std::string(900'000, 'l');
        (void)store.append(append_request::to({"note", "large"}, expected_version::any(), {event}));
    }
}

void damage(const lived_in_store& world) {
    raw_sqlite raw{world.path()};
    raw.execute(std::string(without_guards) + "update log_events set payload = x'00' where position = 3;" +
                with_guards);
}

}  // namespace

TEST_CASE("backup: is one file of its owner's that holds every event, and is sound") {
    lived_in_store world;
    const shelf shelf;
    auto& store = world.open();
    const auto done = sqlite::back_up(*world.file, shelf.backup());
    CHECK(done.head == store.head());
    CHECK(done.events == lived_in_store::events);
    CHECK(done.bytes == std::filesystem::file_size(shelf.backup()));

    const reader_of backup{shelf.backup()};
    CHECK(events_of(backup.store) == events_of(store));
    CHECK(backup.store.identity() == store.identity());
    CHECK(sqlite::verify(backup.file).is_sound());
    CHECK(names_in(shelf.folder.path()) == std::vector<std::string>{"backup.db"});
    struct stat status {};
    REQUIRE(::stat(shelf.backup().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600U);
    CHECK(raw_sqlite{shelf.backup()}.text("pragma journal_mode") == "delete");
}

TEST_CASE("backup: of a store that is open elsewhere, with events in the log only") {
    lived_in_store world;
    const shelf shelf;
    auto& store = world.open();
    (void)store.append(lived_in_store::request(11));
    const sqlite::database other{world.path(), {.mode = sqlite::open_mode::read_only}};
    CHECK(sqlite::back_up(other, shelf.backup()).head == store.head());
}

TEST_CASE("backup: while two threads append it holds what was there at one moment; restored it goes on from there") {
    lived_in_store world;
    const shelf shelf;
    auto& store = world.open();
    add_large_events(store);
    std::atomic<bool> done = false;
    std::atomic<std::int64_t> appended = 0;
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 2; ++writer)
        writers.emplace_back([&] {
            while (!done) {
                (void)store.append(lived_in_store::request(101));  // an odd one: foldline gives the ids
                ++appended;
                appended.notify_all();
            }
        });
    for (int round = 0; round < 5; ++round) {
        appended.wait(appended);
        const auto backup = shelf.folder / ("backup-" + std::to_string(round));
        const auto restored = shelf.folder / ("restored-" + std::to_string(round));
        const auto head_before = store.head();
        std::int64_t appended_meanwhile = 0;
        const auto made = sqlite::back_up(*world.file, backup, [&](const auto& now) {
            // The copy is not begun anew, though others commit between its steps.
            if (now.done * 2 < now.all) appended.wait(appended), ++appended_meanwhile;
        });
        CHECK(appended_meanwhile > 0);
        CHECK(made.head >= head_before);
        const auto again = sqlite::restore(backup, restored, world.ids);
        CHECK(again.head == made.head);

        auto source = events_of(store);
        REQUIRE(source.size() > static_cast<std::size_t>(made.events));
        source.resize(static_cast<std::size_t>(made.events));
        CHECK(events_of(reader_of{backup}.store) == source);
        CHECK(events_of(reader_of{restored}.store) == source);
    }
    done = true;
    for (auto& writer : writers) writer.join();
}

TEST_CASE("backup: foreign commits between the steps neither restart the copy nor get into it") {
    lived_in_store world;
    const shelf shelf;
    auto& store = world.open();
    add_large_events(store);
    const auto head = store.head();
    std::vector<sqlite::work_progress> told;
    const auto done = sqlite::back_up(*world.file, shelf.backup(), [&](const auto& now) {
        told.push_back(now);
        (void)store.append(lived_in_store::request(101));
        (void)world.file->lease_writer().db().integer("pragma wal_checkpoint(passive)");
    });
    CHECK(done.head == head);
    REQUIRE(told.size() > 3);
    for (std::size_t i = 1; i < told.size(); ++i) CHECK(told[i].done >= told[i - 1].done);
    CHECK(told.back().done == told.back().all);
    // Each step was made once.
    CHECK(told.front().done >= 1'000);
    CHECK(told.size() <= done.bytes / 512 / 1'024 + 3);
}

TEST_CASE("backup: never takes the place of a file, nor a name whose log or journal is still there") {
    lived_in_store world;
    world.open();
    for (const char* taken : {"backup.db", "backup.db-wal", "backup.db-journal", "backup.db-shm"}) {
        CAPTURE(taken);
        const shelf shelf;
        std::ofstream{shelf.folder / taken} << "precious";
        CHECK_THROWS_AS(sqlite::back_up(*world.file, shelf.backup()), storage_error);
        CHECK(names_in(shelf.folder.path()) == std::vector<std::string>{taken});
        CHECK(std::filesystem::file_size(shelf.folder / taken) == 8);
    }
    const shelf shelf;
    std::filesystem::create_symlink("nowhere", shelf.backup());
    CHECK_THROWS_AS(sqlite::back_up(*world.file, shelf.backup()), storage_error);
}

TEST_CASE("backup: a file that takes the name while the backup is made keeps it") {
    lived_in_store world;
    const shelf shelf;
    world.open();
    CHECK_THROWS_AS(
        sqlite::back_up(*world.file, shelf.backup(), [&](const auto&) { std::ofstream{shelf.backup()} << "precious"; }),
        storage_error);
    CHECK(names_in(shelf.folder.path()) == std::vector<std::string>{"backup.db"});
    CHECK(std::filesystem::file_size(shelf.backup()) == 8);
}

TEST_CASE("backup: of a damaged store there is none, and the first finding says why") {
    lived_in_store world;
    const shelf shelf;
    damage(world);
    const sqlite::database file{world.path(), {.mode = sqlite::open_mode::read_only}};
    try {
        sqlite::back_up(file, shelf.backup());
        FAIL("a damaged store was backed up");
    } catch (const corrupt_data& found) {
        CHECK(std::string(found.what()).find("event 3 (till-1 @1): its checksum") != std::string::npos);
    }
    CHECK(shelf.is_empty());
}

TEST_CASE("backup: what the report throws ends it, and nothing is left") {
    lived_in_store world;
    const shelf shelf;
    world.open();
    CHECK_THROWS_AS(sqlite::back_up(*world.file, shelf.backup(), [](const auto&) { throw std::logic_error("no"); }),
                    std::logic_error);
    CHECK(shelf.is_empty());
    CHECK(sqlite::back_up(*world.file, shelf.backup()).events == lived_in_store::events);
}

TEST_CASE("backup: two of one name do not mix, and what a killed one left is replaced") {
    lived_in_store world;
    const shelf shelf;
    world.open();
    const auto partial = shelf.backup().string() + ".partial";
    std::ofstream{partial} << "half a backup";
    const int other = ::open(partial.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(::flock(other, LOCK_EX | LOCK_NB) == 0);
    CHECK_THROWS_AS(sqlite::back_up(*world.file, shelf.backup()), store_in_use);
    CHECK(std::filesystem::file_size(partial) == 13);
    ::close(other);  // as a killed process does
    CHECK(sqlite::back_up(*world.file, shelf.backup()).events == lived_in_store::events);
    CHECK(names_in(shelf.folder.path()) == std::vector<std::string>{"backup.db"});

    const auto second = shelf.folder / "second.db";
    CHECK_THROWS_AS(sqlite::back_up(*world.file, second,
                                    [&](const auto&) {
                                        CHECK_THROWS_AS(sqlite::back_up(*world.file, second), store_in_use);
                                        throw std::logic_error("enough");
                                    }),
                    std::logic_error);
}

TEST_CASE("restore: makes a store of another history that goes on, and refuses the old one's checkpoints") {
    lived_in_store world;
    const shelf shelf;
    auto& store = world.open();
    sql_projection sales = sales_projection();
    model_file models;
    projector{store, models.models(), sales}.run_batch();
    sqlite::back_up(*world.file, shelf.backup());

    const auto to = shelf.folder / "restored.db";
    const auto done = sqlite::restore(shelf.backup(), to, world.ids);
    CHECK(done.events == lived_in_store::events);
    CHECK(names_in(shelf.folder.path()) == std::vector<std::string>{"backup.db", "restored.db"});
    CHECK(reader_of{to}.store.identity().history != store.identity().history);

    sqlite::database file{to, {.mode = sqlite::open_mode::existing, .durable = sqlite::durability::off}};
    sqlite::sqlite_event_store restored{file, world.time, world.ids};
    CHECK(restored.identity().store == store.identity().store);
    CHECK(restored.identity().history != store.identity().history);
    CHECK(events_of(restored) == events_of(store));
    CHECK(std::get<appended>(restored.append(lived_in_store::request(11))).position == done.head.next(2));
    CHECK(sqlite::verify(file).is_sound());
    CHECK_THROWS_AS((projector{restored, models.models(), sales}.run_batch()), incompatible_store);
    // The backup itself is as it was.
    CHECK(reader_of{shelf.backup()}.store.identity() == store.identity());
}

TEST_CASE("restore: from nothing, from what is no store, from a damaged backup, and over a file, is refused") {
    lived_in_store world;
    const shelf shelf;
    const auto to = shelf.folder / "restored.db";
    CHECK_THROWS_AS(sqlite::restore(shelf.backup(), to, world.ids), store_not_found);
    CHECK(shelf.is_empty());

    const auto text = world.folder / "notes.txt";
    std::ofstream{text} << std::string(600, 'x');
    CHECK_THROWS_AS(sqlite::restore(text, to, world.ids), incompatible_store);
    const auto models = world.folder / "models.db";
    { const sqlite::database holds_no_events{models}; }
    CHECK_THROWS_AS(sqlite::restore(models, to, world.ids), incompatible_store);
    CHECK(shelf.is_empty());

    damage(world);
    CHECK_THROWS_AS(sqlite::restore(world.path(), to, world.ids), corrupt_data);
    CHECK(shelf.is_empty());

    CHECK_THROWS_AS(sqlite::restore(lived_in_store{}.path(), world.path(), world.ids), storage_error);
}

TEST_SUITE("faults") {
    TEST_CASE("backup: a disk that is full or fails at any write leaves no backup, and the store as it was") {
        fault_vfs::install();
        for (const disk_fault fault : {disk_fault::disk_full, disk_fault::write_error, disk_fault::half_write}) {
            lived_in_store world;
            const shelf shelf;
            sqlite::database file{world.path(), {.durable = sqlite::durability::off, .vfs = fault_vfs::name}};
            int failed = 0;
            for (std::int64_t nth = 1;; ++nth) {
                CAPTURE(nth);
                fault_vfs::arm(fault, nth, fault_vfs::length::from_then_on);
                bool made = false;
                try {
                    sqlite::back_up(file, shelf.backup());
                    made = true;
                } catch (const storage_error&) {
                    ++failed;
                }
                const bool fired = fault_vfs::fired();
                fault_vfs::disarm();
                CHECK(made == !fired);
                if (made) break;
                CHECK(shelf.is_empty());
            }
            CHECK(failed > 10);
            CHECK(events_of(reader_of{shelf.backup()}.store).size() == lived_in_store::events);
            CHECK(sqlite::verify(file).is_sound());
        }
    }

    TEST_CASE("backup: a process that is killed while it makes one leaves none, or a sound one") {
        lived_in_store world;
        const shelf shelf;
        add_large_events(world.open());
        world.close();
        int kills = 0;
        for (int nth = 1;; ++nth, ++kills) {
            CAPTURE(nth);
            // Nothing of SQLite is open here: it does not survive a fork.
            const pid_t child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                int reports = 0;
                try {
                    const sqlite::database file{world.path(), {.mode = sqlite::open_mode::read_only}};
                    sqlite::back_up(file, shelf.backup(), [&](const auto&) {
                        if (++reports == nth) ::raise(SIGKILL);
                    });
                } catch (...) {
                    ::_exit(9);
                }
                ::_exit(0);
            }
            int status = 0;
            REQUIRE(::waitpid(child, &status, 0) == child);
            if (WIFEXITED(status)) {
                CHECK(WEXITSTATUS(status) == 0);
                break;
            }
            REQUIRE(WTERMSIG(status) == SIGKILL);
            CHECK_FALSE(std::filesystem::exists(shelf.backup()));
        }
        CHECK(kills >= 5);
        const reader_of backup{shelf.backup()};
        CHECK(sqlite::verify(backup.file).is_sound());
        CHECK(events_of(backup.store).size() == lived_in_store::events + 3);
        CHECK(names_in(shelf.folder.path()) == std::vector<std::string>{"backup.db"});
    }
}
