#include "our_store.hpp"
#include "projecting.hpp"
#include "raw_projection.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"

#include <foldline/projections/memory_projection.hpp>

#include <memory>
#include <numeric>
#include <string>
#include <unordered_map>

namespace foldline_bench {
namespace {

constexpr std::size_t events_a_batch = 1000;

struct sold {
    std::int64_t lines = 0;
    std::int64_t units = 0;
    std::int64_t total_e4 = 0;
};
using board = std::unordered_map<std::string, sold>;

void add(board& all, const v1::LineMeasured& line) {
    sold& product = all[line.product()];
    ++product.lines;
    product.units += line.units();
    product.total_e4 += line.total_e4();
}

void require_all(const board& all, std::size_t events) {
    const auto lines =
        std::accumulate(all.begin(), all.end(), std::int64_t{0},
                        [](std::int64_t sum, const auto& product) { return sum + product.second.lines; });
    require_end(lines, events);
}

double our_round(const our_store& log, std::size_t events, bool read_ahead) {
    foldline::memory_projection<board> products{"products", 1};
    products.on([](board& all, const v1::LineMeasured& line, const foldline::event_view&) { add(all, line); });
    foldline::projector projector{log.store, products.models(), products, batches_of(events_a_batch, read_ahead)};
    const seconds passed = time_to_catch_up(projector, events);
    products.read([&](const board& all, foldline::global_position) { require_all(all, events); });
    return rate(events, passed);
}

double raw_round(raw_log_reader& log, std::size_t events) {
    board products;
    const seconds passed = time_of([&] { log.replay([&](const v1::LineMeasured& line) { add(products, line); }); });
    require_all(products, events);
    return rate(events, passed);
}

contest project(lab& place, bool read_ahead) {
    const histories& logs = place.windows();
    auto ours = std::make_shared<our_store>(logs.ours);
    auto raw = std::make_shared<raw_log_reader>(logs.raw);
    return {[ours, read_ahead, n = logs.events] { return our_round(*ours, n, read_ahead); },
            [raw, n = logs.events] { return raw_round(*raw, n); }};
}

}  // namespace

std::vector<row> memory_rows() {
    // 1,725,000 is the middle of the 1.64 to 1.81 million on record.
    return {
        {"project.memory", events_per_second, 1'725'000, "scan.decode, each event into a hash map of 1,000 products",
         [](lab& place) { return project(place, false); }},
        {"project.memory.ahead", events_per_second, 1'725'000,
         "as project.memory, on ONE thread; ours reads ahead on a second",
         [](lab& place) { return project(place, true); }}};
}

}  // namespace foldline_bench
