#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <foldline/projections/projector.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>

#include <sqlite3.h>

#include <memory>
#include <stdexcept>

namespace foldline_bench {
namespace {

constexpr std::int64_t events_a_commit = 1000;

#define PRODUCTS_TABLE                                                                                             \
    "create table products (product text primary key, units integer not null, total_e4 integer not null) strict, " \
    "without rowid"
#define UPSERT_PRODUCT                                                                                         \
    "insert into products (product, units, total_e4) values (?1, ?2, ?3) on conflict (product) do update set " \
    "units = units + excluded.units, total_e4 = total_e4 + excluded.total_e4"

foldline::sql_projection products() {
    foldline::sql_projection projection{"products", 1};
    projection.table("products", PRODUCTS_TABLE);
    projection.on([](const v1::LineMeasured& line, const foldline::event_view&, foldline::sql_session& rows) {
        rows.execute(UPSERT_PRODUCT, line.product(), line.units(), line.total_e4());
    });
    return projection;
}

double our_round(lab& place, const our_store& log, std::size_t events) {
    const auto file = place.fresh_file();
    seconds passed{0};
    {
        foldline::sqlite::database rows{file};
        foldline::sqlite::sqlite_read_models models{rows};
        foldline::sql_projection projection = products();
        foldline::projector projector{log.store, models, projection, foldline::batch_limit{events_a_commit}};
        passed = time_of([&] { projector.catch_up(); });
        if (projector.position().value != static_cast<std::int64_t>(events))
            throw std::logic_error("the projection did not come to the end of the log");
    }
    remove_database(file);
    return static_cast<double>(events) / passed.count();
}

/// One connection reads, the other one keeps the table and, beside it, the position that it has come to.
class raw_projection {
public:
    raw_projection(const std::filesystem::path& log, const std::filesystem::path& file)
        : log_(open_raw(log, "full")), rows_(open_raw(file, "full")) {
        execute_raw(rows_.get(), PRODUCTS_TABLE);
        execute_raw(rows_.get(),
                    "create table checkpoint (position integer not null); insert into checkpoint values (0)");
        events_ = prepare_raw(log_.get(), "select position, type, payload from log_events order by position");
        begin_ = prepare_raw(rows_.get(), "begin immediate");
        commit_ = prepare_raw(rows_.get(), "commit");
        upsert_ = prepare_raw(rows_.get(), UPSERT_PRODUCT);
        checkpoint_ = prepare_raw(rows_.get(), "update checkpoint set position = ?1");
    }

    std::int64_t run() {
        std::int64_t position = 0;
        run_raw(begin_.get());
        while (step_raw(events_.get())) {
            position = sqlite3_column_int64(events_.get(), 0);
            if (sqlite3_column_int64(events_.get(), 1) != 1) continue;
            parse_raw(events_.get(), 2, reused_);
            bind_raw(upsert_.get(), 1, reused_.product());
            bind_raw(upsert_.get(), 2, std::int64_t{reused_.units()});
            bind_raw(upsert_.get(), 3, reused_.total_e4());
            run_raw(upsert_.get());
            if (position % events_a_commit == 0) {
                commit(position);
                run_raw(begin_.get());
            }
        }
        commit(position);
        return position;
    }

private:
    void commit(std::int64_t position) {
        bind_raw(checkpoint_.get(), 1, position);
        run_raw(checkpoint_.get());
        run_raw(commit_.get());
    }

    raw_connection log_;
    raw_connection rows_;
    raw_statement events_;
    raw_statement begin_;
    raw_statement commit_;
    raw_statement upsert_;
    raw_statement checkpoint_;
    v1::LineMeasured reused_;
};

double raw_round(lab& place, const histories& logs) {
    const auto file = place.fresh_file();
    seconds passed{0};
    {
        raw_projection projection{logs.raw, file};
        std::int64_t reached = 0;
        passed = time_of([&] { reached = projection.run(); });
        if (reached != static_cast<std::int64_t>(logs.events))
            throw std::logic_error("the raw projection did not come to the end of the log");
    }
    remove_database(file);
    return static_cast<double>(logs.events) / passed.count();
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
