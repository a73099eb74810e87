#include "callers.hpp"
#include "group_callers.hpp"
#include "our_store.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <fmt/core.h>

#include <deque>
#include <string>

namespace foldline_bench {
namespace {

callers_round our_round(lab& place, int callers) {
    const auto file = place.fresh_file();
    callers_round round{};
    {
        our_store ours{file};
        std::deque<our_caller> all;
        for (int i = 0; i < callers; ++i) all.emplace_back(ours.store, prefix_of(i), share_of(callers));
        round = run_callers(all, &our_caller::append_one, place.how_much().round);
    }
    remove_database(file);
    return round;
}

callers_round raw_round(lab& place, int callers) {
    const auto file = place.fresh_file();
    callers_round round{};
    {
        raw_log log{file, "full"};
        std::deque<raw_group_caller> all;
        raw_group_commit group{log};
        for (int i = 0; i < callers; ++i) all.emplace_back(group, prefix_of(i), share_of(callers));
        round = run_callers(all, &raw_group_caller::append, place.how_much().round);
    }
    remove_database(file);
    return round;
}

constexpr int callers_ahead = 8;
constexpr std::size_t in_flight = 64;

callers_round our_round_ahead(lab& place) {
    const auto file = place.fresh_file();
    callers_round round{};
    {
        our_store ours{file};
        foldline::append_queue queue{ours.store};
        const foldline::append_queue_runner runner{queue};
        std::deque<our_queue_caller> all;
        for (int i = 0; i < callers_ahead; ++i)
            all.emplace_back(queue, prefix_of(i), share_of(callers_ahead), in_flight);
        round = run_callers(all, &our_queue_caller::append_ahead, place.how_much().round);
        for (our_queue_caller& caller : all) caller.finish();
    }
    remove_database(file);
    return round;
}

callers_round raw_round_ahead(lab& place) {
    const auto file = place.fresh_file();
    callers_round round{};
    {
        raw_log log{file, "full"};
        std::deque<raw_group_caller> all;
        raw_group_commit group{log};
        for (int i = 0; i < callers_ahead; ++i)
            all.emplace_back(group, prefix_of(i), share_of(callers_ahead), in_flight);
        round = run_callers(all, &raw_group_caller::append_ahead, place.how_much().round);
        for (raw_group_caller& caller : all) caller.finish();
    }
    remove_database(file);
    return round;
}

row blocking_callers(int callers, double raw_on_record) {
    return {fmt::format("append.full.{}x1", callers), events_per_second, raw_on_record,
            "as many callers, whose appends one thread commits in groups, synchronous=full", [callers](lab& place) {
                return contest{[&place, callers] { return our_round(place, callers).events_a_second; },
                               [&place, callers] { return raw_round(place, callers).events_a_second; }};
            }};
}

contest against_our_own_lone_caller(lab& place) {
    return {[&place] { return our_round(place, 64).events_a_second; },
            [&place] { return our_round(place, 1).events_a_second; }};
}

contest callers_with_many_in_flight(lab& place) {
    return {[&place] { return our_round_ahead(place).events_a_second; },
            [&place] { return raw_round_ahead(place).events_a_second; }};
}

contest slow_appends(lab& place) {
    return {[&place] { return our_round(place, 64).p99_us; }, [&place] { return raw_round(place, 64).p99_us; }};
}

}  // namespace

std::vector<row> caller_rows() {
    return {blocking_callers(8, 30'000),
            blocking_callers(64, 56'000),
            {"append.full.64x1.own", events_per_second, 0, "no raw program: OUR OWN lone caller, synchronous=full",
             against_our_own_lone_caller},
            {"append.full.64x1.p99", microseconds, 3600, "as append.full.64x1; the 99th of 100 appends, middle round",
             slow_appends, stands_for::middle_round},
            {"append.full.8x64", events_per_second, 252'000,
             "8 callers, each with 64 appends on their way to the thread that commits them in groups",
             callers_with_many_in_flight}};
}

}  // namespace foldline_bench
