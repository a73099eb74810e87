#include "instructions.hpp"

#include "child_program.hpp"
#include "lab.hpp"
#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <fmt/core.h>

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace foldline_bench {
namespace {

/// One window is enough to tell: all its streams are made, and get their ten events.
constexpr window counted_window{200, 10};
constexpr std::size_t events_of_a_window = 2000;

/// The line `summary: N` of callgrind's report.
std::int64_t read_summary(const std::filesystem::path& report) {
    std::ifstream lines{report};
    for (std::string word; lines >> word;) {
        std::int64_t instructions = 0;
        if (word == "summary:" && lines >> instructions) return instructions;
    }
    throw std::runtime_error("callgrind reported no instructions");
}

/// Runs this program under callgrind; both lists of words may be empty.
std::int64_t count(const std::vector<std::string>& of_callgrind, const std::vector<std::string>& of_this_program,
                   const std::filesystem::path& folder) {
    const auto report = folder / "callgrind";
    std::vector<std::string> words{"valgrind", "--tool=callgrind", "--callgrind-out-file=" + report.string()};
    words.insert(words.end(), of_callgrind.begin(), of_callgrind.end());
    words.push_back(this_program());
    words.insert(words.end(), of_this_program.begin(), of_this_program.end());
    const int status = run_silently(words);
    if (status != 0) throw std::runtime_error(fmt::format("valgrind ended with {}", status));
    const std::int64_t instructions = read_summary(report);
    std::filesystem::remove(report);
    return instructions;
}

std::int64_t count(const uncounted_appends& appends, const std::filesystem::path& folder) {
    return count({}, {"--append", std::string(name_of(appends.which)), std::to_string(appends.events)}, folder);
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

bool can_count_instructions() { return run_silently({"valgrind", "--version"}) == 0; }

double instructions_an_append(side which, const std::filesystem::path& folder) {
    const std::int64_t two_windows = count({which, 2 * events_of_a_window}, folder);
    const std::int64_t one_window = count({which, events_of_a_window}, folder);
    return static_cast<double>(two_windows - one_window) / static_cast<double>(events_of_a_window);
}

double instructions_of_round(side which, const std::string& row, const std::filesystem::path& folder) {
    return static_cast<double>(count({"--toggle-collect=foldline_bench::run_round_of*"},
                                     {"--only", std::string(name_of(which)), row, "--quick"}, folder));
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
