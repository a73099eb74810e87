#include "opened_store.hpp"
#include "results_as_json.hpp"
#include "verbs.hpp"
#include "watched.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/table.hpp>

#include <fmt/core.h>

#include <string_view>

namespace foldline::inline v0::cli {
namespace {

sqlite::store_stats count_watched(const stats_request& request) {
    const sqlite::database file{request.store, for_reading()};
    terminal_progress line{"Counting", "events"};
    return sqlite::stats_of(file, watched(line));
}

std::string recorded_in(const sqlite::store_stats& stats) {
    if (!stats.first_recorded || !stats.last_recorded) return "-";
    return fmt::format("{} to {}", to_string(*stats.first_recorded), to_string(*stats.last_recorded));
}

void print_facts(const sqlite::store_stats& stats, std::FILE* out) {
    const auto print = [&](std::string_view name, std::string_view value) {
        fmt::print(out, "{:<12}  {}\n", name, value);
    };
    print("store", stats.identity.store.to_string());
    print("history", stats.identity.history.to_string());
    print("events", fmt::format("{} in {}, up to position {}", grouped(stats.events), counted(stats.streams, "stream"),
                                grouped(stats.head.value)));
    print("recorded", recorded_in(stats));
    print("snapshots", grouped(stats.snapshots));
    print("known ids", counted(stats.caller_ids, "append"));
    print("file", fmt::format("{}, of which {} free", in_bytes(stats.file_bytes), in_bytes(stats.free_bytes)));
    print("log", in_bytes(stats.log_bytes));
}

void print_for_people(const sqlite::store_stats& stats, std::FILE* out) {
    print_facts(stats, out);
    table categories{{{"CATEGORY"}, {"STREAMS", align::right}, {"EVENTS", align::right}}};
    for (const auto& each : stats.categories) categories.add({each.name, grouped(each.streams), grouped(each.events)});
    table types{{{"EVENT"}, {"EVENTS", align::right}}};
    for (const auto& each : stats.types)
        types.add({event_type{each.name, each.version}.to_string(), grouped(each.events)});
    fmt::print(out, "\n");
    categories.print(out);
    fmt::print(out, "\n");
    types.print(out);
}

}  // namespace

int run(const stats_request& request, const console& to) {
    const sqlite::store_stats stats = count_watched(request);
    if (request.shape == format::text) print_for_people(stats, to.out);
    else fmt::print(to.out, "{}\n", as_json(stats, request.shape));
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
