// Files that no store wrote, or that something happened to: each is refused with an error of foldline's own that names
// it, and is left as it was; or it is a store, and then it holds what one held.

#include "attack_line.hpp"
#include "ledger.hpp"
#include "sqlite_world.hpp"

#include "sqlite/raw_sqlite.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;
namespace fs = std::filesystem;
using sqlite::open_mode;

constexpr open_mode all_modes[] = {open_mode::create, open_mode::existing, open_mode::read_only};

std::string content_of(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}
void write(const fs::path& file, std::string_view bytes) {
    std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}
void remove_beside(const fs::path& file) {
    for (const char* end : {"-wal", "-shm", "-lock"}) fs::remove_all(file.string() + end);
}

/// What was asked of a store, line by line, and how it ended.
struct answer {
    std::vector<std::string> events;
    std::string error;  ///< empty if there was none
};

std::string line_of(const event_view& event) {
    return fmt::format("{} {} {} {} {}", event.stream.to_string(), event.version.value, event.position.value,
                       event.id.to_string(), event.payload);
}

/// Opens a file as a store and reads everything in it. Errors of another kind than foldline's leave it.
answer read_all(const fs::path& file, open_mode mode) {
    answer found;
    testing::manual_clock clock;
    testing::sequential_ids ids;
    try {
        sqlite::database database{file, {.mode = mode, .durable = sqlite::durability::off}};
        const sqlite::sqlite_event_store store{database, clock, ids};
        read_query query = read_query::all();
        for (bool at_end = false; !at_end;) {
            const page page = store.read(query, batch_limit{5},
                                         [&](const event_view& event) { found.events.push_back(line_of(event)); });
            at_end = page.at_end;
            query = query.from(page);
        }
    } catch (const error& failed) {
        found.error = failed.what();
    }
    return found;
}

/// A closed store of 12 appends in pages of 512 bytes.
std::string image_of_a_store(const fs::path& file) {
    raw_sqlite{file}.execute("pragma page_size = 512; vacuum");
    sqlite_world world{file};
    ledger appends;
    event_store& store = world.open({}, sqlite::durability::off);
    for (int number = 0; number < 12; ++number) appends.append(store, number);
    world.close();
    remove_beside(file);
    return content_of(file);
}

bool is_beginning_of(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
    return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

/// A folder that is the current one for a while, for names that mean something only without a path.
class current_folder {
public:
    explicit current_folder(const fs::path& folder) : before_(fs::current_path()) { fs::current_path(folder); }
    current_folder(const current_folder&) = delete;
    current_folder& operator=(const current_folder&) = delete;
    ~current_folder() { fs::current_path(before_); }

private:
    fs::path before_;
};

void make_socket(const fs::path& file) {
    const int made = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    REQUIRE(file.string().size() < sizeof name.sun_path);
    file.string().copy(name.sun_path, sizeof name.sun_path - 1);
    REQUIRE(::bind(made, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
    ::close(made);
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("hostile file: what is no store is refused by name in every mode, and left as it was") {
        struct intruder {
            const char* what;
            std::function<void(const fs::path&)> make;
        };
        scratch_folder folder;
        const fs::path sound = folder / "sound.db";
        const std::string image = image_of_a_store(sound);
        const intruder intruders[] = {
            {"one byte", [](const fs::path& at) { write(at, "x"); }},
            {"one byte less than a page", [&](const fs::path& at) { write(at, image.substr(0, 511)); }},
            {"zeros", [](const fs::path& at) { write(at, std::string(4096, '\0')); }},
            {"a text", [](const fs::path& at) { write(at, std::string(5'000, 'a')); }},
            {"only the header",
             [&](const fs::path& at) { write(at, image.substr(0, 100) + std::string(4'000, '\xFF')); }},
            {"a header of another make", [&](const fs::path& at) { write(at, "SQLite format 2" + image.substr(15)); }},
            {"another application's", [](const fs::path& at) { raw_sqlite{at}.execute("create table notes (text)"); }},
            {"a newer container's",
             [&](const fs::path& at) {
                 write(at, image);
                 raw_sqlite{at}.execute("pragma user_version = 2");
             }},
            {"newer tables'",
             [&](const fs::path& at) {
                 write(at, image);
                 raw_sqlite{at}.execute("update foldline_components set version = 99");
             }},
            {"a directory", [](const fs::path& at) { fs::create_directory(at); }},
            {"a link", [&](const fs::path& at) { fs::create_symlink(sound, at); }},
            {"a link to nothing", [](const fs::path& at) { fs::create_symlink("nothing", at); }},
            {"a link to itself", [](const fs::path& at) { fs::create_symlink(at.filename(), at); }},
            {"a pipe", [](const fs::path& at) { REQUIRE(::mkfifo(at.c_str(), 0600) == 0); }},
            {"a socket", [](const fs::path& at) { make_socket(at); }},
            {"writable by anyone",
             [&](const fs::path& at) {
                 write(at, image);
                 fs::permissions(at, fs::perms::others_write, fs::perm_options::add);
             }},
        };
        attack_line line{"hostile file: no store"};
        for (const intruder& one : intruders)
            for (const open_mode mode : all_modes) {
                CAPTURE(std::string{one.what});
                CAPTURE(static_cast<int>(mode));
                const fs::path at = folder / "s.db";
                one.make(at);
                const auto kind = fs::symlink_status(at).type();
                const bool is_plain = kind == fs::file_type::regular;
                const std::string before = is_plain ? content_of(at) : "";

                const answer refused = read_all(at, mode);
                const bool is_as_it_was =
                    fs::symlink_status(at).type() == kind && (!is_plain || content_of(at) == before);
                line.add("files");
                line.found.wrong += !refused.error.empty() && refused.events.empty() && is_as_it_was ? 0 : 1;
                CHECK(refused.error.find(at.string()) != std::string::npos);
                CHECK(refused.events.empty());
                CHECK(is_as_it_was);
                fs::remove_all(at);
                remove_beside(at);
            }
        CHECK(content_of(sound) == image);
    }

    TEST_CASE("hostile file: a place where no file can be is told, and nothing is made there") {
        scratch_folder folder;
        attack_line line{"hostile file: no place"};
        write(folder / "file", "x");
        for (const fs::path& place :
             {fs::path{}, folder / "no such folder/s.db", folder / "file/s.db", folder / std::string(300, 'n'),
              folder / (std::string(5'000, '/') + "s.db" + std::string(300, 'n')), fs::path{"/dev/null"},
              fs::path{"/proc/self/mem"}})
            for (const open_mode mode : all_modes) {
                CAPTURE(place.string().substr(0, 60));
                CAPTURE(static_cast<int>(mode));
                const bool is_told = !read_all(place, mode).error.empty();
                line.add("places");
                line.found.wrong += is_told ? 0 : 1;
                CHECK(is_told);
            }
        CHECK(std::distance(fs::directory_iterator{folder.path()}, {}) == 1);
    }

    TEST_CASE("hostile file: names that mean something to SQLite are names of files here") {
        scratch_folder folder;
        const current_folder here{folder.path()};
        const std::string image = image_of_a_store("victim.db");
        attack_line line{"hostile file: names"};
        for (const char* name : {":memory:", "file:victim.db", "file:victim.db?mode=rwc", "file:%76ictim.db",
                                 "a?b#c%20", "'; drop table log_events; --", "-", "--help", " ", "..."}) {
            CAPTURE(std::string{name});
            sqlite_world world{name};
            ledger appends;
            appends.append(world.open({}, sqlite::durability::off), 0);
            world.close();
            CHECK(fs::file_size(name) > 0);
            CHECK(content_of("victim.db") == image);
            // Another object finds in the file what this one left there.
            const disagreement found = appends.compare(world.open({}, sqlite::durability::off));
            line.add("names");
            line.found += found;
            CHECK(found.to_string() == disagreement{}.to_string());
        }
    }

    TEST_CASE("hostile file: a name with a zero in it is refused, not cut short") {
        scratch_folder folder;
        const fs::path sound = folder / "sound.db";
        const std::string image = image_of_a_store(sound);
        attack_line line{"hostile file: a zero in the name"};
        for (const open_mode mode : all_modes) {
            CAPTURE(static_cast<int>(mode));
            const bool is_refused = !read_all(sound.string() + '\0' + "beyond", mode).error.empty();
            line.add("names");
            line.found.wrong += is_refused ? 0 : 1;
            CHECK(is_refused);
            CHECK(content_of(sound) == image);
        }
    }

    TEST_CASE("hostile file: a store that was cut off anywhere is refused, or hands out a beginning of what it held") {
        attack_line line{"hostile file: cut off"};
        auto& random = line.random();
        scratch_folder folder;
        const fs::path file = folder / "s.db";
        const std::string image = image_of_a_store(file);
        const auto whole = read_all(file, open_mode::read_only);
        REQUIRE(whole.error.empty());
        REQUIRE(whole.events.size() >= 30);

        std::set<std::size_t> lengths;
        for (std::size_t at = 0; at < image.size(); at += 512) lengths.insert(at);
        const std::size_t others = is_full_run() ? image.size() : 60;
        for (std::size_t i = 0; i < others; ++i) lengths.insert(is_full_run() ? i : random() % image.size());
        lengths.erase(0);  // an empty file is one in which a store may be made
        for (const std::size_t length : lengths)
            for (const open_mode mode : all_modes) {
                CAPTURE(length);
                CAPTURE(static_cast<int>(mode));
                write(file, std::string_view{image}.substr(0, length));
                remove_beside(file);
                const auto found = read_all(file, mode);
                const bool is_right = is_beginning_of(found.events, whole.events) &&
                                      (!found.error.empty() || found.events.size() == whole.events.size());
                line.add("files");
                line.add("refused", found.error.empty() ? 0 : 1);
                line.found.wrong += is_right ? 0 : 1;
                CHECK(is_right);
            }
        CHECK(line.count("refused") > 0);
    }

    TEST_CASE("hostile file: whatever lies beside a store, it is opened whole or refused") {
        struct company {
            const char* what;
            const char* end;
            std::function<void(const fs::path&)> make;
        };
        const auto garbage = [](const fs::path& at) { write(at, std::string(100'000, 'g')); };
        const auto nothing = [](const fs::path& at) { write(at, ""); };
        const auto folder_there = [](const fs::path& at) { fs::create_directories(at / "in it"); };
        const auto pipe = [](const fs::path& at) { REQUIRE(::mkfifo(at.c_str(), 0600) == 0); };
        scratch_folder folder;
        const fs::path victim = folder / "victim";
        const auto link = [&](const fs::path& at) { fs::create_symlink(victim, at); };
        const company companies[] = {
            {"log: garbage", "-wal", garbage},       {"log: empty", "-wal", nothing},
            {"log: a folder", "-wal", folder_there}, {"log index: garbage", "-shm", garbage},
            {"log index: empty", "-shm", nothing},   {"log index: a folder", "-shm", folder_there},
            {"lock: garbage", "-lock", garbage},     {"lock: a folder", "-lock", folder_there},
            {"lock: a link", "-lock", link},         {"lock: a pipe", "-lock", pipe},
            {"log: a pipe", "-wal", pipe},           {"journal: garbage", "-journal", garbage},
        };
        const fs::path file = folder / "s.db";
        const std::string image = image_of_a_store(file);
        const auto whole = read_all(file, open_mode::read_only);
        attack_line line{"hostile file: company"};
        for (const company& beside : companies)
            for (const open_mode mode : all_modes) {
                CAPTURE(std::string{beside.what});
                CAPTURE(static_cast<int>(mode));
                write(file, image);
                remove_beside(file);
                fs::remove_all(file.string() + "-journal");
                write(victim, "somebody's");
                beside.make(file.string() + beside.end);

                const answer found = read_all(file, mode);
                const bool is_right = found.error.empty() ? found.events == whole.events : found.events.empty();
                line.add("files");
                line.add("refused", found.error.empty() ? 0 : 1);
                line.found.wrong += is_right ? 0 : 1;
                CHECK(is_right);
                CHECK(content_of(victim) == "somebody's");
                // Without its company it is what it was.
                remove_beside(file);
                fs::remove_all(file.string() + "-journal");
                CHECK(read_all(file, open_mode::read_only).events == whole.events);
            }
    }

    TEST_CASE("hostile file: a write-ahead log that was cut off anywhere leaves a beginning of the appends") {
        attack_line line{"hostile file: log cut off"};
        auto& random = line.random();
        scratch_folder folder;
        const fs::path file = folder / "s.db";
        std::string log;
        std::string rest;
        std::vector<std::string> whole;
        std::set<std::size_t> ends{0};  // how many events there were after each append
        {
            sqlite_world world{file};
            ledger appends;
            event_store& store = world.open({}, sqlite::durability::off);
            for (int number = 0; number < 12; ++number) {
                appends.append(store, number);
                ends.insert(static_cast<std::size_t>(store.head().value));
            }
            log = content_of(file.string() + "-wal");
            rest = content_of(file);
            whole = read_all(file, open_mode::read_only).events;
        }
        REQUIRE(whole.size() >= 30);
        constexpr std::size_t header = 32;
        constexpr std::size_t frame = 24 + 4096;
        std::set<std::size_t> lengths;
        for (std::size_t at = header; at < log.size(); at += frame) lengths.insert(at);
        const std::size_t others = is_full_run() ? 20'000 : 40;
        for (std::size_t i = 0; i < others; ++i) lengths.insert(random() % log.size());

        std::set<std::size_t> seen;
        const fs::path copy = folder / "copy.db";
        for (const std::size_t length : lengths)
            for (const open_mode mode : all_modes) {
                CAPTURE(length);
                CAPTURE(static_cast<int>(mode));
                remove_beside(copy);
                write(copy, rest);
                write(copy.string() + "-wal", std::string_view{log}.substr(0, length));
                const auto found = read_all(copy, mode);
                // An error is told where it was cut off before the store was made.
                const bool is_whole_append = !found.error.empty() || ends.contains(found.events.size());
                line.add("files");
                line.add("refused", found.error.empty() ? 0 : 1);
                line.found.half += is_whole_append ? 0 : 1;
                line.found.wrong += is_beginning_of(found.events, whole) ? 0 : 1;
                CHECK(is_whole_append);
                CHECK(is_beginning_of(found.events, whole));
                if (found.error.empty()) seen.insert(found.events.size());
            }
        line.add("beginnings met", std::ssize(seen));
        CHECK(seen.size() >= ends.size() - 1);
    }
}
