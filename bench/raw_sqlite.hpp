#pragma once

#include "tally.hpp"

#include <foldline/storage.pb.h>
#include <foldline_bench/v1/measured.pb.h>
#include <foldline/core/function_ref.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace foldline_bench {

// What a careful programmer writes by hand when there is no foldline, and nothing more: every statement is prepared
// once, nothing is looked up that the program knows, the rows and their columns are those of docs/storage-format.md
// without the checksum, nothing is checked.

struct close_raw {
    void operator()(sqlite3* connection) const;
    void operator()(sqlite3_stmt* statement) const;
};
using raw_connection = std::unique_ptr<sqlite3, close_raw>;
using raw_statement = std::unique_ptr<sqlite3_stmt, close_raw>;

/// Opens or makes a file with a write-ahead log, which this connection moves into the file every 10,000 pages.
[[nodiscard]] raw_connection open_raw(const std::filesystem::path& file, std::string_view synchronous);
[[nodiscard]] raw_statement prepare_raw(sqlite3* connection, const char* sql);
void execute_raw(sqlite3* connection, const char* sql);
/// Runs a statement that gives no rows.
void run_raw(sqlite3_stmt* statement);
/// Whether there is another row; resets the statement after the last one.
[[nodiscard]] bool step_raw(sqlite3_stmt* statement);
void bind_raw(sqlite3_stmt* statement, int parameter, std::string_view text);
void bind_raw(sqlite3_stmt* statement, int parameter, std::int64_t value);
void bind_blob_raw(sqlite3_stmt* statement, int parameter, std::string_view bytes);
/// The first column of the only row of a query.
[[nodiscard]] std::int64_t integer_raw(sqlite3* connection, const char* sql);
[[nodiscard]] std::int64_t now_us_raw();
/// Parses the payload in a column of the current row.
void parse_raw(sqlite3_stmt* statement, int column, v1::LineMeasured& reused);

/// A stream as its writer knows it.
struct raw_stream {
    std::int64_t number = 0;
    std::int64_t version = 0;
};

/// An event as it goes into the file.
struct raw_event {
    std::string metadata;
    std::string payload;
    std::int64_t recorded_at_us = 0;
    std::optional<std::int64_t> occurred_at_us;
};

/// Writes the log.
class raw_log {
public:
    /// Goes on behind the last event of a log that is there.
    raw_log(const std::filesystem::path& file, std::string_view synchronous);

    /// A single event needs none: a statement alone is a transaction.
    void begin();
    void commit();

    /// Once a call: encodes the metadata and looks at the clock.
    void begin_call();
    [[nodiscard]] raw_stream new_stream(std::string_view id);
    void add(raw_stream& stream, const v1::LineMeasured& event,
             std::optional<std::int64_t> occurred_at_us = std::nullopt);
    /// For callers that encode on their own threads.
    void add_encoded(raw_stream& stream, const raw_event& event);

private:
    raw_connection db_;
    raw_statement begin_;
    raw_statement commit_;
    raw_statement insert_stream_;
    raw_statement insert_event_;
    std::mt19937_64 random_;
    foldline::storage::Metadata metadata_;
    raw_event next_;
    std::int64_t position_ = 0;
};

/// Reads it.
class raw_log_reader {
public:
    explicit raw_log_reader(const std::filesystem::path& file);

    /// Reads every column of every event, decodes it into one message and hands that on; gives the number of events.
    std::size_t replay(foldline::function_ref<void(const v1::LineMeasured&)> fold);
    std::size_t replay() {
        return replay([](const v1::LineMeasured&) {});
    }
    /// Folds one stream. It also reads what a load of foldline tells beside the state: version, position and times.
    [[nodiscard]] tally::state load(std::string_view id);

private:
    raw_connection db_;
    raw_statement all_;
    raw_statement of_stream_;
    v1::LineMeasured reused_;
};

}  // namespace foldline_bench
