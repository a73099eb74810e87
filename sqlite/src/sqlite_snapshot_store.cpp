#include <foldline/sqlite/sqlite_snapshot_store.hpp>

#include "pool.hpp"
#include "row_values.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <variant>

namespace foldline::inline v0::sqlite {
namespace {

// Streams stand here by name, so that a snapshot needs nothing of the event log's tables.
constexpr std::string_view first_tables = R"sql(
create table sn_snapshots (
    category text not null,
    id text not null,
    version integer not null,
    position integer not null,
    recorded_at integer not null,
    latest_occurred integer not null,
    fingerprint integer not null,
    state blob not null,
    checksum integer not null,
    unique (category, id, version)
) strict;
)sql";

constexpr std::array steps{migration{1, first_tables}};

/// The bounds that a snapshot must lie within to serve a time.
struct bounds {
    static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
    std::int64_t version = none;
    std::int64_t position = none;
    std::int64_t recorded_at = none;
    std::int64_t latest_occurred = none;
};

struct bounds_of {
    bounds operator()(const latest&) const { return {}; }
    bounds operator()(const at_version& when) const { return {.version = when.version.value}; }
    bounds operator()(const at_position& when) const { return {.position = when.position.value}; }
    bounds operator()(const as_of_recorded& when) const { return {.recorded_at = micros(when.time)}; }
    bounds operator()(const as_of_occurred& when) const { return {.latest_occurred = micros(when.time)}; }
};

found_snapshot read_row(const stream_id& stream, const statement& row) {
    found_snapshot found{{stream, {}, 0, {}}, snapshot_bytes::intact};
    snapshot& value = found.value;
    value.progress.version = stream_version{row.integer(0)};
    value.progress.position = global_position{row.integer(1)};
    value.progress.recorded_at = timestamp_from(row.integer(2));
    value.progress.latest_occurred = timestamp_from(row.integer(3));
    value.fingerprint = static_cast<std::uint64_t>(row.integer(4));
    value.state = row.blob(5);
    if (checksum_of(value) != static_cast<std::uint64_t>(row.integer(6))) found.bytes = snapshot_bytes::damaged;
    return found;
}

void insert(connection& db, const snapshot& taken) {
    db.prepared(
          "insert or replace into sn_snapshots (category, id, version, position, recorded_at, latest_occurred, "
          "fingerprint, state, checksum) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        .bind_text(1, taken.stream.category())
        .bind_text(2, taken.stream.id())
        .bind(3, taken.progress.version.value)
        .bind(4, taken.progress.position.value)
        .bind(5, micros(taken.progress.recorded_at))
        .bind(6, micros(taken.progress.latest_occurred))
        .bind(7, static_cast<std::int64_t>(taken.fingerprint))
        .bind_blob(8, taken.state)
        .bind(9, static_cast<std::int64_t>(checksum_of(taken)))
        .run();
}

void keep_latest(connection& db, const stream_id& stream, std::size_t kept) {
    db.prepared(
          "delete from sn_snapshots where category = ?1 and id = ?2 and version not in "
          "(select version from sn_snapshots where category = ?1 and id = ?2 order by version desc limit ?3)")
        .bind_text(1, stream.category())
        .bind_text(2, stream.id())
        .bind(3, static_cast<std::int64_t>(std::min<std::size_t>(kept, std::numeric_limits<std::int32_t>::max())))
        .run();
}

}  // namespace

struct sqlite_snapshot_store::parts {
    explicit parts(database& database) : file(database), readers([this] { return file.open_reader(); }) {
        file.require_component("snapshots", steps);
    }

    database& file;
    pool<connection> readers;
};

sqlite_snapshot_store::sqlite_snapshot_store(database& file) : parts_(std::make_unique<parts>(file)) {}
sqlite_snapshot_store::~sqlite_snapshot_store() = default;

void sqlite_snapshot_store::save(const snapshot& taken, std::size_t kept) {
    if (parts_->file.is_read_only()) return;
    const write_lease lease = parts_->file.lease_writer();
    transaction change{lease.db()};
    insert(lease.db(), taken);
    keep_latest(lease.db(), taken.stream, kept);
    change.commit();
}

std::optional<found_snapshot> sqlite_snapshot_store::nearest(const snapshot_query& query) const {
    const bounds within = std::visit(bounds_of{}, query.when);
    const auto reader = parts_->readers.take();
    statement& find = reader->prepared(
        "select version, position, recorded_at, latest_occurred, fingerprint, state, checksum from sn_snapshots "
        "where category = ?1 and id = ?2 and version < ?3 and version <= ?4 and position <= ?5 and recorded_at <= ?6 "
        "and latest_occurred <= ?7 order by version desc limit 1");
    const reset_at_exit end{find};
    find.bind_text(1, query.stream.category()).bind_text(2, query.stream.id()).bind(3, query.before.value);
    find.bind(4, within.version).bind(5, within.position).bind(6, within.recorded_at).bind(7, within.latest_occurred);
    if (!find.step()) return std::nullopt;
    return read_row(query.stream, find);
}

void sqlite_snapshot_store::drop(const stream_id& stream, stream_version version) {
    if (parts_->file.is_read_only()) return;
    parts_->file.lease_writer()
        .db()
        .prepared("delete from sn_snapshots where category = ?1 and id = ?2 and version = ?3")
        .bind_text(1, stream.category())
        .bind_text(2, stream.id())
        .bind(3, version.value)
        .run();
}

void sqlite_snapshot_store::drop_all(const stream_id& stream) {
    if (parts_->file.is_read_only()) return;
    parts_->file.lease_writer()
        .db()
        .prepared("delete from sn_snapshots where category = ?1 and id = ?2")
        .bind_text(1, stream.category())
        .bind_text(2, stream.id())
        .run();
}

}  // namespace foldline::inline v0::sqlite
