// What stands beside the events and has no checksum of its own is held against the events, or against itself: one byte
// cannot change both sides.
#include "verify_notes.hpp"

#include "row_values.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0::sqlite {
namespace {

/// Events that were removed on purpose are not there, and no event is said to be removed twice. What lies between the
/// events was compared with these ranges when the events were walked over.
void check_purges(connection& db, verification_notes& notes) {
    statement rows = db.prepare(
        "select first_position, last_position, exists (select 1 from log_events where position between first_position "
        "and last_position) from log_purges order by first_position");
    std::int64_t last = 0;
    while (rows.step()) {
        const std::string place = fmt::format("log_purges {}", rows.integer(0));
        if (rows.integer(0) <= last || rows.integer(1) < rows.integer(0))
            notes.add(place,
                      fmt::format("positions {} to {} are no range of their own", rows.integer(0), rows.integer(1)));
        if (rows.integer(2) != 0) notes.add(place, "some of the events that were purged are still there");
        last = std::max(last, rows.integer(1));
    }
}

/// A write is stored at one go, in one stream: its events are as many in the log as in the stream, and the first of them
/// has the id that the record goes by.
void check_appends(connection& db, verification_notes& notes) {
    statement rows = db.prepare(
        "select a.first_event_id, a.count >= 1 and a.version - a.count between 0 and s.first_version - 2, a.count >= 1 "
        "and f.event_id = a.first_event_id and f.stream = a.stream and l.stream = a.stream and l.version = a.version "
        "and l.version - f.version = a.count - 1 from log_appends a left join log_streams s on s.stream = a.stream "
        "left join log_events f on f.position = a.position - a.count + 1 "
        "left join log_events l on l.position = a.position");
    while (rows.step()) {
        const auto id = uuid_from(rows.blob(0));
        const bool is_purged = rows.integer(1) == 1;
        const bool agrees = rows.integer(2) == 1;
        if (id && (is_purged || agrees)) continue;
        notes.add(fmt::format("log_appends {}", id ? id->to_string() : "(no UUID)"),
                  "it does not match the events that it speaks of");
    }
}

void check_inline_projections(connection& db, verification_notes& notes) {
    statement rows = db.prepare(
        "select t.name, t.projection, s.name, p.version from log_inline_tables t "
        "left join sqlite_schema s on s.type = 'table' and s.name = t.name "
        "left join log_inline p on p.projection = t.projection");
    while (rows.step()) {
        const std::string place = fmt::format("log_inline_tables {}", rows.text(0));
        if (rows.is_null(2)) notes.add(place, "there is no such table");
        if (rows.is_null(3)) notes.add(place, fmt::format("there is no inline projection {}", rows.text(1)));
    }
}

}  // namespace

void verify_records(connection& db, verification_notes& notes) {
    notes.look_at("log_purges", [&] { check_purges(db, notes); });
    notes.look_at("log_appends", [&] { check_appends(db, notes); });
    notes.look_at("log_inline_tables", [&] { check_inline_projections(db, notes); });
}

}  // namespace foldline::inline v0::sqlite
