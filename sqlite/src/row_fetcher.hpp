#pragma once

#include <foldline/core/uuid.hpp>
#include <foldline/sqlite/connection.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

struct sqlite3_context;
struct sqlite3_value;

namespace foldline::inline v0::sqlite {

/// A row of `log_events` as it stands there: its stream and its type are numbers. The bytes live until the next row is
/// fetched.
struct fetched_row {
    std::int64_t position = 0;
    std::int64_t stream = 0;
    std::int64_t version = 0;
    std::int64_t type = 0;
    std::optional<uuid> event_id;  ///< absent: what stands there is none
    std::int64_t recorded_at = 0;
    std::optional<std::int64_t> occurred_at;
    std::int64_t format = 0;
    std::string_view metadata;
    std::string_view payload;
    std::int64_t checksum = 0;
};

/// Takes whole rows out of SQLite. To ask SQLite for eleven columns one by one costs more than it costs SQLite to find
/// the row, so a query hands all of them over at once: `select foldline_row(…)`, with the columns in the order above,
/// comes back here and gives nothing itself.
///
/// confined, like its connection, which outlives it and has no other one.
class row_fetcher {
public:
    explicit row_fetcher(connection& db);
    row_fetcher(const row_fetcher&) = delete;
    row_fetcher& operator=(const row_fetcher&) = delete;

    /// What the last step of such a query came to.
    [[nodiscard]] const fetched_row& row() const { return row_; }

private:
    void take(sqlite3_value** columns);
    static void take_row(sqlite3_context* call, int count, sqlite3_value** columns) noexcept;

    fetched_row row_;
    std::vector<char> bytes_;
};

}  // namespace foldline::inline v0::sqlite
