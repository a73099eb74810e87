// A store that another process writes to.

#include "support/scratch_folder.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

append_request note(std::string text) {
    event_data event;
    event.type = {"note-taken", 1};
    event.payload = std::move(text);
    return append_request::to({"note", "1"}, expected_version::any(), {event});
}

/// A process that opens the store, and appends a note whenever it is told to. No file is open in this process when it is
/// forked: SQLite does not survive that.
class writing_process {
public:
    explicit writing_process(const std::filesystem::path& file) {
        int orders[2];
        int answers[2];
        REQUIRE(::pipe(orders) == 0);
        REQUIRE(::pipe(answers) == 0);
        process_ = ::fork();
        if (process_ == 0) {
            ::close(orders[1]);
            ::close(answers[0]);
            write_notes(file, orders[0], answers[1]);
        }
        ::close(orders[0]);
        ::close(answers[1]);
        orders_ = orders[1];
        answers_ = answers[0];
        REQUIRE(process_ > 0);
        REQUIRE(is_answered());
    }
    writing_process(const writing_process&) = delete;
    writing_process& operator=(const writing_process&) = delete;
    ~writing_process() {
        kill();
        ::close(orders_);
        ::close(answers_);
    }

    [[nodiscard]] bool append() { return ::write(orders_, "a", 1) == 1 && is_answered(); }
    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
    }
    [[nodiscard]] pid_t id() const { return process_; }

private:
    [[noreturn]] static void write_notes(const std::filesystem::path& file, int orders, int answers) {
        try {
            system_clock clock;
            uuid_v7_source ids{clock};
            sqlite::database database{file};
            sqlite::sqlite_event_store store{database, clock, ids};
            char order = 0;
            do {
                if (order != 0) (void)store.append(note("by another"));
                if (::write(answers, "d", 1) != 1) ::_exit(8);
            } while (::read(orders, &order, 1) == 1);
        } catch (...) {
            ::_exit(9);
        }
        ::_exit(0);
    }
    [[nodiscard]] bool is_answered() const {
        char answer = 0;
        return ::read(answers_, &answer, 1) == 1;
    }

    pid_t process_ = 0;
    int orders_ = -1;
    int answers_ = -1;
};

}  // namespace

TEST_CASE("other process: a second writer is refused and told who writes, a reader sees what is committed") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    writing_process writer{path};
    REQUIRE(writer.append());
    try {
        const sqlite::database second{path};
        FAIL("two processes write");
    } catch (const store_in_use& refused) {
        CHECK(std::string(refused.what()).find("process " + std::to_string(writer.id()) + ";") != std::string::npos);
    }

    system_clock clock;
    uuid_v7_source ids{clock};
    sqlite::database beside{path, {.mode = sqlite::open_mode::read_only}};
    const sqlite::sqlite_event_store reader{beside, clock, ids};
    CHECK(reader.head() == global_position{1});
    REQUIRE(writer.append());
    CHECK(reader.head() == global_position{2});
    CHECK(reader.read(read_query::all(), batch_limit{10}, [](const event_view&) {}).events == 2);
}

TEST_CASE("other process: once it is killed, the next writer needs no help and goes on where it was") {
    const scratch_folder folder;
    const auto path = folder / "store.db";
    writing_process writer{path};
    REQUIRE(writer.append());
    REQUIRE(writer.append());
    writer.kill();

    system_clock clock;
    uuid_v7_source ids{clock};
    sqlite::database database{path};
    sqlite::sqlite_event_store store{database, clock, ids};
    CHECK(std::get<appended>(store.append(note("by this one"))).position == global_position{3});
}
