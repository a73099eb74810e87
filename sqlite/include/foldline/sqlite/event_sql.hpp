#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/event_type.hpp>
#include <foldline/projections/sql_session.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

/// What is shown of fields that bear `(foldline.personal)`.
enum class personal_fields { masked, shown };

struct event_sql_options {
    /// Masked ones are `***` wherever they stand, also inside JSON, and in what a condition sees.
    personal_fields personal = personal_fields::masked;
    /// Stored events that one read asks the store for; a statement's first reads ask for fewer.
    std::size_t page = 1000;
    /// Types that the store makes of stored ones while it reads, where it cannot be asked for them.
    std::vector<event_schema> made{};
    /// Asked now and then while a statement runs; true ends it with a `storage_error`.
    std::function<bool()> is_interrupted{};
    /// Memory, of each of its threads, in which a statement counts equal rows for `group by` and the like. What is more
    /// goes to a temporary file, as it does where SQLite sorts.
    std::size_t group_bytes = std::size_t{32} << 20U;
};

/// A question that cannot be answered as it was put: "no such column: plam, at 8 of: select plam from …".
class event_sql_error : public sql_error {
public:
    event_sql_error(int code, std::string_view statement, std::string why, std::optional<std::size_t> at);

    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
    /// What is wrong, without the statement.
    [[nodiscard]] const std::string& why() const { return why_; }
    /// Where in the statement, in bytes, if that can be told.
    [[nodiscard]] std::optional<std::size_t> at() const { return at_; }

private:
    std::string why_;
    std::optional<std::size_t> at_;
    std::string text_;
};

struct event_sql_column {
    std::string name;
    std::string type;        ///< INTEGER, REAL, TEXT, BLOB; empty where values of several kinds come
    bool is_hidden = false;  ///< may be asked for by name, and is not a part of `select *`
};

/// SQL over the events of a store, whatever kind of store it is: nothing is copied or stored, and a statement can only
/// read.
///
///     event_sql sql{store};
///     sql.each_row("select country, count(*) from order_placed group by country", [](const sql_row& row) { … });
///
/// Each name of events is a table, `order-placed` of `order_placed`, whose rows are the events of all versions of it:
///
///     position, stream, category, id, version     id is the part of the stream's name behind its category
///     schema_version, event_id
///     recorded_at, occurred_at                    2010-12-01T08:26:00.250000Z, of one width: the order of the texts is
///                                                 that of the times; recorded_at_us, occurred_at_us, hidden, count
///                                                 microseconds
///     correlation_id, causation_id, actor         null where there is none
///     metadata                                    JSON, null where there is none
///     event_part                                  hidden; which one of those that an upcaster made of one event
///     the fields of the message                   "line.price_e4" of a message inside it; `line` itself is hidden, and
///                                                 JSON. One that has the name of a column above is "data.NAME"
///
/// Enums are the names of their values, and the digits of one that has no name; bytes are blobs, booleans 0 or 1, lists
/// and maps JSON, a protobuf Timestamp a time as above. What is absent is null if its absence can be told, else its
/// default. Unsigned numbers beyond 2^63 are texts. A list or map `lines` is a table `order_placed__lines` too:
/// position, stream, version, "index" from 0, event_part, hidden, and the fields of its messages, or `value`, of a map
/// also `key`; it has no rows of events whose type has no schema.
///
/// The table `events` has all events, with `type` and with `data`, their JSON; null where no schema is stored.
///
/// Conditions on position, recorded_at, stream with version, category, type and schema_version, and `order by
/// position`, decide what is read; equality of fields is tested before rows are made; of payloads only what is asked
/// for is decoded. A statement sees the events that are stored when it begins. A table has the columns of the schemas
/// that are stored when it is first asked for.
///
/// Rows have no rowid: `position`, `event_part` and, in tables of lists, "index" tell them apart.
///
/// Of an `upcasting_event_store` there are tables and columns of all that its chain makes. Of one inside another store
/// there are those of what is stored; `event_sql_options.made` tells of the rest.
///
/// Threads: confined. The store outlives it, and a long scan reads it on several threads.
/// Fails:   event_sql_error; event_failure, naming the event, for one whose bytes do not decode; what the store throws.
class event_sql final : public sql_session {
public:
    explicit event_sql(const event_store& store, event_sql_options options = {});
    event_sql(const event_sql&) = delete;
    event_sql& operator=(const event_sql&) = delete;
    ~event_sql() override;

    /// As `query`, for statements that give no rows, of which a reader has few.
    std::int64_t run(std::string_view sql, std::span<const sql_value> values) override;
    void query(std::string_view sql, std::span<const sql_value> values,
               function_ref<void(const sql_row&)> sink) override;

    /// The columns that a statement's rows have, which tells them where it has no rows. Throws as `query`.
    [[nodiscard]] std::vector<std::string> result_columns(std::string_view sql);

    /// Every table, those of lists behind that of their events.
    [[nodiscard]] std::vector<std::string> tables();
    /// Empty for a table that there is not.
    [[nodiscard]] std::vector<event_sql_column> columns(std::string_view table);

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0::sqlite
