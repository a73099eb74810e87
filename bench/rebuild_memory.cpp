#include "rebuild_memory.hpp"

#include "child_program.hpp"
#include "our_store.hpp"
#include "products.hpp"
#include "projecting.hpp"
#include "row.hpp"

#include <foldline/projections/rebuild.hpp>

#include <fmt/core.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace foldline_bench {
namespace {

constexpr std::int64_t events_a_commit = 10'000;  // what a rebuild of foldline's has

/// A line of this process's own status, as `VmRSS:   5132 kB`.
double mebibytes_in(std::string_view field) {
    std::ifstream lines{"/proc/self/status"};
    for (std::string word; lines >> word;) {
        double kibibytes = 0;
        if (word == field && lines >> kibibytes) return kibibytes / 1024;
    }
    throw std::runtime_error(fmt::format("/proc/self/status has no {}", field));
}

/// What `work` needs at most beyond what is in use when it begins. That it may have been more before, when a file was
/// opened, counts as if it were needed now.
template <class Work>
double growth_of_memory(Work work) {
    const double before = mebibytes_in("VmRSS:");
    work();
    return mebibytes_in("VmHWM:") - before;
}

double our_growth(lab& place, const std::filesystem::path& path) {
    our_store log{path};
    our_rows rows{place.fresh_file()};
    foldline::sql_projection projection = products();
    return growth_of_memory([&] { foldline::rebuild(log.store, rows.models, projection); });
}

double raw_growth(lab& place, const std::filesystem::path& path) {
    raw_events events{path};
    raw_products projection{place.fresh_file()};
    return growth_of_memory([&] { (void)projection.follow(events, events_a_commit); });
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream text{file};
    return {std::istreambuf_iterator<char>{text}, {}};
}

double growth_in_child(lab& place, side which, const std::filesystem::path& log) {
    const auto answer = place.folder() / "answer";
    const int status = run_child({this_program(), "--rebuild", std::string(name_of(which)), log.string()}, answer);
    std::ifstream said{answer};
    double mebibytes = 0;
    if (status != 0 || !(said >> mebibytes))
        throw std::runtime_error(
            fmt::format("a rebuild in a process of its own ended with {}: {}", status, text_of(answer)));
    return mebibytes;
}

/// It takes long and is always about the same, so it is found once.
contest measure_once(lab& place) {
    const histories& logs = place.grown_windows().logs;
    return {[growth = growth_in_child(place, side::ours, logs.ours)] { return growth; },
            [growth = growth_in_child(place, side::raw, logs.raw)] { return growth; }};
}

}  // namespace

void run_rebuild(const measured_rebuild& rebuild) {
    lab place{effort::quick()};
    fmt::print("{}\n", rebuild.which == side::ours ? our_growth(place, rebuild.log) : raw_growth(place, rebuild.log));
}

std::vector<row> rebuild_memory_rows(const effort& how_much) {
    return {{"project.rebuild.rss", mebibytes, 0,
             fmt::format("project.table over {} events, 10,000 a commit; the memory that it takes", how_much.growth),
             measure_once}};
}

}  // namespace foldline_bench
