#include "products.hpp"

namespace foldline_bench {
namespace {

constexpr auto table =
    "create table products (product text primary key, units integer not null, total_e4 integer not null) strict, "
    "without rowid";
constexpr auto upsert =
    "insert into products (product, units, total_e4) values (?1, ?2, ?3) on conflict (product) do update set "
    "units = units + excluded.units, total_e4 = total_e4 + excluded.total_e4";

}  // namespace

foldline::sql_projection products() {
    foldline::sql_projection projection{"products", 1};
    projection.table("products", table);
    projection.on([](const v1::LineMeasured& line, const foldline::event_view&, foldline::sql_session& rows) {
        rows.execute(upsert, line.product(), line.units(), line.total_e4());
    });
    return projection;
}

raw_products::raw_products(const std::filesystem::path& file)
    : rows_(file, table), upsert_(prepare_raw(rows_.db(), upsert)) {}

std::int64_t raw_products::follow(raw_events& events, std::int64_t events_a_commit) {
    std::int64_t waiting = 0;
    while (const v1::LineMeasured* line = events.next()) {
        if (waiting == 0) rows_.begin();
        add(*line);
        if (++waiting < events_a_commit) continue;
        rows_.commit(events.position());
        waiting = 0;
    }
    if (waiting > 0) rows_.commit(events.position());
    return events.position();
}

void raw_products::add(const v1::LineMeasured& line) {
    bind_raw(upsert_.get(), 1, line.product());
    bind_raw(upsert_.get(), 2, std::int64_t{line.units()});
    bind_raw(upsert_.get(), 3, line.total_e4());
    run_raw(upsert_.get());
}

}  // namespace foldline_bench
