#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/id_source.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace foldline::inline v0::sqlite {

/// The tables of the event log, component `eventstore`; docs/storage-format.md draws them. Gives how the events of a
/// stream are found: as wanted in a new file, and as ever in an old one. Throws `incompatible_store` if that is not what
/// is wanted.
stream_index require_log_tables(database& file, const event_store_options& options);

/// Who this store is; a new one is given its name by `ids`.
[[nodiscard]] store_identity require_identity(database& file, const clock& clock, id_source& ids);

/// The same as it stands in the file; none where nobody has written yet. Throws `corrupt_data`.
[[nodiscard]] std::optional<store_identity> find_identity(connection& connection);
/// Gives the store another history. In a transaction.
void renew_history(connection& connection, const history_id& history);

/// Positions and versions beyond this are damage: nobody has stored so many events, and what follows one has to be a
/// number.
inline constexpr std::int64_t largest_number = std::int64_t{1} << 62;

/// Where the log ends.
struct log_tail {
    std::int64_t position = 0;
    timestamp recorded_at{};
};
/// Throws `corrupt_data` if the last event does not follow the one before it: what is appended behind it would stand in
/// the wrong place for ever.
[[nodiscard]] log_tail tail_of_log(connection& connection);

/// The position of the last event; 0 in an empty log.
[[nodiscard]] std::int64_t last_position(connection& connection);

/// Whether every position from `first` to `last` was removed on purpose.
[[nodiscard]] bool is_purged(connection& connection, std::int64_t first, std::int64_t last);

/// What is said of a row of `log_appends` that is not true of the events.
[[nodiscard]] std::string damaged_append(const connection& connection, const event_id& first);

}  // namespace foldline::inline v0::sqlite
