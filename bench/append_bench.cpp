#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <fmt/core.h>

#include <utility>

namespace foldline_bench {
namespace {

using foldline::sqlite::durability;

/// Where the events of one call go.
enum class spread { over_living_streams, into_one_new_stream };

struct load {
    durability durable = durability::full;
    std::size_t events = 1;  ///< a call
    spread where = spread::over_living_streams;
};

constexpr std::string_view synchronous(durability durable) {
    return durable == durability::full ? "full" : durable == durability::normal ? "normal" : "off";
}

template <class Caller>
double measure(Caller& caller, const load& what, seconds round) {
    const seconds call = time_of_call(round, [&] {
        if (what.where == spread::over_living_streams) caller.append(what.events);
        else caller.append_stream(what.events);
    });
    return static_cast<double>(what.events) / call.count();
}

/// Each round begins with an empty file, so that no round pays for what another has left.
double our_round(lab& place, const load& what) {
    const auto file = place.fresh_file();
    double figure = 0;
    {
        our_store ours{file, what.durable};
        our_caller caller{ours.store, "s"};
        figure = measure(caller, what, place.how_much().round);
    }
    remove_database(file);
    return figure;
}

double raw_round(lab& place, const load& what) {
    const auto file = place.fresh_file();
    double figure = 0;
    {
        raw_log log{file, synchronous(what.durable)};
        raw_caller caller{log};
        figure = measure(caller, what, place.how_much().round);
    }
    remove_database(file);
    return figure;
}

row one_caller(std::string name, load what, double raw_on_record) {
    std::string raw_is =
        fmt::format("one connection, synchronous={}, {} a commit{}", synchronous(what.durable), what.events,
                    what.where == spread::over_living_streams ? "" : ", all of one new stream");
    return {std::move(name), events_per_second, raw_on_record, std::move(raw_is), [what](lab& place) {
                return contest{[&place, what] { return our_round(place, what); },
                               [&place, what] { return raw_round(place, what); }};
            }};
}

}  // namespace

std::vector<row> append_rows() {
    constexpr auto one = spread::into_one_new_stream;
    return {
        one_caller("append.full.1x1", {}, 12'700),
        one_caller("append.full.1x1.e10", {durability::full, 10}, 77'000),
        one_caller("append.full.1x1.e10.stream", {durability::full, 10, one}, 0),
        one_caller("append.full.1x1.e1000", {durability::full, 1000}, 305'000),
        one_caller("append.full.1x1.e1000.stream", {durability::full, 1000, one}, 0),
        one_caller("append.normal.1x1.e1000", {durability::normal, 1000}, 334'000),
        one_caller("append.off.1x1", {durability::off, 1}, 77'000),
    };
}

}  // namespace foldline_bench
