#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <fmt/core.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>
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

/// Many threads, each of which waits for its append before it makes the next one.
double call_from_threads(foldline::event_store& store, int threads, seconds round) {
    std::atomic<bool> stop{false};
    std::latch ready{threads + 1};
    const auto call_until_stopped = [&](our_caller caller) {
        ready.arrive_and_wait();
        std::int64_t events = 0;
        for (; !stop; ++events) caller.append(1);
        return events;
    };
    std::vector<std::future<std::int64_t>> running;
    for (int i = 0; i < threads; ++i) {
        // Together they have as many living streams as a lone caller.
        our_caller caller{store, fmt::format("t{:02}-", i), {1000 / static_cast<std::size_t>(threads), 10}};
        running.push_back(std::async(std::launch::async, call_until_stopped, std::move(caller)));
    }
    ready.arrive_and_wait();
    std::int64_t events = 0;
    const seconds passed = time_of([&] {
        std::this_thread::sleep_for(round);
        stop = true;
        for (auto& thread : running) events += thread.get();
    });
    return static_cast<double>(events) / passed.count();
}

double our_threaded_round(lab& place, int threads) {
    const auto file = place.fresh_file();
    double figure = 0;
    {
        our_store ours{file};
        figure = call_from_threads(ours.store, threads, place.how_much().round);
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

row many_callers(int threads) {
    return {fmt::format("append.full.{}x1", threads), events_per_second, 12'700,
            "one connection and ONE caller, synchronous=full, 1 a commit", [threads](lab& place) {
                return contest{[&place, threads] { return our_threaded_round(place, threads); },
                               [&place] { return raw_round(place, {}); }};
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
        many_callers(8),
        many_callers(64),
    };
}

}  // namespace foldline_bench
