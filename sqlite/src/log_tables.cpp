#include "log_tables.hpp"

#include "row_values.hpp"

#include <foldline/core/clock.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0::sqlite {
namespace {

// Streams and types are integers in an event's row: as texts they would make it half as long again and six times as slow
// to write. Which index finds the events of a stream is chosen once, when the file is made.
constexpr std::string_view first_tables = R"sql(
create table log_store (
    one integer primary key check (one = 1),
    store_id blob not null,
    history_id blob not null,
    created_at integer not null,
    checksum integer not null
) strict;
create table log_types (
    type integer primary key,
    name text not null,
    version integer not null,
    unique (name, version)
) strict;
create table log_schemas (
    type integer not null,
    hash integer not null,
    message text not null,
    descriptor_set blob not null,
    primary key (type, hash)
) strict, without rowid;
create table log_streams (
    stream integer primary key,
    category text not null,
    id text not null,
    state integer not null default 0,
    first_version integer not null default 1,
    unique (category, id)
) strict;
create table log_events (
    position integer primary key,
    stream integer not null,
    version integer not null,
    type integer not null,
    event_id blob not null,
    recorded_at integer not null,
    occurred_at integer,
    format integer not null,
    metadata blob not null,
    payload blob not null,
    checksum integer not null
) strict;
create table log_stream_index (
    one integer primary key check (one = 1),
    kind integer not null,
    merge_size integer not null,
    merged integer not null default 0,
    merging integer not null default 0,
    merged_stream integer not null default 0,
    merged_version integer not null default 0
) strict;
create table log_appends (
    first_event_id blob primary key,
    stream integer not null,
    version integer not null,
    position integer not null,
    count integer not null
) strict, without rowid;
create table log_purges (
    first_position integer primary key,
    last_position integer not null,
    purged_at integer not null,
    reason text not null
) strict;
create table log_inline (
    projection text primary key,
    version integer not null
) strict, without rowid;
create table log_inline_tables (
    name text primary key,
    projection text not null
) strict, without rowid;
create trigger log_events_are_not_changed before update on log_events begin
    select raise(abort, 'events are never changed');
end;
create trigger log_events_are_not_deleted before delete on log_events begin
    select raise(abort, 'events are never deleted');
end;
create trigger log_appends_are_not_changed before update on log_appends begin
    select raise(abort, 'the record of an append is never changed');
end;
create trigger log_appends_are_not_deleted before delete on log_appends begin
    select raise(abort, 'the record of an append is never deleted');
end;
)sql";

// Schemas get an order, since an event's message may gain fields without a new version; and upcasters that are data get a
// table. No event is touched, so that a large file takes no longer than a small one. No table is renamed: SQLite opens its
// database of temporary tables to do that, and from then on begins and ends a transaction there for each of ours.
constexpr std::string_view revisions_and_upcasters = R"sql(
create table log_schemas_1 as select type, hash, message, descriptor_set from log_schemas;
drop table log_schemas;
create table log_schemas (
    type integer not null,
    revision integer not null,
    first_position integer not null,
    hash integer not null,
    message text not null,
    descriptor_set blob not null,
    checksum integer,
    primary key (type, revision)
) strict, without rowid;
insert into log_schemas (type, revision, first_position, hash, message, descriptor_set)
    select type, row_number() over (partition by type order by hash), 0, hash, message, descriptor_set
    from log_schemas_1;
drop table log_schemas_1;
create table log_upcasters (
    name text not null,
    version integer not null,
    body blob not null,
    checksum integer not null,
    primary key (name, version)
) strict, without rowid;
)sql";

constexpr std::array steps{migration{1, first_tables}, migration{2, revisions_and_upcasters}};
constexpr int oldest_read = 1;  // what of older formats is read leaves the file as it is

constexpr std::string_view immediate_index = "create unique index log_events_by_stream on log_events (stream, version)";
constexpr std::string_view merged_index =
    "create table log_stream_events (stream integer not null, version integer not null, position integer not null, "
    "primary key (stream, version)) strict, without rowid";

std::string_view name_of(stream_index kind) { return kind == stream_index::merged ? "merged" : "immediate"; }

[[noreturn]] void refuse_unwritten(const database& file) {
    throw incompatible_store(file.file().string() + " holds no events: nobody has written to it yet");
}

std::optional<stream_index> find_stream_index(connection& db) {
    statement& kind = db.prepared("select kind from log_stream_index");
    const reset_at_exit end{kind};
    if (!kind.step()) return std::nullopt;
    switch (kind.integer(0)) {
        case std::int64_t{0}: return stream_index::immediate;
        case std::int64_t{1}: return stream_index::merged;
        default:
            throw incompatible_store(
                fmt::format("{} finds the events of a stream in a way that this program does not know (kind {} in "
                            "log_stream_index): it is damaged, or was written by a newer Foldline",
                            db.file().string(), kind.integer(0)));
    }
}

void make_stream_index(connection& db, const event_store_options& options) {
    const stream_index kind = options.index.value_or(stream_index::immediate);
    transaction change{db};
    db.execute(kind == stream_index::merged ? merged_index : immediate_index);
    db.prepared("insert into log_stream_index (one, kind, merge_size) values (1, ?1, ?2)")
        .bind(1, std::int64_t{kind == stream_index::merged})
        .bind(2, options.merge_size)
        .run();
    change.commit();
}

std::int64_t checksum_of(const store_identity& identity, std::int64_t created_at) {
    std::array<char, 40> bytes;
    std::memcpy(bytes.data(), bytes_of(identity.store.value).data(), 16);
    std::memcpy(bytes.data() + 16, bytes_of(identity.history.value).data(), 16);
    std::memcpy(bytes.data() + 32, &created_at, sizeof created_at);
    return static_cast<std::int64_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

void insert_identity(connection& connection, const store_identity& identity, std::int64_t created_at) {
    connection
        .prepare(
            "insert or replace into log_store (one, store_id, history_id, created_at, checksum) "
            "values (1, ?1, ?2, ?3, ?4)")
        .bind_blob(1, bytes_of(identity.store.value))
        .bind_blob(2, bytes_of(identity.history.value))
        .bind(3, created_at)
        .bind(4, checksum_of(identity, created_at))
        .run();
}

store_identity make_identity(connection& connection, const clock& clock, id_source& ids) {
    const store_identity made{{ids.next()}, {ids.next()}};
    transaction change{connection};
    insert_identity(connection, made, micros(clock.now()));
    change.commit();
    return made;
}

}  // namespace

std::optional<store_identity> find_identity(connection& connection) {
    statement query = connection.prepare("select store_id, history_id, created_at, checksum from log_store");
    if (!query.step()) return std::nullopt;
    const auto store = uuid_from(query.blob(0));
    const auto history = uuid_from(query.blob(1));
    if (store && history)
        if (const store_identity found{{*store}, {*history}}; checksum_of(found, query.integer(2)) == query.integer(3))
            return found;
    throw corrupt_data(connection.file().string() +
                       " is damaged: the store's identity in log_store does not match its checksum");
}

void renew_history(connection& connection, const history_id& history) {
    const auto before = find_identity(connection);
    if (!before)
        throw incompatible_store(connection.file().string() + " holds no events: nobody has written to it yet");
    const std::int64_t created_at = connection.integer("select created_at from log_store");
    insert_identity(connection, {before->store, history}, created_at);
}

stream_index require_log_tables(database& file, const event_store_options& options) {
    file.require_component("eventstore", steps, oldest_read);
    std::optional<stream_index> found;
    if (file.is_read_only()) {
        found = find_stream_index(*file.open_reader());
    } else {
        const write_lease lease = file.lease_writer();
        if (!find_stream_index(lease.db())) make_stream_index(lease.db(), options);
        found = find_stream_index(lease.db());
    }
    if (!found) refuse_unwritten(file);
    if (options.index && *options.index != *found)
        throw incompatible_store(fmt::format(
            "{} was made with the {} stream index, and is to be opened with the {} one; leave the choice out, or copy "
            "the events to a new store",
            file.file().string(), name_of(*found), name_of(*options.index)));
    return *found;
}

store_identity require_identity(database& file, const clock& clock, id_source& ids) {
    if (auto known = find_identity(*file.open_reader())) return *known;
    if (file.is_read_only()) refuse_unwritten(file);
    const write_lease lease = file.lease_writer();
    if (auto known = find_identity(lease.db())) return *known;  // another process was first
    return make_identity(lease.db(), clock, ids);
}

log_tail tail_of_log(connection& connection) {
    statement& last =
        connection.prepared("select position, recorded_at from log_events order by position desc limit 2");
    const reset_at_exit end{last};
    log_tail found;
    if (last.step()) {
        found = {last.integer(0), timestamp_from(last.integer(1))};
        const std::int64_t before = last.step() ? last.integer(0) : 0;
        const bool follows = before + 1 == found.position ||
                             (before < found.position && is_purged(connection, before + 1, found.position - 1));
        if (!follows)
            throw corrupt_data(fmt::format("{} is damaged: its last event is at position {}, and the one before at {}",
                                           connection.file().string(), found.position, before));
    }
    // The last events may be purged; their positions are not given out again.
    statement& purged = connection.prepared("select coalesce(max(last_position), 0) from log_purges");
    const reset_at_exit purged_end{purged};
    purged.step();
    found.position = std::max(found.position, purged.integer(0));
    if (found.position < 0 || found.position > largest_number)
        throw corrupt_data(
            fmt::format("{} is damaged: it ends at position {}", connection.file().string(), found.position));
    return found;
}

std::int64_t last_position(connection& connection) {
    statement& last = connection.prepared("select position from log_events order by position desc limit 1");
    const reset_at_exit end{last};
    return last.step() ? last.integer(0) : 0;
}

bool is_purged(connection& connection, std::int64_t first, std::int64_t last) {
    statement& ranges = connection.prepared(
        "select first_position, last_position from log_purges where last_position >= ?1 and first_position <= ?2 "
        "order by first_position");
    const reset_at_exit end{ranges};
    ranges.bind(1, first).bind(2, last);
    while (first <= last && ranges.step()) {
        if (ranges.integer(0) > first) return false;
        first = ranges.integer(1) + 1;
    }
    return first > last;
}

std::string damaged_append(const connection& connection, const event_id& first) {
    return fmt::format(
        "{} is damaged: the record in log_appends of the append that began with {} does not match the events",
        connection.file().string(), first.to_string());
}

}  // namespace foldline::inline v0::sqlite
