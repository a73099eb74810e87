#include <foldline/sqlite/store_stats.hpp>

#include "log_tables.hpp"
#include "row_values.hpp"
#include "sqlite_error.hpp"
#include "verify_notes.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <system_error>
#include <unordered_map>

namespace foldline::inline v0::sqlite {
namespace {

store_identity identity_of(connection& db) {
    if (has_table(db, "log_store"))
        if (const auto found = find_identity(db)) return *found;
    throw incompatible_store(db.file().string() + " holds no events: nobody has written to it yet");
}

std::vector<store_stats::category> categories_of(connection& db) {
    // Streams first: the index of the events gives a stream's count without its rows.
    statement rows = db.prepare(
        "select s.category, count(*), coalesce(sum(e.events), 0) as events from log_streams s left join (select "
        "stream, "
        "count(*) as events from log_events group by stream) e on e.stream = s.stream group by s.category "
        "order by events desc, s.category");
    std::vector<store_stats::category> found;
    while (rows.step()) found.push_back({std::string(rows.text(0)), rows.integer(1), rows.integer(2)});
    return found;
}

constexpr std::uint64_t events_between_reports = 10'000;

/// How many events each type has. Counted here, since SQLite would sort the whole log by type first.
std::unordered_map<std::int64_t, std::int64_t> events_by_type(connection& db, std::uint64_t all,
                                                              const progress_report& report) {
    std::unordered_map<std::int64_t, std::int64_t> events;
    std::uint64_t done = 0;
    statement log = db.prepare("select type from log_events");
    while (log.step()) {
        ++events[log.integer(0)];
        if (++done % events_between_reports == 0 && report) report({done, all});
    }
    if (report) report({done, all});
    return events;
}

std::vector<store_stats::type> types_of(connection& db, std::uint64_t all, const progress_report& report) {
    auto events = events_by_type(db, all, report);
    std::vector<store_stats::type> found;
    statement rows = db.prepare("select type, name, version from log_types order by name, version");
    while (rows.step())
        found.push_back(
            {std::string(rows.text(1)), static_cast<std::uint32_t>(rows.integer(2)), events[rows.integer(0)]});
    std::stable_sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.events > b.events; });
    return found;
}

/// The time in the first row, if there is one.
std::optional<timestamp> time_of(connection& db, std::string_view sql) {
    statement query = db.prepare(sql);
    if (!query.step()) return std::nullopt;
    return timestamp_from(query.integer(0));
}

std::uintmax_t length_of(const std::filesystem::path& file) {
    std::error_code missing;
    const std::uintmax_t length = std::filesystem::file_size(file, missing);
    return missing ? 0 : length;
}

/// How long a connection waits for others, changed for as long as a scope lasts.
class waiting_time {
public:
    waiting_time(connection& db, int milliseconds)
        : db_(db), before_(static_cast<int>(db.integer("pragma busy_timeout"))) {
        sqlite3_busy_timeout(db_.handle(), milliseconds);
    }
    waiting_time(const waiting_time&) = delete;
    waiting_time& operator=(const waiting_time&) = delete;
    ~waiting_time() { sqlite3_busy_timeout(db_.handle(), before_); }

private:
    connection& db_;
    int before_;
};

}  // namespace

store_stats stats_of(const database& file, const progress_report& report) {
    const auto reader = file.open_reader();
    connection& db = *reader;
    const read_transaction one_moment{db};
    store_stats found;
    found.identity = identity_of(db);
    found.head = global_position{tail_of_log(db).position};
    found.categories = categories_of(db);
    for (const auto& category : found.categories) {
        found.streams += category.streams;
        found.events += category.events;
    }
    found.types = types_of(db, static_cast<std::uint64_t>(found.events), report);
    if (has_table(db, "sn_snapshots")) found.snapshots = db.integer("select count(*) from sn_snapshots");
    found.caller_ids = db.integer("select count(*) from log_appends");
    found.first_recorded = time_of(db, "select recorded_at from log_events order by position limit 1");
    found.last_recorded = time_of(db, "select recorded_at from log_events order by position desc limit 1");
    found.file_bytes = length_of(file.file());
    found.log_bytes = length_of(file.file().string() + "-wal");
    found.free_bytes =
        static_cast<std::uintmax_t>(db.integer("pragma freelist_count") * db.integer("pragma page_size"));
    return found;
}

bool compact(database& file) {
    write_lease lease = file.lease_writer();
    int code = SQLITE_OK;
    {
        const waiting_time none{lease.db(), 0};
        code = sqlite3_wal_checkpoint_v2(lease.db().handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    }
    if (code == SQLITE_OK) return true;
    if ((code & 0xFF) == SQLITE_BUSY) return false;
    // What a failed sync left on the disk nobody knows: it is not enough to try it once more on this connection.
    lease.reopen();
    return true;
}

}  // namespace foldline::inline v0::sqlite
