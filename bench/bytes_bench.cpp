#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "window_callers.hpp"

namespace foldline_bench {
namespace {

constexpr std::size_t events_a_call = 10;

template <class Caller>
void write(Caller caller, std::size_t events) {
    for (std::size_t i = 0; i < events; i += events_a_call) caller.append(events_a_call);
}

/// A log that was closed has its write-ahead log in it.
double weigh(const std::filesystem::path& file, std::size_t events) {
    const auto bytes = static_cast<double>(std::filesystem::file_size(file));
    remove_database(file);
    return bytes / static_cast<double>(events);
}

double our_bytes(lab& place, occurred when) {
    const std::size_t events = place.how_much().events;
    const auto file = place.fresh_file();
    {
        our_store ours{file, foldline::sqlite::durability::off};
        write(our_caller{ours.store, "s", {}, when}, events);
    }
    return weigh(file, events);
}

double raw_bytes(lab& place, occurred when) {
    const std::size_t events = place.how_much().events;
    const auto file = place.fresh_file();
    {
        raw_log log{file, "off"};
        write(raw_caller{log, {}, when}, events);
    }
    return weigh(file, events);
}

/// Every round would find the same, so it is found once.
contest weigh_once(lab& place, occurred when) {
    return {[bytes = our_bytes(place, when)] { return bytes; }, [bytes = raw_bytes(place, when)] { return bytes; }};
}

}  // namespace

std::vector<row> bytes_rows() {
    return {{"bytes", bytes_per_event, 220, "the same rows and index, without checksums; 10 events a call",
             [](lab& place) { return weigh_once(place, occurred::when_recorded); }},
            {"bytes.occurred", bytes_per_event, 0, "the same, each event with a business time of its own",
             [](lab& place) { return weigh_once(place, occurred::at_a_time_of_its_own); }}};
}

}  // namespace foldline_bench
