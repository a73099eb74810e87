#include "our_store.hpp"
#include "projecting.hpp"
#include "raw_projection.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <foldline/projections/memory_projection.hpp>

#include <fmt/core.h>

#include <array>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace foldline_bench {
namespace {

constexpr std::size_t events_a_batch = 1000;

constexpr std::array<foldline::event_type, 10> types{{{"line-a", 1},
                                                      {"line-b", 1},
                                                      {"line-c", 1},
                                                      {"line-d", 1},
                                                      {"line-e", 1},
                                                      {"line-f", 1},
                                                      {"line-g", 1},
                                                      {"line-h", 1},
                                                      {"line-i", 1},
                                                      {"line-j", 1}}};

/// Events of ten types, which are all of one class.
std::filesystem::path write_ten_types(lab& place) {
    constexpr std::size_t events_a_call = 1000;
    const auto file = place.fresh_file();
    our_store log{file, foldline::sqlite::durability::off};
    our_requests requests{"s"};
    std::size_t made = 0;
    while (made < place.how_much().events) {
        foldline::append_request next = requests.next(events_a_call);
        for (foldline::stream_write& write : next.writes)
            for (foldline::event_data& event : write.events) event.type = types[made++ % types.size()];
        require_stored(log.store.append(next));
    }
    return file;
}

/// What `products` keeps, in a table of its own name, and of events of some types only.
class some_products final : public foldline::projection {
public:
    some_products(std::string name, std::span<const foldline::event_type> wanted)
        : table_{std::move(name), {}},
          upsert_(fmt::format("insert into {} (product, units, total_e4) values (?1, ?2, ?3) on conflict (product) do "
                              "update set units = units + excluded.units, total_e4 = total_e4 + excluded.total_e4",
                              table_.name)) {
        table_.create = fmt::format(
            "create table {} (product text primary key, units integer not null, total_e4 integer not null) strict, "
            "without rowid",
            table_.name);
        for (const foldline::event_type& type : wanted)
            events_.push_back({type, [] { return foldline::message_ptr{new v1::LineMeasured}; }});
    }

    [[nodiscard]] std::string_view name() const override { return table_.name; }
    [[nodiscard]] std::uint32_t version() const override { return 1; }
    [[nodiscard]] std::span<const foldline::read_model_table> tables() const override { return {&table_, 1}; }
    [[nodiscard]] std::span<const foldline::projected_event> events() const override { return events_; }
    void apply(std::size_t, const google::protobuf::Message& message, const foldline::event_view&,
               foldline::sql_session& rows) override {
        const auto& line = static_cast<const v1::LineMeasured&>(message);
        rows.execute(upsert_, line.product(), line.units(), line.total_e4());
    }

private:
    foldline::read_model_table table_;
    std::string upsert_;
    std::vector<foldline::projected_event> events_;
};

/// How long it takes to keep so many tables in one file, among which the types of event are divided.
double keep_tables(lab& place, const our_store& log, std::size_t tables) {
    return in_fresh_file(place, [&](const auto& file) {
        our_rows rows{file};
        std::deque<some_products> projections;
        foldline::projector projector{log.store, batches_of(events_a_batch)};
        const std::size_t share = types.size() / tables;
        for (std::size_t i = 0; i < tables; ++i)
            projector.add(
                projections.emplace_back(fmt::format("products_{}", i), std::span{types}.subspan(i * share, share)),
                rows.models);
        return time_to_catch_up(projector, place.how_much().events).count();
    });
}

contest ten_tables(lab& place) {
    auto log = std::make_shared<our_store>(write_ten_types(place));
    return {[&place, log] { return keep_tables(place, *log, types.size()); },
            [&place, log] { return keep_tables(place, *log, 1); }};
}

using units_sold = std::unordered_map<std::string, std::int64_t>;

/// How long it takes to keep so many objects in memory, each of which gets every event.
double keep_objects(const our_store& log, std::size_t events, std::size_t objects) {
    std::deque<foldline::memory_projection<units_sold>> projections;
    foldline::projector projector{log.store, batches_of(events_a_batch)};
    for (std::size_t i = 0; i < objects; ++i) {
        auto& projection = projections.emplace_back(fmt::format("products_{}", i), 1);
        projection.on([](units_sold& units, const v1::LineMeasured& line, const foldline::event_view&) {
            units[line.product()] += line.units();
        });
        projector.add(projection, projection.models());
    }
    return time_to_catch_up(projector, events).count();
}

contest ten_objects(lab& place) {
    const histories& logs = place.windows();
    auto log = std::make_shared<our_store>(logs.ours);
    return {[log, n = logs.events] { return keep_objects(*log, n, 10); },
            [log, n = logs.events] { return keep_objects(*log, n, 1); }};
}

}  // namespace

std::vector<row> ten_rows() {
    return {
        {"project.ten.table", wall_seconds, 0,
         "no raw program: OUR OWN one table, for events of all ten types; ours has ten, for events of one type each",
         ten_tables},
        {"project.ten.memory", wall_seconds, 0,
         "no raw program: OUR OWN one object in memory; ours has ten, each of which gets every event", ten_objects}};
}

}  // namespace foldline_bench
