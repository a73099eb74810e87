#include "our_store.hpp"
#include "products.hpp"
#include "projecting.hpp"
#include "row.hpp"

#include <memory>

namespace foldline_bench {
namespace {

constexpr std::size_t events_a_commit = 1000;

double our_round(lab& place, const our_store& log, std::size_t events) {
    return in_fresh_file(place, [&](const auto& file) {
        our_rows rows{file};
        foldline::sql_projection projection = products();
        foldline::projector projector{log.store, rows.models, projection, batches_of(events_a_commit)};
        return rate(events, time_to_catch_up(projector, events));
    });
}

double raw_round(lab& place, const histories& logs) {
    return in_fresh_file(place, [&](const auto& file) {
        raw_events events{logs.raw};
        raw_products projection{file};
        return rate(logs.events,
                    time_of([&] { require_end(projection.follow(events, events_a_commit), logs.events); }));
    });
}

contest project(lab& place) {
    const histories& logs = place.windows();
    auto log = std::make_shared<our_store>(logs.ours);
    return {[&place, log, n = logs.events] { return our_round(place, *log, n); },
            [&place, logs] { return raw_round(place, logs); }};
}

}  // namespace

std::vector<row> projection_rows() {
    return {{"project.table", events_per_second, 536'000,
             "one connection reads, another upserts; 1,000 events and the position a commit", project}};
}

}  // namespace foldline_bench
