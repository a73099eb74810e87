#include "instructions.hpp"

#include "lab.hpp"
#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace foldline_bench {
namespace {

/// One window is enough to tell: all its streams are made, and get their ten events.
constexpr window counted_window{200, 10};
constexpr std::size_t events_of_a_window = 2000;

constexpr const char* name_of(side which) { return which == side::ours ? "ours" : "raw"; }

/// Runs a program that says nothing; gives its exit status, or -1 if it cannot be run.
template <std::size_t N>
int run_silently(std::array<std::string, N> words) {
    std::array<char*, N + 1> arguments{};
    for (std::size_t i = 0; i < N; ++i) arguments[i] = words[i].data();
    posix_spawn_file_actions_t silence;
    ::posix_spawn_file_actions_init(&silence);
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
        ::posix_spawn_file_actions_addopen(&silence, stream, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, arguments[0], &silence, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&silence);
    int status = 0;
    if (failed != 0 || ::waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The line `summary: N` of callgrind's report.
std::int64_t read_summary(const std::filesystem::path& report) {
    std::ifstream lines{report};
    for (std::string word; lines >> word;) {
        std::int64_t instructions = 0;
        if (word == "summary:" && lines >> instructions) return instructions;
    }
    throw std::runtime_error("callgrind reported no instructions");
}

std::int64_t count(const uncounted_appends& appends, const std::filesystem::path& folder) {
    const auto report = folder / "callgrind";
    const int status = run_silently<7>({"valgrind", "--tool=callgrind", "--callgrind-out-file=" + report.string(),
                                        std::filesystem::read_symlink("/proc/self/exe").string(), "--append",
                                        name_of(appends.which), std::to_string(appends.events)});
    if (status != 0) throw std::runtime_error(fmt::format("valgrind ended with {}", status));
    const std::int64_t instructions = read_summary(report);
    std::filesystem::remove(report);
    return instructions;
}

}  // namespace

void run_uncounted(const uncounted_appends& appends) {
    lab place{effort::quick()};
    const auto append = [&](auto caller) {
        for (std::size_t i = 0; i < appends.events; ++i) caller.append(1);
    };
    if (appends.which == side::ours) {
        our_store ours{place.fresh_file(), foldline::sqlite::durability::off};
        append(our_caller{ours.store, "s", counted_window});
    } else {
        raw_log log{place.fresh_file(), "off"};
        append(raw_caller{log, counted_window});
    }
}

bool can_count_instructions() { return run_silently<2>({"valgrind", "--version"}) == 0; }

double instructions_an_append(side which, const std::filesystem::path& folder) {
    const std::int64_t two_windows = count({which, 2 * events_of_a_window}, folder);
    const std::int64_t one_window = count({which, events_of_a_window}, folder);
    return static_cast<double>(two_windows - one_window) / static_cast<double>(events_of_a_window);
}

std::vector<row> instruction_rows() {
    if (!can_count_instructions()) {
        fmt::print(stderr, "append.off.1x1.instructions is left out: it needs valgrind\n");
        return {};
    }
    const auto count_once = [](lab& place) {
        return contest{[n = instructions_an_append(side::ours, place.folder())] { return n; },
                       [n = instructions_an_append(side::raw, place.folder())] { return n; }};
    };
    return {{"append.off.1x1.instructions", instructions, 29'600,
             "as append.off.1x1, counted by callgrind and not timed", count_once}};
}

}  // namespace foldline_bench
