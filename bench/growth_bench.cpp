#include "growth.hpp"
#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <fmt/core.h>

#include <chrono>
#include <string>

namespace foldline_bench {
namespace {

constexpr window one_stream{1, 10};

using figure_of = double (*)(const grown&);

double our_first(const grown& log) { return log.ours.first; }
double our_last(const grown& log) { return log.ours.last; }
double raw_last(const grown& log) { return log.raw.last; }

/// A log grows once, in minutes; all rounds give the same figure.
auto compare(const grown& (lab::*logs)(), figure_of ours, figure_of raw) {
    return [=](lab& place) {
        const grown& log = (place.*logs)();
        return contest{[&log, ours] { return ours(log); }, [&log, raw] { return raw(log); }};
    };
}

/// Opens a log that is there, and appends one event to a stream that is new; closing it does not count.
double our_opening(const std::filesystem::path& file, const std::string& prefix) {
    our_requests requests{prefix, one_stream};
    const auto begin = std::chrono::steady_clock::now();
    our_store ours{file};
    require_stored(ours.store.append(requests.next(1)));
    return since(begin).count();
}

double raw_opening(const std::filesystem::path& file, const std::string& prefix) {
    const auto begin = std::chrono::steady_clock::now();
    raw_log log{file, "full"};
    raw_caller{log, one_stream, occurred::when_recorded, prefix}.append(1);
    return since(begin).count();
}

auto open(const grown& (lab::*logs)()) {
    return [=](lab& place) {
        const histories& log = (place.*logs)().logs;
        return contest{[&log, turn = 0]() mutable { return our_opening(log.ours, fmt::format("open{}-", ++turn)); },
                       [&log, turn = 0]() mutable { return raw_opening(log.raw, fmt::format("open{}-", ++turn)); }};
    };
}

}  // namespace

std::vector<row> growth_rows(const effort& how_much) {
    const auto events = how_much.growth;
    const double uniform_on_record = events == effort::normal().growth ? 38'000 : 0;
    const std::string own =
        fmt::format("no raw program: OUR OWN rate in the first {} of {} events", events / 10, events);
    const std::string last =
        fmt::format("the rate in the last {} of {} events, normal, 1,000 a commit", events / 10, events);
    const std::string opened = fmt::format("SQLite opens a log of {} events and inserts one", events);
    return {
        {"grow.window", events_per_second, 0, own, compare(&lab::grown_windows, our_last, our_first)},
        {"grow.window.raw", events_per_second, 334'000, last, compare(&lab::grown_windows, our_last, raw_last)},
        {"open.5m", wall_seconds, 0, opened, open(&lab::grown_windows)},
        {"grow.uniform", events_per_second, 0, own + " (a merged index)",
         compare(&lab::grown_uniform, our_last, our_first)},
        {"grow.uniform.raw", events_per_second, uniform_on_record, last,
         compare(&lab::grown_uniform, our_last, raw_last)},
        {"open.5m.uniform", wall_seconds, 0, opened, open(&lab::grown_uniform)},
    };
}

}  // namespace foldline_bench
