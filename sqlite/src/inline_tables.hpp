#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/sqlite/database.hpp>

#include <span>

namespace foldline::inline v0::sqlite {

/// Makes the rows of the inline projections agree with the events that are there: one that the file does not know, or
/// knows at another version, is built from the first event, in one transaction. Throws `incompatible_store` if the file
/// has one that this program lacks: its rows would fall behind the events.
void require_inline_projections(database& file, const event_store& store, std::span<projection* const> projections);

/// Throws `incompatible_store` unless the file has the same inline projections as this program: another process may have
/// brought its own since. Inside a transaction.
void require_same_inline_projections(connection& db, std::span<projection* const> projections);

}  // namespace foldline::inline v0::sqlite
