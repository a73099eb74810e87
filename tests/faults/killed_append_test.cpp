// A process that appends is killed at moments nobody chose, again and again, on one file; whatever it had acknowledged
// must be there, and the append it was at must be there whole or not at all.

#include "attack_line.hpp"
#include "ledger.hpp"
#include "planted_bug.hpp"
#include "sqlite_world.hpp"
#include "support/scratch_folder.hpp"
#include "support/seed.hpp"

#include <foldline/sqlite/verify.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;
using milliseconds = std::chrono::milliseconds;

constexpr int rounds_per_file = 10;  // comparing reads the whole file, so it must not grow for ever
constexpr int planted_acknowledgements = 1'000;

int kills_of_this_run() { return is_full_run() ? 10'000 : 300; }

/// What the child says of an append; small enough that a kill never leaves a part of it in the pipe.
struct acknowledgement {
    std::int64_t number;
    std::int64_t version;
    std::int64_t position;
};
static_assert(sizeof(acknowledgement) <= PIPE_BUF && std::is_trivially_copyable_v<acknowledgement>);

void send(int pipe, const acknowledgement& said) {
    if (::write(pipe, &said, sizeof said) != static_cast<ssize_t>(sizeof said)) ::_exit(8);
}

enum class acknowledges { after_append, before_append };

/// The life of the child: appends until it is killed.
[[noreturn]] void append_for_ever(const std::filesystem::path& file, int first, acknowledges when, int pipe) {
    try {
        sqlite_world world{file};
        event_store& store = world.open();
        for (int number = first;; ++number) {
            if (when == acknowledges::before_append) send(pipe, {number, 0, 0});
            const auto done = std::get<appended>(store.append(ledger::request(number)));
            if (when == acknowledges::after_append) send(pipe, {number, done.version.value, done.position.value});
        }
    } catch (...) {
        ::_exit(9);
    }
}

/// A child at work. No file is open in this process meanwhile: SQLite does not survive a fork.
class appending_child {
public:
    appending_child(const std::filesystem::path& file, int first, acknowledges when) {
        int ends[2] = {-1, -1};
        REQUIRE(::pipe(ends) == 0);
        process_ = ::fork();
        if (process_ == 0) {
            ::close(ends[0]);
            append_for_ever(file, first, when, ends[1]);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
        REQUIRE(process_ > 0);
    }
    appending_child(const appending_child&) = delete;
    appending_child& operator=(const appending_child&) = delete;
    ~appending_child() {
        ::close(pipe_);
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }

    /// Everything it acknowledged before it was killed, and what was still in the pipe.
    std::vector<acknowledgement> kill_after(milliseconds lifetime) {
        const auto end = std::chrono::steady_clock::now() + lifetime;
        for (;;) {
            const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
            if (left <= milliseconds{0}) break;
            pollfd readable{pipe_, POLLIN, 0};
            if (::poll(&readable, 1, static_cast<int>(left.count())) > 0 && !read_some()) break;
        }
        REQUIRE(::kill(process_, SIGKILL) == 0);
        while (read_some()) {}
        int status = 0;
        REQUIRE(::waitpid(process_, &status, 0) == process_);
        process_ = 0;
        REQUIRE_MESSAGE(WIFSIGNALED(status), "the child failed by itself, with status " << status);
        REQUIRE(WTERMSIG(status) == SIGKILL);
        return acknowledgements();
    }

private:
    /// Waits for bytes; false at the end of the pipe.
    bool read_some() {
        char buffer[4096];
        ssize_t count = 0;
        do count = ::read(pipe_, buffer, sizeof buffer);
        while (count < 0 && errno == EINTR);
        REQUIRE(count >= 0);
        bytes_.append(buffer, static_cast<std::size_t>(count));
        return count > 0;
    }

    std::vector<acknowledgement> acknowledgements() const {
        REQUIRE(bytes_.size() % sizeof(acknowledgement) == 0);
        std::vector<acknowledgement> all(bytes_.size() / sizeof(acknowledgement));
        if (!all.empty()) std::memcpy(all.data(), bytes_.data(), bytes_.size());
        return all;
    }

    pid_t process_ = 0;
    int pipe_ = -1;
    std::string bytes_;
};

/// One file through several kills, and what was said of it.
class killed_file {
public:
    killed_file() = default;
    explicit killed_file(const std::function<void(const std::filesystem::path&)>& make) { make(file_); }

    bool is_sound() const {
        const sqlite::database file{file_, {.mode = sqlite::open_mode::read_only}};
        return sqlite::verify(file).is_sound();
    }

    /// Gives how many appends the child acknowledged.
    int kill_one(milliseconds lifetime, acknowledges when) {
        const auto said = appending_child{file_, next_, when}.kill_after(lifetime);
        for (const acknowledgement& one : said) {
            REQUIRE(one.number == next_);
            appended result;
            result.version = stream_version{one.version};
            result.position = global_position{one.position};
            ledger_.note(next_++, told::stored, result);
        }
        ledger_.note(next_++, told::unknown);
        return static_cast<int>(said.size());
    }

    disagreement compare() const {
        sqlite_world world{file_};
        return ledger_.compare(world.open());
    }

private:
    scratch_folder folder_;
    std::filesystem::path file_ = folder_ / "store.db";
    ledger ledger_;
    int next_ = 0;
};

/// How long a child lives: at times it is still opening the file.
milliseconds lifetime(std::mt19937_64& random) {
    return milliseconds{std::uniform_int_distribution<int>{5, 120}(random)};
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("kill: a killed process loses no append that it acknowledged, and halves none") {
        const auto when = is_planted("ack_first") ? acknowledges::before_append : acknowledges::after_append;
        const int kills = kills_of_this_run();
        attack_line line{"kill: append"};
        std::unique_ptr<killed_file> file;
        for (int round = 0; round < kills; ++round) {
            CAPTURE(round);
            if (round % rounds_per_file == 0) file = std::make_unique<killed_file>();
            line.add("kills");
            line.add("acknowledged", file->kill_one(lifetime(line.random()), when));
            const disagreement found = file->compare();
            line.found += found;
            CHECK(found.to_string() == disagreement{}.to_string());
            // What one round broke would be counted again in every later one.
            if (found.total() > 0) file = std::make_unique<killed_file>();
        }
        CHECK(line.count("acknowledged") > 0);
    }

    TEST_CASE("kill: a killed process loses nothing of a store with a merged index, and no read of it") {
        const int kills = kills_of_this_run() / 10;
        attack_line line{"kill: append, merged index"};
        std::unique_ptr<killed_file> file;
        for (int round = 0; round < kills; ++round) {
            CAPTURE(round);
            if (round % rounds_per_file == 0) file = std::make_unique<killed_file>(make_merged_store);
            line.add("kills");
            line.add("acknowledged", file->kill_one(lifetime(line.random()), acknowledges::after_append));
            disagreement found = file->compare();
            found.wrong += file->is_sound() ? 0 : 1;
            line.found += found;
            CHECK(found.to_string() == disagreement{}.to_string());
            if (found.total() > 0) file = std::make_unique<killed_file>(make_merged_store);
        }
        CHECK(line.count("acknowledged") > 0);
    }

    TEST_CASE("kill: a process that acknowledges before it appends is found out") {
        std::mt19937_64 random{attack_seed()};
        int lost = 0;
        // Rounds in which the child did not come to its first append, on a busy machine, are no proof of anything.
        for (int acknowledged = 0; acknowledged < planted_acknowledgements && lost == 0;) {
            killed_file file;
            acknowledged += file.kill_one(lifetime(random), acknowledges::before_append);
            lost += file.compare().lost;
        }
        CHECK(lost > 0);
    }
}
