#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/id_source.hpp>
#include <foldline/sqlite/database.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace foldline::inline v0::sqlite {

/// The tables of the event log, component `eventstore`; docs/storage-format.md draws them.
void require_log_tables(database& file);

/// Who this store is; a new one is given its name by `ids`.
[[nodiscard]] store_identity require_identity(database& file, const clock& clock, id_source& ids);

/// Where the log ends.
struct log_tail {
    std::int64_t position = 0;
    timestamp recorded_at{};
};
/// Throws `corrupt_data` if the last event does not follow the one before it: what is appended behind it would stand in
/// the wrong place for ever.
[[nodiscard]] log_tail tail_of_log(connection& connection);

/// Whether every position from `first` to `last` was removed on purpose.
[[nodiscard]] bool is_purged(connection& connection, std::int64_t first, std::int64_t last);

/// What stands beside a descriptor set in `log_schemas`.
[[nodiscard]] std::int64_t hash_of_schema(std::string_view descriptor_set);

/// What is said of a row of `log_appends` that is not true of the events.
[[nodiscard]] std::string damaged_append(const connection& connection, const event_id& first);

}  // namespace foldline::inline v0::sqlite
