#include "log_state.hpp"

#include "log_tables.hpp"
#include "row_values.hpp"
#include "sqlite_error.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/stream_id.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

namespace foldline::inline v0::sqlite {
namespace {

/// More foreign events than this are not worth reading: the streams they belong to are looked up when they are needed.
constexpr std::int64_t most_read_on = 10'000;

/// SQLite's count of the changes that this connection has seen, its own among them. Right inside a transaction, and right
/// after a commit of one's own.
std::uint32_t data_version(connection& db) {
    std::uint32_t version = 0;
    check(db.handle(), sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_DATA_VERSION, &version),
          "ask whether the file has changed");
    return version;
}

}  // namespace

log_state::seen log_state::catch_up(connection& db, std::int64_t generation) {
    const std::uint32_t version = data_version(db);
    const bool is_known = generation == generation_;
    if (is_known && version == data_version_) return seen::nothing_new;
    generation_ = 0;  // until all of it is read
    if (is_known) read_on(db);
    else load(db);
    if (index == stream_index::merged) merge.catch_up(db, position);
    data_version_ = version;
    generation_ = generation;
    return seen::others_commits;
}

void log_state::note_own_commit(connection& db) { data_version_ = data_version(db); }

void log_state::load(connection& db) {
    heads.clear();
    types.clear();
    schemas.forget();
    const log_tail end_of_log = tail_of_log(db);
    position = end_of_log.position;
    recorded_at = end_of_log.recorded_at;
}

/// The heads of the streams that others wrote to are corrected; the others are still right.
void log_state::read_on(connection& db) {
    const log_tail end_of_log = tail_of_log(db);
    if (end_of_log.position < position)
        throw corrupt_data(fmt::format("{} has lost events: it ended at position {}, and ends at {} now",
                                       db.file().string(), position, end_of_log.position));
    if (end_of_log.position - position > most_read_on) heads.clear();
    else if (end_of_log.position > position) {
        statement& rows = db.prepared(
            "select s.category, s.id, e.stream, max(e.version) from log_events e join log_streams s "
            "on s.stream = e.stream where e.position > ?1 group by e.stream");
        const reset_at_exit end{rows};
        rows.bind(1, position);
        while (rows.step()) heads.correct({rows.text(0), rows.text(1)}, {rows.integer(2), rows.integer(3)});
    }
    position = end_of_log.position;
    recorded_at = end_of_log.recorded_at;
}

}  // namespace foldline::inline v0::sqlite
