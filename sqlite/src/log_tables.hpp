#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/id_source.hpp>
#include <foldline/sqlite/database.hpp>

namespace foldline::inline v0::sqlite {

/// The tables of the event log, component `eventstore`; docs/storage-format.md draws them.
void require_log_tables(database& file);

/// Who this store is; a new one is given its name by `ids`.
[[nodiscard]] store_identity require_identity(database& file, const clock& clock, id_source& ids);

}  // namespace foldline::inline v0::sqlite
