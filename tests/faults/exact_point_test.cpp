// strace kills a small program at each of its writes, syncs, truncations and removals of a file, or fails that call: the
// one after the other, where random kills meet some points often and others never.

#include "attack_line.hpp"
#include "fault_case.hpp"
#include "ledger.hpp"
#include "planted_bug.hpp"
#include "record_file.hpp"
#include "sqlite_world.hpp"
#include "support/scratch_folder.hpp"
#include "support/seed.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

constexpr int checkpoint_pages = 12;  // short enough that a few appends move the log into the file
constexpr int sweep_limit = 5'000;

int appends_of_this_run() { return is_full_run() ? 20 : 8; }

/// What is done to a system call of the program.
struct injection {
    const char* call;
    const char* what;  ///< as strace has it
    bool from_then_on = false;
    const char* at_failure = "close";  ///< what the program does when an append fails

    [[nodiscard]] bool kills() const { return std::strncmp(what, "signal", 6) == 0; }
    [[nodiscard]] std::string name() const {
        return fmt::format("exact: {} {}{}{}", call, what, from_then_on ? " from then on" : "",
                           std::strcmp(at_failure, "abandon") == 0 ? ", abandoned" : "");
    }
};

std::filesystem::path case_program() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "foldline_fault_case";
}

/// Options for a program with a leak checker: that one traces its own process, which is traced already.
std::string untraced_leaks() {
    const char* options = std::getenv("ASAN_OPTIONS");
    return fmt::format("ASAN_OPTIONS={}:detect_leaks=0", options ? options : "");
}

/// Runs a program to its end, with nothing on stdout and stderr. Gives what `waitpid` says of it; -1 if it could not be
/// started.
int run_program(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t process = 0;
    const int error = ::posix_spawnp(&process, arguments[0], &quiet, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&quiet);
    if (error != 0) return -1;
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {}
    return status;
}

bool ended_with(int status, case_end end) { return WIFEXITED(status) && WEXITSTATUS(status) == static_cast<int>(end); }

/// One run of the program, and the store that it leaves.
class case_run {
public:
    /// `nth` 0 does nothing to it.
    case_run(const injection& does, int nth) {
        const std::string call = std::string("trace=") + does.call;
        std::vector<std::string> words{"strace",         "-f", "-qq", "-o", trace().string(), "-E",
                                       untraced_leaks(), "-e", call};
        if (nth > 0) {
            words.emplace_back("-e");
            words.push_back(
                fmt::format("inject={}:{}:when={}{}", does.call, does.what, nth, does.from_then_on ? "+" : ""));
        }
        for (const std::string& word :
             {case_program().string(), store().string(), notes().string(), std::to_string(appends_of_this_run()),
              std::to_string(checkpoint_pages), std::string(does.at_failure)})
            words.push_back(word);
        status_ = run_program(words);
    }

    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] bool was_killed() const { return WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL; }
    /// Whether the point exists: the program has that many calls.
    [[nodiscard]] bool fired() const {
        std::ifstream in{trace()};
        const std::string text{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
        return was_killed() || text.find("(INJECTED)") != std::string::npos;
    }

    /// How many appends the program was told are stored.
    [[nodiscard]] int acknowledged() const {
        const auto notes = record_file<case_note>::read(this->notes());
        return static_cast<int>(std::count_if(notes.begin(), notes.end(), [](const case_note& note) {
            return note.answer == static_cast<std::int64_t>(told::stored);
        }));
    }

    /// Compares what the program noted with what is in the file, then appends once more. `unanswered` is what is taken
    /// for the answer of the append that it was at when it ended.
    [[nodiscard]] disagreement compare(told unanswered) const {
        ledger told_so;
        int next = 0;
        for (const case_note& note : record_file<case_note>::read(notes())) {
            REQUIRE(note.number == next++);
            told_so.note(static_cast<int>(note.number), static_cast<told>(note.answer),
                         {stream_version{note.version}, global_position{note.position}, {}, stored::now});
        }
        if (next < appends_of_this_run()) told_so.note(next, unanswered);
        sqlite_world world{store()};
        event_store& reopened = world.open({}, sqlite::durability::off);
        const int before = told_so.count(told::stored);
        told_so.append(reopened, appends_of_this_run());
        CHECK(told_so.count(told::stored) == before + 1);
        return told_so.compare(reopened);
    }

private:
    [[nodiscard]] std::filesystem::path store() const { return folder_ / "store.db"; }
    [[nodiscard]] std::filesystem::path notes() const { return folder_ / "notes"; }
    [[nodiscard]] std::filesystem::path trace() const { return folder_ / "trace"; }

    scratch_folder folder_;
    int status_ = 0;
};

/// Why this machine cannot do it; empty if it can.
std::string obstacle() {
    if (!std::filesystem::exists(case_program())) return case_program().string() + " is not built";
    const int status = case_run{{"pwrite64", ""}, 0}.status();
    if (status == -1 || (WIFEXITED(status) && WEXITSTATUS(status) == 127)) return "there is no strace";
    return ended_with(status, case_end::done) ? "" : "strace cannot trace a process here";
}

/// The call's first, second, third … up to the last. An injected error that is absorbed (in a checkpoint, or while the
/// store closes) is no end of the sweep; it is counted apart.
void sweep(const injection& does) {
    attack_line line{does.name()};
    for (int nth = 1; nth <= sweep_limit; ++nth) {
        CAPTURE(nth);
        const case_run run{does, nth};
        const bool fired = run.fired();
        line.add("points", fired ? 1 : 0);
        if (!does.kills()) line.add("absorbed", fired && run.acknowledged() == appends_of_this_run() ? 1 : 0);
        line.add("acknowledged", run.acknowledged());
        const bool ended_as_it_may = does.kills() && fired ? run.was_killed()
                                                           : ended_with(run.status(), case_end::done) ||
                                                                 ended_with(run.status(), case_end::not_opened) ||
                                                                 ended_with(run.status(), case_end::abandoned);
        CHECK_MESSAGE(ended_as_it_may, "it ended with status " << run.status());
        const disagreement found = run.compare(is_planted("ack_first") ? told::stored : told::unknown);
        line.found += found;
        CHECK(found.to_string() == disagreement{}.to_string());
        if (!fired) break;
    }
    CHECK(line.count("points") > 0);
    CHECK(line.count("points") < sweep_limit);
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE(
        "exact: killed at any of its writes, syncs, truncations and removals, a program leaves what it acknowledged") {
        if (const std::string why = obstacle(); !why.empty()) return print_skipped("exact points", why);
        for (const char* call : {"pwrite64", "fdatasync", "ftruncate", "unlink"}) sweep({call, "signal=SIGKILL"});
    }

    TEST_CASE("exact: a program that acknowledges before it appends is found out") {
        if (const std::string why = obstacle(); !why.empty()) return print_skipped("exact points, planted", why);
        int lost = 0;
        for (int nth = 40; nth < 120 && lost == 0; ++nth)
            lost += case_run{{"pwrite64", "signal=SIGKILL"}, nth}.compare(told::stored).lost;
        CHECK(lost > 0);
    }

    TEST_CASE("exact: whichever system call fails, a program leaves what it told") {
        if (const std::string why = obstacle(); !why.empty()) return print_skipped("exact errors", why);
        for (const bool from_then_on : {false, true})
            for (const char* at_failure : {"close", "abandon"}) {
                // Once and closed is met in a full run only: it differs least from what the layer under SQLite does.
                if (!is_full_run() && from_then_on == (at_failure[0] == 'a')) continue;
                sweep({"fdatasync", "error=EIO", from_then_on, at_failure});
                sweep({"pwrite64", "error=ENOSPC", from_then_on, at_failure});
                sweep({"pwrite64", "error=EIO", from_then_on, at_failure});
                sweep({"ftruncate", "error=EIO", from_then_on, at_failure});
            }
    }
}
