#include "read_model_tables.hpp"

#include "dead_letter_rows.hpp"
#include "process_mark.hpp"
#include "row_values.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace foldline::inline v0::sqlite {
namespace {

constexpr std::array<migration, 2> steps{{{1, R"sql(
create table rm_checkpoints (
    projection text primary key,
    version integer not null,
    store_id blob not null,
    history_id blob not null,
    position integer not null,
    updated_at integer not null,  -- microseconds since 1970, for people
    build blob not null,
    tables text not null
) strict, without rowid;
create table rm_tables (
    name text primary key collate nocase,
    projection text not null
) strict, without rowid;
)sql"},
                                          {2, R"sql(
create table rm_projections (
    name text primary key,
    version integer not null,
    store_id blob not null,
    history_id blob not null,
    definition text not null,      -- what the rows depend on; '' for rows from before this step
    revision integer not null,     -- raised by whoever changes the projection from outside
    paused integer not null,
    build blob not null            -- names the run that built the rows, from the first event on
) strict, without rowid;
create table rm_partitions (
    projection text not null,
    segment integer not null,
    mask integer not null,
    position integer not null,
    reached_at integer not null,   -- recorded time of the last event passed, microseconds since 1970
    moved_at integer not null,     -- when it last got further, microseconds since 1970
    epoch integer not null,
    beat integer not null,
    owner blob,                    -- null: nobody has it
    process text not null,         -- of the owner; '': unknown
    primary key (projection, segment, mask)
) strict, without rowid;
create table rm_parked (
    projection text not null,
    position integer not null,
    order_key text not null,
    stream text not null,
    version integer not null,
    type text not null,
    failed integer not null,       -- 1: could not be applied; 0: waits behind one that could not
    error text not null,
    attempts integer not null,
    first_failed_at integer not null,
    last_failed_at integer not null,
    primary key (projection, position)
) strict, without rowid;
create index rm_parked_of_key on rm_parked (projection, order_key, position);
create table rm_dropped (
    projection text not null,
    position integer not null,
    order_key text not null,
    stream text not null,
    version integer not null,
    type text not null,
    failed integer not null,
    error text not null,
    attempts integer not null,
    first_failed_at integer not null,
    last_failed_at integer not null,
    reason text not null,
    dropped_at integer not null,
    primary key (projection, position)
) strict, without rowid;
create table rm_members (
    projection text not null,
    worker blob not null,
    beat integer not null,
    process text not null,
    primary key (projection, worker)
) strict, without rowid;
insert into rm_projections select projection, version, store_id, history_id, '', 0, 0, build from rm_checkpoints;
insert into rm_partitions select projection, 0, 0, position, updated_at, updated_at, 0, 0, null, '' from rm_checkpoints;
drop table rm_checkpoints;
)sql"}}};

uuid id_from(const connection& db, std::string_view bytes) {
    const auto id = uuid_from(bytes);
    if (!id)
        throw corrupt_data(fmt::format("what {} says of its read models holds an id that is none", db.file().string()));
    return *id;
}

constexpr auto select_partitions =
    "select segment, mask, position, reached_at, moved_at, epoch, beat, owner, process from main.rm_partitions "
    "where projection = ?1 order by segment, mask";
constexpr auto select_partition =
    "select segment, mask, position, reached_at, moved_at, epoch, beat, owner, process from main.rm_partitions "
    "where projection = ?1 and segment = ?2 and mask = ?3";

partition_state partition_from(const statement& row) {
    partition_state found;
    found.part = {static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint32_t>(row.integer(1))};
    found.position = global_position{row.integer(2)};
    found.reached = timestamp_from(row.integer(3));
    found.moved = timestamp_from(row.integer(4));
    found.epoch = static_cast<std::uint64_t>(row.integer(5));
    found.beat = static_cast<std::uint64_t>(row.integer(6));
    if (row.is_null(7)) return found;
    found.owner = owner_from(row, 7);
    found.owner_ended = has_process_ended(row.text(8));
    return found;
}

std::vector<partition_state> partitions_of(connection& db, std::string_view projection) {
    std::vector<partition_state> found;
    statement& rows = db.prepared(select_partitions);
    const reset_at_exit end{rows};
    rows.bind_text(1, projection);
    while (rows.step()) found.push_back(partition_from(rows));
    return found;
}

statement& bind_part(statement& target, std::string_view projection, partition part) {
    return target.bind_text(1, projection).bind(2, std::int64_t{part.segment}).bind(3, std::int64_t{part.mask});
}

std::int64_t integer_of(connection& db, std::string_view sql, std::string_view projection) {
    statement& row = db.prepared(sql);
    const reset_at_exit end{row};
    return row.bind_text(1, projection).step() ? row.integer(0) : 0;
}

void delete_rows(connection& db, std::string_view table, std::string_view column, std::string_view projection) {
    db.prepare(fmt::format("delete from main.{} where {} = ?1", table, column)).bind_text(1, projection).run();
}

/// An event that belongs to no part would never be seen, and one that belongs to two would be seen twice.
bool are_whole(std::span<const partition> parts) {
    std::uint64_t covered = 0;  // of all hashes
    bool apart = true;
    for (auto one = parts.begin(); one != parts.end(); ++one) {
        covered += (std::uint64_t{1} << 32U) / (std::uint64_t{one->mask} + 1);
        apart = apart && std::none_of(parts.begin(), one, [&](partition other) {
                    const auto common = one->mask & other.mask;
                    return (one->segment & common) == (other.segment & common);
                });
    }
    return apart && covered == std::uint64_t{1} << 32U;
}

void require_whole(std::string_view projection, std::span<const partition> parts) {
    if (are_whole(parts)) return;
    throw invalid_request(
        fmt::format("projection {}: its {} partitions are not the whole, or overlap; `partitions(n)` gives such as fit",
                    projection, parts.size()));
}

/// A damaged row would otherwise send whoever works on the projection from one part to the other for ever.
void require_sound(const connection& db, const projection_state& found) {
    std::vector<partition> parts;
    for (const partition_state& each : found.partitions) parts.push_back(each.part);
    if (are_whole(parts)) return;
    throw corrupt_data(fmt::format("the {} partitions of projection {} in {} are not the whole, or overlap; reset it",
                                   parts.size(), found.name, db.file().string()));
}

void insert_projection(connection& db, const projection& projection, const store_identity& source,
                       std::int64_t revision) {
    const std::string definition = definition_of(projection);
    statement insert = db.prepare(
        "insert into main.rm_projections (name, version, store_id, history_id, definition, revision, paused, build) "
        "values (?1, ?2, ?3, ?4, ?5, ?6, 0, randomblob(16))");
    insert.bind_text(1, projection.name())
        .bind(2, std::int64_t{projection.version()})
        .bind_blob(3, bytes_of(source.store.value))
        .bind_blob(4, bytes_of(source.history.value))
        .bind_text(5, definition)
        .bind(6, revision)
        .run();
}

void insert_partition(connection& db, std::string_view projection, partition part, std::int64_t epoch) {
    bind_part(
        db.prepared("insert into main.rm_partitions (projection, segment, mask, position, reached_at, moved_at, "
                    "epoch, beat, owner, process) values (?1, ?2, ?3, 0, 0, unixepoch() * 1000000, ?4, 0, null, '')"),
        projection, part)
        .bind(4, epoch)
        .run();
}

}  // namespace

void require_read_model_tables(database& file) { file.require_component("read_models", steps); }

std::vector<projection_state> find_projections(connection& db) {
    std::vector<std::string> names;
    statement rows = db.prepare("select name from main.rm_projections order by name");
    while (rows.step()) names.emplace_back(rows.text(0));
    std::vector<projection_state> all;
    for (const std::string& name : names)
        if (auto found = find_projection(db, name)) all.push_back(*std::move(found));
    return all;
}

std::optional<projection_state> find_projection(connection& db, std::string_view name) {
    statement& row = db.prepared(
        "select version, store_id, history_id, definition, revision, paused from main.rm_projections where name = ?1");
    const reset_at_exit end{row};
    if (!row.bind_text(1, name).step()) return std::nullopt;
    projection_state found;
    found.name = name;
    found.version = static_cast<std::uint32_t>(row.integer(0));
    found.source = {store_id{id_from(db, row.blob(1))}, history_id{id_from(db, row.blob(2))}};
    found.definition = row.text(3);
    found.revision = static_cast<std::uint64_t>(row.integer(4));
    found.paused = row.integer(5) != 0;
    found.partitions = partitions_of(db, name);
    require_sound(db, found);
    return found;
}

std::optional<partition_state> find_partition(connection& db, std::string_view projection, partition part) {
    statement& row = db.prepared(select_partition);
    const reset_at_exit end{row};
    if (!bind_part(row, projection, part).step()) return std::nullopt;
    return partition_from(row);
}

std::string build_of(connection& db, std::string_view projection) {
    statement row = db.prepare("select build from main.rm_projections where name = ?1");
    return row.bind_text(1, projection).step() ? std::string(row.blob(0)) : std::string{};
}

void begin_rows(connection& db, const projection& projection, const store_identity& source,
                std::span<const partition> parts) {
    require_whole(projection.name(), parts);
    // One that was removed and made anew must not come by the numbers of claims from before.
    const auto revision =
        integer_of(db, "select ifnull(max(revision), random() & 0xFFFFFFFFFF) from main.rm_projections where name = ?1",
                   projection.name());
    const auto epoch =
        integer_of(db, "select max(epoch) from main.rm_partitions where projection = ?1", projection.name());
    delete_rows(db, "rm_projections", "name", projection.name());
    delete_rows(db, "rm_partitions", "projection", projection.name());
    forget_parked(db, projection.name());
    insert_projection(db, projection, source, revision + 1);
    for (const partition part : parts) insert_partition(db, projection.name(), part, epoch + 1);
}

void forget_rows(connection& db, std::string_view projection) {
    delete_rows(db, "rm_projections", "name", projection);
    for (const auto* table : {"rm_partitions", "rm_dropped", "rm_members"})
        delete_rows(db, table, "projection", projection);
    forget_parked(db, projection);
}

void raise_revision(connection& db, std::string_view projection) {
    db.prepared("update main.rm_projections set revision = revision + 1 where name = ?1")
        .bind_text(1, projection)
        .run();
}

void require_good(connection& db, const partition_claim& claim) {
    statement& row = db.prepared(
        "select p.owner, p.epoch, p.position, r.revision, r.paused from main.rm_partitions p "
        "join main.rm_projections r on r.name = p.projection "
        "where p.projection = ?1 and p.segment = ?2 and p.mask = ?3");
    const reset_at_exit end{row};
    const auto lost = [&](std::string_view why) {
        return claim_lost(fmt::format("the claim on partition {} of projection {} in {} is lost: {}",
                                      to_string(claim.part), claim.projection, db.file().string(), why));
    };
    if (!bind_part(row, claim.projection, claim.part).step()) throw lost("it is there no more");
    if (row.integer(4) != 0) throw lost("the projection is paused");
    if (owner_from(row, 0) != claim.owner) throw lost("it has another owner");
    if (static_cast<std::uint64_t>(row.integer(1)) != claim.epoch)
        throw lost(fmt::format("it was claimed anew or put elsewhere (epoch {}, not {})", row.integer(1), claim.epoch));
    if (static_cast<std::uint64_t>(row.integer(3)) != claim.revision)
        throw lost(fmt::format("the projection was changed from outside (revision {}, not {})", row.integer(3),
                               claim.revision));
    if (row.integer(2) != claim.position.value)
        throw lost(fmt::format("it stands at position {}, not at {}", row.integer(2), claim.position.value));
}

void move_on(connection& db, const partition_claim& claim, global_position position, timestamp recorded_at) {
    bind_part(db.prepared("update main.rm_partitions set position = ?4, reached_at = ?5, "
                          "moved_at = unixepoch() * 1000000, beat = beat + 1 "
                          "where projection = ?1 and segment = ?2 and mask = ?3"),
              claim.projection, claim.part)
        .bind(4, position.value)
        .bind(5, micros(recorded_at))
        .run();
}

void bind_owner(statement& target, int parameter, const worker_id& owner) {
    if (owner.is_nobody()) target.bind_null(parameter);
    else target.bind_blob(parameter, bytes_of(owner.value));
}

worker_id owner_from(const statement& row, int column) {
    if (row.is_null(column)) return {};
    const auto id = uuid_from(row.blob(column));
    if (!id) throw corrupt_data("the owner of a partition is no worker id");
    return worker_id{*id};
}

void settle(write_lease& lease, const storage_error& failed) noexcept {
    if (failed.outcome != write_outcome::unknown) return;
    try {
        lease.reopen();
    } catch (const std::exception&) {
        // The next lease tries it again, and tells.
    }
}

}  // namespace foldline::inline v0::sqlite
