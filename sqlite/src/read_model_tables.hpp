#pragma once

#include <foldline/core/error.hpp>
#include <foldline/projections/read_model_store.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

// The component `read_models` of a file, tables with the prefix rm_:
//
//   rm_projections  one row a projection: of which history of which store its rows are made, and as what
//   rm_partitions   how far each part of it has come, and who works on it
//   rm_parked       events that it has set aside; rm_dropped: those that were given up
//   rm_members      the workers that would work on it
//   rm_tables       which of the users' tables is whose
//
// A file in which a projection is rebuilt has the same tables, and one projection.

inline constexpr auto read_model_registry = "rm_tables";

/// Makes these tables, or brings them up to date.
void require_read_model_tables(database& file);

/// By name, with their partitions by segment.
[[nodiscard]] std::vector<projection_state> find_projections(connection& db);
[[nodiscard]] std::optional<projection_state> find_projection(connection& db, std::string_view name);
[[nodiscard]] std::optional<partition_state> find_partition(connection& db, std::string_view projection,
                                                            partition part);

/// Which run built the rows, from the first event on; empty where there are none.
[[nodiscard]] std::string build_of(connection& db, std::string_view projection);

/// Replaces what the file says of a projection by its beginning: a new build, its partitions at 0. Claims from before
/// are lost. Its tables are the caller's to make. Throws `invalid_request` unless `parts` are the whole, once.
void begin_rows(connection& db, const projection& projection, const store_identity& source,
                std::span<const partition> parts);
/// Removes everything of a projection but its tables.
void forget_rows(connection& db, std::string_view projection);

/// Whoever changes a projection from outside says so by this: claims on it are lost.
void raise_revision(connection& db, std::string_view projection);

/// Throws `claim_lost`, which says why, unless the claim is good in the transaction that the caller has open.
void require_good(connection& db, const partition_claim& claim);
/// Moves the partition of a claim on, which is a beat of its owner as well.
void move_on(connection& db, const partition_claim& claim, global_position position, timestamp recorded_at);

/// A partition without an owner, and one that is nobody's in particular, have the same row: its owner is null.
/// The id is borrowed until the statement is reset.
void bind_owner(statement& target, int parameter, const worker_id& owner);
[[nodiscard]] worker_id owner_from(const statement& row, int column);

/// After an error that may be a commit's, and when its transaction has ended: an error from a commit is no rollback, so
/// nobody may read over this connection what the file perhaps does not hold.
void settle(write_lease& lease, const storage_error& failed) noexcept;

/// Calls `change` with the write connection, in a transaction that is committed behind it.
template <class Change>
void in_transaction(write_lease& lease, Change change) {
    try {
        transaction all{lease.db()};
        change(lease.db());
        all.commit();
    } catch (const storage_error& failed) {
        settle(lease, failed);
        throw;
    }
}

}  // namespace foldline::inline v0::sqlite
