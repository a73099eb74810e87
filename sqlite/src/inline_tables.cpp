#include "inline_tables.hpp"

#include "projection_tables.hpp"
#include "sql_session.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/dispatch.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>

#include <map>
#include <string>

namespace foldline::inline v0::sqlite {
namespace {

constexpr batch_limit build_page{10'000};

std::map<std::string, std::int64_t, std::less<>> recorded_projections(connection& db) {
    std::map<std::string, std::int64_t, std::less<>> recorded;
    statement& rows = db.prepared("select projection, version from log_inline");
    const reset_at_exit end{rows};
    while (rows.step()) recorded.emplace(rows.text(0), rows.integer(1));
    return recorded;
}

void require_none_missing(const database& file, std::map<std::string, std::int64_t, std::less<>> recorded,
                          std::span<projection* const> projections) {
    for (const projection* present : projections) recorded.erase(std::string(present->name()));
    if (!recorded.empty())
        throw incompatible_store(
            fmt::format("{} keeps the inline projection '{}', which this program lacks; give it to the store as well "
                        "(event_store_options::inline_projections), or its rows would fall behind the events",
                        file.file().string(), recorded.begin()->first));
}

/// An older program would build the rows backwards, under the eyes of the newer one.
void require_not_newer(const database& file, const projection& projection, std::int64_t recorded) {
    if (recorded > projection.version())
        throw incompatible_store(
            fmt::format("{} keeps the inline projection '{}' at version {}, this program has version {}; "
                        "use the newer program",
                        file.file().string(), projection.name(), recorded, projection.version()));
}

void make_tables(connection& db, const projection& projection) {
    projection_tables tables{db, "log_inline_tables"};
    tables.drop(projection.name());
    tables.require_free(projection);
    tables.make(projection);
    db.prepare("insert or replace into log_inline (projection, version) values (?1, ?2)")
        .bind_text(1, projection.name())
        .bind(2, std::int64_t{projection.version()})
        .run();
}

/// Gives where the log ends.
global_position apply_all(connection& db, const event_store& store, projection& projection) {
    projection_dispatch dispatch{store, projection};
    connection_session rows{db, access::user};
    read_query query = read_query::all();
    for (;;) {
        const page page = store.read(query, build_page, [&](const event_view& event) { dispatch.apply(event, rows); });
        projection.flush(rows);
        if (page.at_end) return page.last_position;
        query = query.from(page);
    }
}

void build(connection& db, const event_store& store, projection& projection) {
    try {
        transaction change{db};
        make_tables(db, projection);
        const global_position head = apply_all(db, store, projection);
        change.commit();
        projection.committed(head);
    } catch (...) {
        projection.rolled_back();
        throw;
    }
}

}  // namespace

void require_inline_projections(database& file, const event_store& store, std::span<projection* const> projections) {
    const write_lease lease = file.lease_writer();
    connection& db = lease.db();
    const auto recorded = recorded_projections(db);
    require_none_missing(file, recorded, projections);
    for (projection* projection : projections) {
        const auto known = recorded.find(projection->name());
        if (known != recorded.end() && known->second == projection->version()) continue;
        if (known != recorded.end()) require_not_newer(file, *projection, known->second);
        build(db, store, *projection);
    }
}

void require_same_inline_projections(connection& db, std::span<projection* const> projections) {
    auto recorded = recorded_projections(db);
    for (const projection* present : projections) {
        const auto known = recorded.find(present->name());
        if (known == recorded.end() || known->second != present->version())
            throw incompatible_store(fmt::format(
                "the inline projection '{}' of {} was changed by another program, or taken away; nothing was stored. "
                "End one of the two programs, and open the store again",
                present->name(), db.file().string()));
        recorded.erase(known);
    }
    if (!recorded.empty())
        throw incompatible_store(
            fmt::format("another program has given {} the inline projection '{}', which this one lacks; nothing was "
                        "stored. Give it to this one as well (event_store_options::inline_projections)",
                        db.file().string(), recorded.begin()->first));
}

}  // namespace foldline::inline v0::sqlite
