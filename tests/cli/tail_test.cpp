// `tail`, which follows a store until it is stopped: as a process of its own, since a signal is what stops it.

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "foldline_tests/shop/v1/order.pb.h"
#include "ran.hpp"
#include "sqlite/raw_sqlite.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;
using people::v1::PlanChanged;

void store_plan(club& members, const std::string& stream, const std::string& plan) {
    PlanChanged event;
    event.set_plan(plan);
    members.store(stream, event);
}

/// The command line in another process. No file is open in this one when it is forked: SQLite does not survive that.
class other_process {
public:
    explicit other_process(std::vector<std::string> arguments) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        process_ = ::fork();
        if (process_ == 0) {
            ::close(ends[0]);
            std::vector<const char*> argv{"foldline"};
            for (const std::string& each : arguments) argv.push_back(each.c_str());
            std::FILE* out = ::fdopen(ends[1], "w");
            ::_exit(cli::run(static_cast<int>(argv.size()), argv.data(), {}, {out, out}));
        }
        ::close(ends[1]);
        REQUIRE(process_ > 0);
        out_ = ::fdopen(ends[0], "r");
    }
    other_process(const other_process&) = delete;
    other_process& operator=(const other_process&) = delete;
    ~other_process() {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            ::waitpid(process_, nullptr, 0);
        }
        std::fclose(out_);
    }

    /// Whether something can be read, or the end is reached; looks for it for a moment.
    [[nodiscard]] bool has_written() const {
        pollfd waiting{::fileno(out_), POLLIN, 0};
        return ::poll(&waiting, 1, 20) > 0;
    }
    /// Waits for the next line; empty at the end.
    std::string line() {
        std::string text;
        for (int c = std::fgetc(out_); c != EOF && c != '\n'; c = std::fgetc(out_)) text += static_cast<char>(c);
        return text;
    }
    void interrupt() const { REQUIRE(::kill(process_, SIGINT) == 0); }
    /// Waits for the end; -1 if a signal was it.
    int exit_code() {
        int status = 0;
        REQUIRE(::waitpid(process_, &status, 0) == process_);
        process_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t process_ = 0;
    std::FILE* out_ = nullptr;
};

bool holds(const std::string& line, const std::string& words) { return line.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("tail: shows what is there and what comes, until it is interrupted") {
    club members;
    store_plan(members, "member-1", "first");
    other_process tail{{"tail", members.path()}};
    CHECK(holds(tail.line(), "first"));
    store_plan(members, "member-2", "second");
    CHECK(holds(tail.line(), "second"));
    tail.interrupt();
    CHECK(tail.line().empty());
    CHECK(tail.exit_code() == 130);
}

TEST_CASE("tail: from now on it shows only what comes") {
    club members;
    store_plan(members, "member-1", "first");
    store_plan(members, "team-1", "other");
    for (const auto& options : std::vector<std::vector<std::string>>{
             {"--from-now"}, {"--from-now", "--stream", "member-1"}, {"--from-now", "--category", "member"}}) {
        std::vector<std::string> arguments{"tail", members.path(), "--limit", "1", "--format", "ndjson"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        other_process tail{arguments};
        // Nobody outside sees when it has begun, and what is stored before that is not shown.
        while (!tail.has_written()) store_plan(members, "member-1", "later");
        CHECK(holds(tail.line(), "later"));
        CHECK(tail.exit_code() == 0);
    }
}

TEST_CASE("tail: after a position, and of a selection, as events are") {
    club members;
    for (const char* plan : {"one", "two", "three"}) store_plan(members, "member-1", plan);
    store_plan(members, "team-1", "four");
    const ran after{{"tail", members.path(), "--after", "2", "--limit", "1"}};
    CHECK(after.code == 0);
    CHECK(after.says("three"));
    CHECK_FALSE(after.says("two"));
    const ran of_stream{{"tail", members.path(), "--stream", "member-1", "--after", "1", "--limit", "2"}};
    CHECK(of_stream.says("two"));
    CHECK(of_stream.says("three"));
    CHECK(ran{{"tail", members.path(), "--category", "team", "--limit", "1"}}.says("four"));
}

TEST_CASE("tail: follows a store that has no lock file, too") {
    club members;
    store_plan(members, "member-1", "first");
    REQUIRE(std::filesystem::remove(members.path() + "-lock"));
    other_process tail{{"tail", members.path(), "--limit", "2"}};
    CHECK(holds(tail.line(), "first"));
    store_plan(members, "member-2", "second");
    CHECK(holds(tail.line(), "second"));
    CHECK(tail.exit_code() == 0);
}

TEST_CASE("tail: of one type it shows that, and passes the others") {
    club members;
    store_plan(members, "member-1", "first");
    other_process tail{{"tail", members.path(), "--type", "note-added", "--correlation", "request-7", "--limit", "1"}};
    store_plan(members, "member-1", "second");
    shop::v1::NoteAdded note;
    members.store("member-1", note);
    members.store("member-1", note, {.correlation_id = "request-7"});
    CHECK(holds(tail.line(), "member-1 @4"));
    CHECK(tail.exit_code() == 0);
}

TEST_CASE("tail: a position that this store never reached is of another one") {
    club members;
    store_plan(members, "member-1", "one");
    CHECK(ran{{"tail", members.path(), "--after", "99"}}.code == 5);
}

TEST_CASE("tail: a damaged event ends it") {
    club members;
    store_plan(members, "member-1", "genuine");
    raw_sqlite raw{members.path()};
    raw.execute("drop trigger log_events_are_not_changed");
    raw.execute("update log_events set payload = cast(replace(payload, 'genuine', 'forgery') as blob)");
    const ran ended{{"tail", members.path()}};
    CHECK(ended.code == 6);
    CHECK(ended.complains("member-1"));
    CHECK_FALSE(ended.says("forgery"));
}
