#include "table.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace foldline_bench {
namespace {

std::string figure(double value) {
    if (value == 0) return "-";
    if (value < 1) return fmt::format("{:.4f}", value);
    return value < 1000 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

int decimals(double value) { return value < 1 ? 6 : 2; }

void print_line(std::string_view name, std::string_view ours, std::string_view raw, std::string_view unit,
                std::string_view better, std::string_view ratio, std::string_view recorded) {
    fmt::print("{:<30}{:>12}{:>12}  {:<9}{:<7}{:>7}{:>12}\n", name, ours, raw, unit, better, ratio, recorded);
    std::fflush(stdout);
}

}  // namespace

bool table::ReportContext(const Context& context) {
    const auto& [rounds, round, events, growth] = place_.how_much();
    fmt::print("best of {} alternating rounds of {:.1f} s; logs of {} events, growing to {}; {} cores, SQLite {}\n",
               rounds, round.count(), events, growth, context.cpu_info.num_cpus, sqlite3_libversion());
    fmt::print("in {}: fdatasync {:.0f} µs\n\n", place_.folder().string(), sync_time_us(place_.folder()));
    print_line("name", "ours", "raw", "unit", "better", "ratio", "raw, SPEED");
    return true;
}

void table::ReportRuns(const std::vector<Run>& runs) {
    for (const Run& run : runs) report(run);
}

void table::report(const Run& run) {
    if (run.run_type != Run::RT_Iteration) return;
    const std::string& name = run.run_name.function_name;
    if (run.error_occurred) {
        failed_ = true;
        fmt::print("{:<30}failed: {}\n", name, run.error_message);
        return;
    }
    const auto of = std::find_if(rows_.begin(), rows_.end(), [&](const row& known) { return known.name == name; });
    const standing& best =
        results_.emplace_back(result{&*of, {run.counters.at("ours").value, run.counters.at("raw").value}}).figures;
    print_line(name, figure(best.ours), figure(best.raw), of->measured.name,
               of->measured.which == better::higher ? "higher" : "lower", fmt::format("{:.2f}", best.ratio()),
               figure(of->raw_on_record));
}

void table::Finalize() {
    fmt::print(
        "\nratio is ours over raw. \"raw, SPEED\" is raw's figure on the machine where the design was measured, so\n"
        "that a lazy raw program is seen. What raw does:\n");
    for (const result& shown : results_) fmt::print("  {:<30}{}\n", shown.of->name, shown.of->raw_is);
}

void table::write_json(const std::filesystem::path& file) const {
    std::ofstream out{file};
    std::string_view before = "[\n";
    for (const result& shown : results_) {
        out << before
            << fmt::format(R"(  {{"name": "{}", "ours": {:.{}f}, "raw": {:.{}f}, "unit": "{}", "ratio": {:.4f}}})",
                           shown.of->name, shown.figures.ours, decimals(shown.figures.ours), shown.figures.raw,
                           decimals(shown.figures.raw), shown.of->measured.name, shown.figures.ratio());
        before = ",\n";
    }
    out << (results_.empty() ? "[]\n" : "\n]\n") << std::flush;
    if (!out) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace foldline_bench
