#include "raw_sqlite.hpp"

#include "measured.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace foldline_bench {
namespace {

constexpr auto tables = R"sql(
create table if not exists log_streams (
    stream integer primary key,
    category text not null,
    id text not null,
    unique (category, id)
);
create table if not exists log_events (
    position integer primary key,
    stream integer not null,
    version integer not null,
    type integer not null,
    event_id blob not null,
    recorded_at integer not null,
    occurred_at integer,
    format integer not null,
    metadata blob not null,
    payload blob not null
);
create unique index if not exists log_events_by_stream on log_events (stream, version);
)sql";

constexpr std::int64_t line_measured = 1;

void check(sqlite3* connection, int code) {
    if (code != SQLITE_OK) throw std::runtime_error(fmt::format("raw: {}", sqlite3_errmsg(connection)));
}

}  // namespace

void close_raw::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
void close_raw::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

raw_connection open_raw(const std::filesystem::path& file, std::string_view synchronous) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &opened,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    raw_connection connection{opened};
    check(opened, code);
    execute_raw(opened, "pragma journal_mode = wal; pragma wal_autocheckpoint = 10000");
    execute_raw(opened, fmt::format("pragma synchronous = {}", synchronous).c_str());
    return connection;
}

raw_statement prepare_raw(sqlite3* connection, const char* sql) {
    sqlite3_stmt* prepared = nullptr;
    check(connection, sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr));
    return raw_statement{prepared};
}

void execute_raw(sqlite3* connection, const char* sql) {
    check(connection, sqlite3_exec(connection, sql, nullptr, nullptr, nullptr));
}

bool step_raw(sqlite3_stmt* statement) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) check(sqlite3_db_handle(statement), code);
    sqlite3_reset(statement);
    return false;
}

void run_raw(sqlite3_stmt* statement) { (void)step_raw(statement); }

void bind_raw(sqlite3_stmt* statement, int parameter, std::string_view text) {
    sqlite3_bind_text(statement, parameter, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

void bind_raw(sqlite3_stmt* statement, int parameter, std::int64_t value) {
    sqlite3_bind_int64(statement, parameter, value);
}

void bind_blob_raw(sqlite3_stmt* statement, int parameter, std::string_view bytes) {
    sqlite3_bind_blob(statement, parameter, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
}

void parse_raw(sqlite3_stmt* statement, int column, v1::LineMeasured& reused) {
    const void* bytes = sqlite3_column_blob(statement, column);
    if (!reused.ParseFromArray(bytes, sqlite3_column_bytes(statement, column)))
        throw std::runtime_error("raw: an event does not decode");
}

std::int64_t integer_raw(sqlite3* connection, const char* sql) {
    const raw_statement query = prepare_raw(connection, sql);
    if (!step_raw(query.get())) throw std::runtime_error(fmt::format("raw: {} gave no row", sql));
    return sqlite3_column_int64(query.get(), 0);
}

std::int64_t now_us_raw() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

raw_log::raw_log(const std::filesystem::path& file, std::string_view synchronous)
    : db_(open_raw(file, synchronous)), metadata_(raw_metadata()) {
    execute_raw(db_.get(), tables);
    position_ = integer_raw(db_.get(), "select coalesce(max(position), 0) from log_events");
    begin_ = prepare_raw(db_.get(), "begin immediate");
    commit_ = prepare_raw(db_.get(), "commit");
    insert_stream_ = prepare_raw(db_.get(), "insert into log_streams (category, id) values ('tally', ?1)");
    insert_event_ = prepare_raw(db_.get(),
                                "insert into log_events (position, stream, version, type, event_id, recorded_at, "
                                "occurred_at, format, metadata, "
                                "payload) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)");
}

void raw_log::begin() { run_raw(begin_.get()); }
void raw_log::commit() { run_raw(commit_.get()); }

void raw_log::begin_call() {
    metadata_.SerializeToString(&next_.metadata);
    next_.recorded_at_us = now_us_raw();
}

raw_stream raw_log::new_stream(std::string_view id) {
    bind_raw(insert_stream_.get(), 1, id);
    run_raw(insert_stream_.get());
    return {sqlite3_last_insert_rowid(db_.get()), 0};
}

void raw_log::add(raw_stream& stream, const v1::LineMeasured& event, std::optional<std::int64_t> occurred_at_us) {
    event.SerializeToString(&next_.payload);
    next_.occurred_at_us = occurred_at_us;
    add_encoded(stream, next_);
}

void raw_log::add_encoded(raw_stream& stream, const raw_event& event) {
    const std::array<std::uint64_t, 2> id{random_(), random_()};
    sqlite3_stmt* insert = insert_event_.get();
    bind_raw(insert, 1, ++position_);
    bind_raw(insert, 2, stream.number);
    bind_raw(insert, 3, ++stream.version);
    bind_raw(insert, 4, line_measured);
    sqlite3_bind_blob(insert, 5, id.data(), sizeof id, SQLITE_STATIC);
    bind_raw(insert, 6, event.recorded_at_us);
    if (event.occurred_at_us) bind_raw(insert, 7, *event.occurred_at_us);
    else sqlite3_bind_null(insert, 7);
    bind_blob_raw(insert, 8, event.metadata);
    bind_blob_raw(insert, 9, event.payload);
    run_raw(insert);
}

raw_log_reader::raw_log_reader(const std::filesystem::path& file) : db_(open_raw(file, "full")) {
    all_ = prepare_raw(db_.get(),
                       "select position, stream, version, type, event_id, recorded_at, occurred_at, format, metadata, "
                       "payload from log_events order by position");
    of_stream_ = prepare_raw(db_.get(),
                             "select position, version, type, recorded_at, occurred_at, payload from log_events where "
                             "stream = (select stream from log_streams where category = 'tally' and id = ?1) "
                             "order by version");
}

std::size_t raw_log_reader::replay(foldline::function_ref<void(const v1::LineMeasured&)> fold) {
    sqlite3_stmt* rows = all_.get();
    std::size_t events = 0;
    std::int64_t seen = 0;
    while (step_raw(rows)) {
        for (const int integer : {0, 1, 2, 5, 6, 7}) seen += sqlite3_column_int64(rows, integer);
        seen += *static_cast<const std::uint8_t*>(sqlite3_column_blob(rows, 4));
        seen += *static_cast<const std::uint8_t*>(sqlite3_column_blob(rows, 8)) + sqlite3_column_bytes(rows, 8);
        if (sqlite3_column_int64(rows, 3) != line_measured) continue;
        parse_raw(rows, 9, reused_);
        fold(reused_);
        ++events;
    }
    if (seen == 0) throw std::runtime_error("raw: the log is empty");
    return events;
}

tally::state raw_log_reader::load(std::string_view id) {
    sqlite3_stmt* rows = of_stream_.get();
    tally::state state;
    std::int64_t last = 0;
    bind_raw(rows, 1, id);
    while (step_raw(rows)) {
        for (const int integer : {0, 1, 3, 4}) last = sqlite3_column_int64(rows, integer);
        if (sqlite3_column_int64(rows, 2) != line_measured) continue;
        parse_raw(rows, 5, reused_);
        tally::evolve(state, reused_);
    }
    if (last != 0) throw std::runtime_error("raw: an event has a business time of its own");
    return state;
}

}  // namespace foldline_bench
