#pragma once

#include <foldline/sqlite/database.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>
#include <foldline/upcasters/upcaster_chain.hpp>

#include <vector>

namespace foldline::inline v0::sqlite {

/// Keeps those steps of a program that are data in the file of the events, for programs that lack its code. A step takes
/// the place of what was kept from the same schema; one that is code takes it away. What starts from schemas that the
/// chain does not know stays: another program may have kept it. Writes nothing where nothing changes.
///
/// Throws `incompatible_store` for a file that has no tables of events yet, or is of an older format: open a
/// `sqlite_event_store` on it first. Otherwise fails as `database` does.
void keep_upcasters(database& file, const upcaster_chain& chain);

/// The upcasters that the file keeps, by the schemas that they start from; none in a file without the table for them.
/// Throws `corrupt_data` for one that is damaged, or that only a newer foldline can read.
[[nodiscard]] std::vector<declared_upcaster> kept_upcasters(const database& file);

}  // namespace foldline::inline v0::sqlite
