#include "verify_notes.hpp"

#include "row_values.hpp"

#include <foldline/snapshots/snapshot.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::sqlite {
namespace {

std::string place_of(const statement& row) {
    return fmt::format("snapshot of {} @{}", stream_ref{row.text(0), row.text(1)}.to_string(), row.integer(2));
}

snapshot snapshot_from(const statement& row) {
    snapshot found{stream_id{std::string(row.text(0)), std::string(row.text(1))}, {}, 0, {}};
    found.progress.version = stream_version{row.integer(2)};
    found.progress.position = global_position{row.integer(3)};
    found.progress.recorded_at = timestamp_from(row.integer(4));
    found.progress.latest_occurred = timestamp_from(row.integer(5));
    found.fingerprint = static_cast<std::uint64_t>(row.integer(6));
    found.state = row.blob(7);
    return found;
}

// The columns behind the snapshot's own: of its stream, and of the event at its position.
enum column { first_version = 9, event_version, event_recorded_at, is_of_stream };

/// What is wrong with a snapshot; empty if nothing.
std::string fault_of(const statement& row) {
    try {
        if (checksum_of(snapshot_from(row)) != static_cast<std::uint64_t>(row.integer(8)))
            return "its checksum does not match its columns";
    } catch (const invalid_name& bad) {
        return bad.what();
    }
    if (row.is_null(first_version)) return "there is no such stream";
    if (row.integer(2) < row.integer(first_version)) return {};  // the events that it was made from were purged
    const bool is_its_event = row.integer(is_of_stream) == 1 && row.integer(event_version) == row.integer(2) &&
                              row.integer(event_recorded_at) == row.integer(4);
    return is_its_event ? std::string{} : "the event that it ends with is not in its stream";
}

}  // namespace

void verify_snapshots(connection& db, verification_notes& notes) {
    if (!has_table(db, "sn_snapshots")) return;
    statement rows = db.prepare(
        "select n.category, n.id, n.version, n.position, n.recorded_at, n.latest_occurred, n.fingerprint, n.state, "
        "n.checksum, s.first_version, e.version, e.recorded_at, e.stream = s.stream from sn_snapshots n "
        "left join log_streams s on s.category = n.category and s.id = n.id "
        "left join log_events e on e.position = n.position");
    while (rows.step()) {
        ++notes.result.snapshots;
        if (std::string why = fault_of(rows); !why.empty()) notes.add(place_of(rows), std::move(why));
    }
}

}  // namespace foldline::inline v0::sqlite
