#include "lease_rows.hpp"

#include "process_mark.hpp"
#include "read_model_tables.hpp"
#include "row_values.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0::sqlite {
namespace {

/// Binds what names a partition to the first three parameters.
statement& at_partition(connection& db, std::string_view sql, std::string_view projection, partition part) {
    return db.prepared(sql)
        .bind_text(1, projection)
        .bind(2, std::int64_t{part.segment})
        .bind(3, std::int64_t{part.mask});
}

/// The revision of a projection that may be worked on; empty where it is paused or not there.
std::optional<std::uint64_t> revision_of(connection& db, std::string_view projection) {
    statement& row = db.prepared("select revision from main.rm_projections where name = ?1 and paused = 0");
    const reset_at_exit end{row};
    if (!row.bind_text(1, projection).step()) return std::nullopt;
    return static_cast<std::uint64_t>(row.integer(0));
}

struct claimant {
    worker_id worker;
    const std::optional<partition_state>& watched;  // what it saw unchanged for as long as a lease lasts
};

bool gives_way(const partition_state& held, const claimant& by) {
    if (!held.owner || held.owner->is_nobody() || held.owner == by.worker || held.owner_ended) return true;
    // Nobody in particular keeps no lease, so it has none that could be the longer one.
    return !by.worker.is_nobody() && by.watched && by.watched->part == held.part && by.watched->epoch == held.epoch &&
           by.watched->beat == held.beat;
}

/// The claim that `by` would have, under the epoch that is next; empty if it may have none.
std::optional<partition_claim> claim_for(connection& db, std::string_view projection, partition part,
                                         const claimant& by) {
    const auto revision = revision_of(db, projection);
    if (!revision) return std::nullopt;
    const auto held = find_partition(db, projection, part);
    if (!held || !gives_way(*held, by)) return std::nullopt;
    return partition_claim{std::string(projection), part, by.worker, held->epoch + 1, *revision, held->position};
}

void store_claim(connection& db, const partition_claim& claim) {
    const std::string process = own_process_mark();
    statement& change = at_partition(db,
                                     "update main.rm_partitions set epoch = ?4, beat = beat + 1, owner = ?5, "
                                     "process = ?6 where projection = ?1 and segment = ?2 and mask = ?3",
                                     claim.projection, claim.part);
    const reset_at_exit end{change};
    change.bind(4, static_cast<std::int64_t>(claim.epoch));
    bind_owner(change, 5, claim.owner);
    change.bind_text(6, process).run();
}

bool show_life(connection& db, const partition_claim& claim) {
    statement& change =
        at_partition(db,
                     "update main.rm_partitions set beat = beat + 1 where projection = ?1 and segment = ?2 and "
                     "mask = ?3 and epoch = ?4 and owner is ?5 and exists (select 1 from main.rm_projections "
                     "where name = ?1 and paused = 0 and revision = ?6)",
                     claim.projection, claim.part);
    const reset_at_exit end{change};
    change.bind(4, static_cast<std::int64_t>(claim.epoch)).bind(6, static_cast<std::int64_t>(claim.revision));
    bind_owner(change, 5, claim.owner);
    change.run();
    return db.changes() == 1;
}

/// Under another epoch, so that a transaction that its owner has begun fails.
void give_up(connection& db, const partition_claim& claim) {
    statement& change =
        at_partition(db,
                     "update main.rm_partitions set owner = null, process = '', epoch = epoch + 1 where "
                     "projection = ?1 and segment = ?2 and mask = ?3 and epoch = ?4 and owner is ?5",
                     claim.projection, claim.part);
    const reset_at_exit end{change};
    change.bind(4, static_cast<std::int64_t>(claim.epoch));
    bind_owner(change, 5, claim.owner);
    change.run();
}

std::string known_parts(connection& db, std::string_view projection) {
    statement& rows =
        db.prepared("select segment, mask from main.rm_partitions where projection = ?1 order by segment, mask");
    const reset_at_exit end{rows};
    rows.bind_text(1, projection);
    constexpr std::size_t enough_to_see = 100;
    std::string names;
    while (rows.step() && names.size() < enough_to_see) {
        const partition part{static_cast<std::uint32_t>(rows.integer(0)), static_cast<std::uint32_t>(rows.integer(1))};
        names += (names.empty() ? "" : ", ") + to_string(part);
    }
    return names;
}

partition_state require_partition(connection& db, std::string_view projection, partition part) {
    const auto found = find_partition(db, projection, part);
    if (found) return *found;
    const std::string others = known_parts(db, projection);
    throw invalid_request(fmt::format(
        "projection {} has no partition {} in {}; {}", projection, to_string(part), db.file().string(),
        others.empty() ? "it has no rows there at all: let a projector make them first" : "it has " + others));
}

void delete_partition(connection& db, std::string_view projection, partition part) {
    at_partition(db, "delete from main.rm_partitions where projection = ?1 and segment = ?2 and mask = ?3", projection,
                 part)
        .run();
}

/// Nobody's, with all else as `state` says.
void insert_partition(connection& db, std::string_view projection, const partition_state& state) {
    at_partition(db,
                 "insert into main.rm_partitions (projection, segment, mask, position, reached_at, moved_at, epoch, "
                 "beat, owner, process) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, null, '')",
                 projection, state.part)
        .bind(4, state.position.value)
        .bind(5, micros(state.reached))
        .bind(6, micros(state.moved))
        .bind(7, static_cast<std::int64_t>(state.epoch))
        .bind(8, static_cast<std::int64_t>(state.beat))
        .run();
}

void require_same_place(connection& db, std::string_view projection, const partition_state& one,
                        const partition_state& other) {
    if (one.position == other.position) return;
    throw invalid_request(fmt::format(
        "the partitions {} and {} of projection {} in {} stand at {} and {}; let {} catch up with the other one, keep "
        "both from moving on, and merge them then",
        to_string(one.part), to_string(other.part), projection, db.file().string(), one.position.value,
        other.position.value, to_string(one.position < other.position ? one.part : other.part)));
}

}  // namespace

std::optional<partition_claim> sqlite_lease_store::claim(std::string_view projection, partition part, worker_id worker,
                                                         std::optional<partition_state> watched) {
    const claimant by{worker, watched};
    // Most claims are refused, by a look that keeps no writer waiting.
    if (!claim_for(*readers_.take(), projection, part, by)) return std::nullopt;
    std::optional<partition_claim> claim;
    write_lease lease = file_.lease_writer();
    in_transaction(lease, [&](connection& db) {
        claim = claim_for(db, projection, part, by);
        if (claim) store_claim(db, *claim);
    });
    return claim;
}

std::vector<partition_claim> sqlite_lease_store::beat(std::span<const partition_claim> claims) {
    std::vector<partition_claim> good;
    if (claims.empty()) return good;
    write_lease lease = file_.lease_writer();
    in_transaction(lease, [&](connection& db) {
        std::copy_if(claims.begin(), claims.end(), std::back_inserter(good),
                     [&](const partition_claim& claim) { return show_life(db, claim); });
    });
    return good;
}

void sqlite_lease_store::release(std::span<const partition_claim> claims) {
    if (claims.empty()) return;
    write_lease lease = file_.lease_writer();
    in_transaction(lease, [&](connection& db) {
        for (const partition_claim& claim : claims) give_up(db, claim);
    });
}

void sqlite_lease_store::enter(std::string_view projection, worker_id worker) {
    if (worker.is_nobody()) return;
    const std::string process = own_process_mark();
    write_lease lease = file_.lease_writer();
    in_transaction(lease, [&](connection& db) {
        db.prepared(
              "insert into main.rm_members (projection, worker, beat, process) values (?1, ?2, 1, ?3) "
              "on conflict (projection, worker) do update set beat = beat + 1, process = excluded.process")
            .bind_text(1, projection)
            .bind_blob(2, bytes_of(worker.value))
            .bind_text(3, process)
            .run();
    });
}

void sqlite_lease_store::leave(std::string_view projection, worker_id worker) {
    write_lease lease = file_.lease_writer();
    in_transaction(lease, [&](connection& db) {
        db.prepared("delete from main.rm_members where projection = ?1 and worker = ?2")
            .bind_text(1, projection)
            .bind_blob(2, bytes_of(worker.value))
            .run();
    });
}

std::vector<worker_state> sqlite_lease_store::members(std::string_view projection) const {
    const auto reader = readers_.take();
    statement& rows =
        reader->prepared("select worker, beat, process from main.rm_members where projection = ?1 order by worker");
    const reset_at_exit end{rows};
    rows.bind_text(1, projection);
    std::vector<worker_state> found;
    while (rows.step())
        found.push_back(
            {owner_from(rows, 0), static_cast<std::uint64_t>(rows.integer(1)), has_process_ended(rows.text(2))});
    return found;
}

void sqlite_lease_store::expel(std::string_view projection, const worker_state& member) {
    write_lease lease = file_.lease_writer();
    in_transaction(lease, [&](connection& db) {
        db.prepared("delete from main.rm_members where projection = ?1 and worker = ?2 and beat = ?3")
            .bind_text(1, projection)
            .bind_blob(2, bytes_of(member.worker.value))
            .bind(3, static_cast<std::int64_t>(member.beat))
            .run();
    });
}

void sqlite_lease_store::split(std::string_view projection, partition part) {
    write_lease lease = file_.lease_writer();
    in_transaction(lease, [&](connection& db) {
        partition_state half = require_partition(db, projection, part);
        const auto [one, other] = halves_of(part);
        delete_partition(db, projection, part);
        ++half.epoch;
        for (const partition& each : {one, other}) {
            half.part = each;
            insert_partition(db, projection, half);
        }
        raise_revision(db, projection);
    });
}

void sqlite_lease_store::merge(std::string_view projection, partition one, partition other) {
    const partition whole = whole_of(one, other);
    write_lease lease = file_.lease_writer();
    in_transaction(lease, [&](connection& db) {
        const partition_state first = require_partition(db, projection, one);
        const partition_state second = require_partition(db, projection, other);
        require_same_place(db, projection, first, second);
        delete_partition(db, projection, one);
        delete_partition(db, projection, other);
        partition_state both = first;
        both.part = whole;
        both.reached = std::max(first.reached, second.reached);
        both.moved = std::max(first.moved, second.moved);
        both.epoch = std::max(first.epoch, second.epoch) + 1;
        both.beat = std::max(first.beat, second.beat);
        insert_partition(db, projection, both);
        raise_revision(db, projection);
    });
}

}  // namespace foldline::inline v0::sqlite
