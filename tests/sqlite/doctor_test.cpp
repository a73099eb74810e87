#include <foldline/sqlite/doctor.hpp>

#include "lived_in_store.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;
using sqlite::diagnosis;
using sqlite::health;

/// The worst that was said of `what`.
diagnosis of(const std::vector<diagnosis>& all, const std::string& what) {
    diagnosis worst{health::good, what, "nothing was said", {}};
    for (const diagnosis& each : all)
        if (each.what == what && (each.state > worst.state || worst.found == "nothing was said")) worst = each;
    return worst;
}

diagnosis examined(const std::filesystem::path& file, const std::string& what) {
    return of(sqlite::examine(file), what);
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder})
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

TEST_CASE("doctor: a store in good surroundings is told so, and nothing is changed or made") {
    const lived_in_store world;
    const auto before = names_in(world.folder.path());
    const auto all = sqlite::examine(world.path());
    for (const char* what : {"file", "permissions", "directory", "name", "write-ahead log", "store"}) {
        CAPTURE(what);
        const diagnosis found = of(all, what);
        CHECK_MESSAGE(found.state == health::good, found.found);
        CHECK(found.found != "nothing was said");
        CHECK(found.advice.empty());
    }
    for (const char* what : {"SQLite", "file system", "free space"}) CHECK(of(all, what).found != "nothing was said");
    CHECK(names_in(world.folder.path()) == before);
}

TEST_CASE("doctor: whatever is not good comes with advice") {
    const lived_in_store world;
    for (const diagnosis& each : sqlite::examine(world.path()))
        if (each.state != health::good) CHECK_FALSE(each.advice.empty());
}

TEST_CASE("doctor: names the version of SQLite, and warns of one that may lose a commit") {
    const lived_in_store world;
    const diagnosis found = examined(world.path(), "SQLite");
    CHECK(found.found == sqlite3_libversion());
    const bool repaired = sqlite3_libversion_number() >= 3'051'003;
    if (repaired) CHECK(found.state == health::good);
    if (sqlite3_libversion_number() < 3'044'000) CHECK(found.state == health::warning);
}

TEST_CASE("doctor: a store that is open, with a log, opens") {
    lived_in_store world;
    (void)world.open().append(lived_in_store::request(11));
    CHECK(examined(world.path(), "store").state == health::good);
    CHECK(examined(world.path(), "write-ahead log").found.ends_with(" bytes"));
    // It goes on after the look as before.
    (void)world.store->append(lived_in_store::request(13));
}

TEST_CASE("doctor: what is no store is told, with the reason") {
    const scratch_folder folder;
    CHECK(examined(folder / "absent.db", "file").state == health::bad);
    CHECK(examined(folder.path(), "file").found == "a directory");
    std::ofstream{folder / "notes.txt"} << std::string(600, 'x');
    CHECK(examined(folder / "notes.txt", "store").state == health::bad);
    std::ofstream{folder / "empty.db"};
    CHECK(examined(folder / "empty.db", "store").state == health::bad);
    raw_sqlite{folder / "other.db"}.execute("create table t (x)");
    CHECK(examined(folder / "other.db", "store").found == "it is no Foldline store");
}

TEST_CASE("doctor: a symbolic link is bad, and a second name is a warning") {
    const lived_in_store world;
    std::filesystem::create_symlink(world.path(), world.folder / "link.db");
    CHECK(examined(world.folder / "link.db", "file").state == health::bad);
    std::filesystem::create_hard_link(world.path(), world.folder / "second.db");
    CHECK(examined(world.path(), "file").state == health::warning);
    CHECK(examined(world.path(), "file").found == "it has 2 names");
}

TEST_CASE("doctor: rights that others have on the file, or on what lies beside it, are told") {
    lived_in_store world;
    REQUIRE(::chmod(world.path().c_str(), 0644) == 0);
    CHECK(examined(world.path(), "permissions").state == health::warning);
    REQUIRE(::chmod(world.path().c_str(), 0602) == 0);
    CHECK(examined(world.path(), "permissions").state == health::bad);
    REQUIRE(::chmod(world.path().c_str(), 0600) == 0);
    CHECK(examined(world.path(), "permissions").state == health::good);

    world.open();
    const std::string log = world.path().string() + "-wal";
    REQUIRE(::chmod(log.c_str(), 0666) == 0);
    CHECK(examined(world.path(), "permissions").found.starts_with("store.db-wal: mode 0666"));
    CHECK(examined(world.path(), "permissions").state == health::bad);
}

TEST_CASE("doctor: a folder whose files anyone may replace is told") {
    const lived_in_store world;
    REQUIRE(::chmod(world.folder.path().c_str(), 0777) == 0);
    CHECK(examined(world.path(), "directory").state == health::warning);
    REQUIRE(::chmod(world.folder.path().c_str(), 01777) == 0);
    CHECK(examined(world.path(), "directory").state == health::good);
}

TEST_CASE("doctor: a process that writes to a file which has lost its name is found") {
    lived_in_store world;
    world.open();
    CHECK(examined(world.path(), "name").state == health::good);
    std::filesystem::copy_file(world.path(), world.folder / "other.db");
    std::filesystem::remove(world.path());
    std::filesystem::rename(world.folder / "other.db", world.path());
    const diagnosis found = examined(world.path(), "name");
    CHECK(found.state == health::bad);
    CHECK(found.found.starts_with("process " + std::to_string(::getpid()) + " "));
    world.close();
    CHECK(examined(world.path(), "name").state == health::good);
}

TEST_CASE("doctor: a log that has grown out of proportion is a warning") {
    const lived_in_store world;
    const std::string log = world.path().string() + "-wal";
    std::ofstream{log}.put('\0');
    std::filesystem::resize_file(log, 65U << 20U);
    CHECK(examined(world.path(), "write-ahead log").state == health::warning);
    std::filesystem::resize_file(log, 63U << 20U);
    CHECK(examined(world.path(), "write-ahead log").state == health::good);
}

TEST_CASE("doctor: a rebuild and a copy that were not ended are named") {
    const lived_in_store world;
    std::ofstream{world.path().string() + ".sales.rebuild"};
    std::ofstream{world.path().string() + ".partial"};
    CHECK(examined(world.path(), "rebuild").found == "store.db.sales.rebuild");
    CHECK(examined(world.path(), "copy").found == "store.db.partial");
}
