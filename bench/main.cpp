#include "instructions.hpp"
#include "lab.hpp"
#include "rebuild_memory.hpp"
#include "row.hpp"
#include "table.hpp"

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace foldline_bench {
namespace {

constexpr std::string_view usage = R"(foldline_bench [--quick] [--filter REGEX] [--json FILE]
foldline_bench --append ours|raw COUNT
foldline_bench --only ours|raw ROW [--quick]

Measures foldline beside plain SQLite and Protobuf, in alternating rounds of one process, and prints the ratios.

  --quick         fewer and shorter rounds: shows what is badly wrong, not what is 10 % slower
  --filter REGEX  only the rows in whose names it is found
  --json FILE     also writes the table: a list of {"name", "ours", "raw", "unit", "ratio"}
  --append SIDE COUNT
                  only appends COUNT events, one a call, with synchronous=off, and measures nothing: for a counter of
                  instructions, as `valgrind --tool=callgrind foldline_bench --append ours 10000`
  --only SIDE ROW one round of one side of a row, and nothing else: for a profiler, as
                  `valgrind --tool=callgrind --toggle-collect='foldline_bench::run_round_of*' …`
  --rebuild SIDE LOG
                  only rebuilds the read model of project.table over a log that is there, and prints by how many MiB
                  that made the process larger
  --help          this text

The files that it needs are made in a folder in TMPDIR, or in the current directory, and removed at the end. Let nothing
else run meanwhile; as root, `chrt -f 5 foldline_bench` keeps neighbours out.
)";

struct wrong_usage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct request {
    bool help = false;
    effort how_much = effort::normal();
    std::regex filter{""};
    std::optional<std::filesystem::path> json;
    std::optional<uncounted_appends> append;
    std::optional<measured_rebuild> rebuild;
    std::optional<side> only;
    std::string only_row;
};

std::regex regex_from(const std::string& text) {
    try {
        return std::regex{text};
    } catch (const std::regex_error&) {
        throw wrong_usage(fmt::format("'{}' is no regular expression", text));
    }
}

side side_from(const std::string& name) {
    for (const side which : {side::ours, side::raw})
        if (name == name_of(which)) return which;
    throw wrong_usage(fmt::format("'{}' is neither ours nor raw", name));
}

uncounted_appends appends_from(const std::string& which, const std::string& count) {
    std::size_t events = 0;
    const auto [end, failed] = std::from_chars(count.data(), count.data() + count.size(), events);
    if (failed != std::errc{} || end != count.data() + count.size())
        throw wrong_usage(fmt::format("'{}' is no number of events", count));
    return {side_from(which), events};
}

request parse(const std::vector<std::string>& arguments) {
    request wanted;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& name = arguments[i];
        const auto value = [&]() -> const std::string& {
            if (++i == arguments.size()) throw wrong_usage(fmt::format("{} needs a value", name));
            return arguments[i];
        };
        if (name == "--help") wanted.help = true;
        else if (name == "--quick") wanted.how_much = effort::quick();
        else if (name == "--filter") wanted.filter = regex_from(value());
        else if (name == "--json") wanted.json = value();
        else if (name == "--append") {
            const std::string& which = value();
            wanted.append = appends_from(which, value());
        } else if (name == "--rebuild") {
            const side which = side_from(value());
            wanted.rebuild = measured_rebuild{which, value()};
        } else if (name == "--only") {
            wanted.only = side_from(value());
            wanted.only_row = value();
        } else throw wrong_usage(fmt::format("there is no argument {}", name));
    }
    return wanted;
}

std::vector<row> all_rows(const effort& how_much) {
    std::vector<row> all;
    for (const auto& part :
         {append_rows(), caller_rows(), instruction_rows(), replay_rows(), bytes_rows(), load_rows(), projection_rows(),
          document_rows(), memory_rows(), ten_rows(), rebuild_rows(), visible_rows(), notify_rows(), upcast_rows(),
          schema_rows(), sql_rows(), rebuild_memory_rows(how_much), growth_rows(how_much)})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::vector<row> rows_that_match(const request& wanted) {
    std::vector<row> chosen;
    for (const row& row : all_rows(wanted.how_much))
        if (std::regex_search(row.name, wanted.filter)) chosen.push_back(row);
    if (chosen.empty()) throw wrong_usage("the filter matches no row");
    return chosen;
}

/// Each iteration is a round, and the figures go to the table as counters: the time that the library itself takes would
/// be that of both sides together.
void measure(benchmark::State& state, const row& row, lab& place) {
    try {
        alternation sides{row.prepare(place), row.measured, row.standing};
        for (auto _ : state) state.SetIterationTime(time_of([&] { sides.run_round(); }).count());
        const standing result = sides.result();
        state.counters["ours"] = result.ours;
        state.counters["raw"] = result.raw;
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

void run_only(const request& wanted) {
    for (const row& row : all_rows(wanted.how_much)) {
        if (row.name != wanted.only_row) continue;
        lab place{wanted.how_much};
        fmt::print("{} {}\n", run_round_of(row.prepare(place), *wanted.only), row.measured.name);
        return;
    }
    throw wrong_usage(fmt::format("there is no row {}", wanted.only_row));
}

int run(const request& wanted) {
    const std::vector<row> rows = rows_that_match(wanted);
    lab place{wanted.how_much};
    for (const row& row : rows)
        benchmark::RegisterBenchmark(row.name.c_str(), [&](benchmark::State& state) { measure(state, row, place); })
            ->Iterations(wanted.how_much.rounds)
            ->UseManualTime();
    table results{rows, place};
    benchmark::RunSpecifiedBenchmarks(&results, std::string("all"));
    if (wanted.json) results.write_json(*wanted.json);
    return results.failed() ? 1 : 0;
}

}  // namespace
}  // namespace foldline_bench

int main(int count, char** values) {
    using namespace foldline_bench;
    try {
        const request wanted = parse({values + 1, values + count});
        if (wanted.help) fmt::print("{}", usage);
        else if (wanted.append) run_uncounted(*wanted.append);
        else if (wanted.rebuild) run_rebuild(*wanted.rebuild);
        else if (wanted.only) run_only(wanted);
        else return run(wanted);
        return 0;
    } catch (const wrong_usage& error) {
        fmt::print(stderr, "foldline_bench: {}\n\n{}", error.what(), usage);
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "foldline_bench: {}\n", error.what());
        return 1;
    }
}
