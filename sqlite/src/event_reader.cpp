#include "event_reader.hpp"

#include "log_tables.hpp"
#include "row_values.hpp"
#include "schema_rows.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/event_filter.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>

#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

/// Streams whose names are kept at hand; events of one stream mostly come in runs.
constexpr std::size_t kept_names = 4096;

/// How many events that do not match one page passes at most, so that no read lasts for ever, and whoever follows the
/// log can keep how far it came.
constexpr std::size_t most_skipped = 50'000;

bool is_bounded(const read_query& query) { return query.upper_bound() < std::numeric_limits<std::int64_t>::max(); }

// A stream's own query knows its names, the others bring the stream's number. A category has no query of its own: the
// log is walked, and the names behind the numbers are at hand. A join is faster where the category is rare, but passes
// over holes, over events whose stream has lost its name, and over damage. A bound that is none is left out, since it
// would be looked at each time.
std::string text_of(const read_query& query) {
    const bool by_version = std::holds_alternative<stream_id>(query.where());
    const std::string_view key = by_version ? "version" : "position";
    return fmt::format(
        "select foldline_row(position, {}, version, type, event_id, recorded_at, occurred_at, format, metadata, "
        "payload, checksum) from log_events where {}{} > ?1{} order by {}{}",
        by_version ? "0" : "stream", by_version ? "stream = ?3 and " : "", key,
        is_bounded(query) ? fmt::format(" and {} < ?2", key) : "", key,
        query.direction() == read_direction::forward ? "" : " desc");
}

}  // namespace

/// One read: goes over the rows, checks each, and hands on those that match. What does not match is checked too, or
/// damage could make an event one that nobody asked for.
class event_reader::run {
public:
    run(event_reader& reader, const read_query& query, batch_limit limit)
        : reader_(reader),
          query_(query),
          by_version_(std::holds_alternative<stream_id>(query.where())),
          forward_(query.direction() == read_direction::forward),
          filter_(query),
          limit_(limit.value),
          page_(query.empty_page()),
          after_(query.lower_bound()),
          before_(query.upper_bound()) {}

    page go(event_sink sink) {
        const walk rows{reader_, query_, by_version_};
        if (query_.lower_bound() >= query_.upper_bound() || !begin(rows)) {
            page_.at_end = true;
            return page_;
        }
        for (;;) {
            if (!rows.step()) {
                require_no_hole_at_end();
                page_.at_end = true;
                return page_;
            }
            // A row more than is handed out tells whether the page is the last one.
            if (page_.events == limit_ || passed_ - page_.events == most_skipped) return page_;
            if (hand_on(reader_.fetcher_.row(), sink) == flow::stop) {
                page_.at_end = !rows.step();
                return page_;
            }
        }
    }

private:
    /// The rows of the query, one after the other: of one statement, or of a merged stream index.
    class walk {
    public:
        walk(event_reader& reader, const read_query& query, bool by_version)
            : merged_(by_version && reader.merged_ ? &*reader.merged_ : nullptr),
              rows_(merged_ ? nullptr : &reader.rows_of(query)) {}
        walk(const walk&) = delete;
        walk& operator=(const walk&) = delete;
        ~walk() {
            if (merged_) merged_->reset();
            else rows_->reset();
        }

        /// `stream`: its number in the file, where the query is of one. False if the transaction is too old.
        [[nodiscard]] bool begin(const read_query& query, std::int64_t stream) const {
            if (merged_) return merged_->begin(stream, query.lower_bound(), query.upper_bound(), query.direction());
            rows_->bind(1, query.lower_bound());
            if (is_bounded(query)) rows_->bind(2, query.upper_bound());
            if (stream != 0) rows_->bind(3, stream);
            return true;
        }
        [[nodiscard]] bool step() const { return merged_ ? merged_->step() : rows_->step(); }

    private:
        merged_rows* merged_;
        statement* rows_;
    };

    /// False if the stream does not exist.
    bool begin(const walk& rows) {
        for (;;) {
            if (by_version_ && !find_stream()) return false;
            if (rows.begin(query_, stream_row_)) return true;
            lookup_.reset();  // and the transaction with it
        }
    }

    bool find_stream() {
        const auto& of = std::get<stream_id>(query_.where());
        statement& find =
            reader_.db_->prepared("select stream, first_version from log_streams where category = ?1 and id = ?2");
        lookup_.emplace(find);
        if (!find.bind_text(1, of.category()).bind_text(2, of.id()).step()) return false;
        stream_row_ = find.integer(0);
        first_version_ = find.integer(1);
        stream_ = of.ref();
        stream_hash_ = hash_of(stream_);
        return true;
    }

    flow hand_on(const fetched_row& fetched, event_sink sink) {
        event_row row;
        row.position = fetched.position;
        row.version = fetched.version;
        name_hashes hashes{stream_hash_, 0};
        if (by_version_) {
            row.stream = stream_;
        } else {
            const stream_name& name = reader_.name_of(fetched.stream);
            row.stream = name.ref();
            hashes.stream = name.hash;
        }
        const known_type* known = reader_.type_at(fetched.type);
        if (!known) damaged(row, fmt::format("its type {} is missing from log_types", fetched.type));
        row.type = known->type;
        hashes.type = known->hash;
        if (!fetched.event_id) damaged(row, "its event_id is no UUID");
        row.id = *fetched.event_id;
        row.recorded_at = timestamp_from(fetched.recorded_at);
        if (fetched.occurred_at) row.occurred_at = timestamp_from(*fetched.occurred_at);
        row.format = static_cast<std::uint8_t>(fetched.format);
        row.metadata = fetched.metadata;
        row.payload = fetched.payload;
        if (row.format != fetched.format || reader_.checksum_.of(row, hashes) != fetched.checksum)
            damaged(row, "its checksum does not match its columns");
        pass(row);

        if (!is_open_ && !belongs(row, known->id)) return flow::go_on;
        if (row.format != plain_format)
            throw event_failure(row.type, row.stream, stream_version{row.version}, global_position{row.position},
                                fmt::format("it is stored in format {}, which this program does not know", row.format));
        if (!is_open_ && !filter_.admits_metadata(row.metadata)) return flow::go_on;
        ++page_.events;
        return sink(view_of(row, known->id));
    }

    [[nodiscard]] bool belongs(const event_row& row, event_type_id type) {
        return filter_.admits_category(row.stream.category) &&
               filter_.admits_type(type, [&](event_type_id) { return row.type; });
    }

    void pass(const event_row& row) {
        require_in_order(row);
        require_no_hole(row);
        ++passed_;
        page_.last_version = stream_version{row.version};
        page_.last_position = global_position{row.position};
    }

    /// A damaged page may lead anywhere: back to events that were handed out already, or to those of others.
    void require_in_order(const event_row& row) {
        const std::int64_t here = by_version_ ? row.version : row.position;
        if (here <= after_ || here >= before_) damaged(row, "it is not where its neighbours say");
        (forward_ ? after_ : before_) = here;
    }

    // Versions of a stream, and positions of the log, come without holes; a hole is a lost event.

    /// The first version or position that the query can mean.
    [[nodiscard]] std::int64_t lowest() const {
        return std::max(query_.lower_bound() + 1, by_version_ ? first_version_ : std::int64_t{1});
    }

    void require_no_hole(const event_row& row) {
        const std::int64_t here = by_version_ ? row.version : row.position;
        if (forward_) require_none_missing(passed_ > 0 ? last_ + 1 : lowest(), here - 1);
        else if (passed_ > 0) require_none_missing(here + 1, last_ - 1);
        else if (here + 1 < query_.upper_bound()) require_none_below_bound(here + 1);
        last_ = here;
    }

    /// What lies between the last event and the bound behind it.
    void require_no_hole_at_end() {
        if (!forward_ && passed_ > 0) require_none_missing(lowest(), last_ - 1);
        else require_none_below_bound(passed_ > 0 ? last_ + 1 : lowest());
    }

    /// Nothing from `first` to the upper bound was met: right if the events end before, and not if some lie beyond.
    void require_none_below_bound(std::int64_t first) {
        const std::int64_t bound = query_.upper_bound();
        if (is_bounded(query_) && first < bound && reaches(bound)) require_none_missing(first, bound - 1);
    }

    /// Whether there is an event at this bound, or beyond it.
    [[nodiscard]] bool reaches(std::int64_t bound) {
        if (by_version_ && reader_.merged_) return reader_.merged_->reaches(bound);
        statement& beyond =
            reader_.db_->prepared(by_version_ ? "select 1 from log_events where version >= ?1 and stream = ?2 limit 1"
                                              : "select 1 from log_events where position >= ?1 limit 1");
        const reset_at_exit end{beyond};
        beyond.bind(1, bound);
        if (by_version_) beyond.bind(2, stream_row_);
        return beyond.step();
    }

    void require_none_missing(std::int64_t first, std::int64_t last) {
        if (first > last || (!by_version_ && is_purged(*reader_.db_, first, last))) return;
        event_row missing;
        missing.stream = stream_;
        (by_version_ ? missing.version : missing.position) = first;
        damaged(missing, fmt::format("{} {} to {} {}are missing", by_version_ ? "versions" : "the events at positions",
                                     first, last, by_version_ ? "of its stream " : ""));
    }

    [[noreturn]] void damaged(const event_row& row, std::string_view why) const {
        throw corrupt_event(row.stream, stream_version{row.version}, global_position{row.position},
                            fmt::format("{} (file {})", why, reader_.db_->file().string()));
    }

    event_reader& reader_;
    const read_query& query_;
    const bool by_version_;
    const bool forward_;
    event_filter filter_;
    const bool is_open_ = filter_.is_open();
    const std::size_t limit_;
    page page_;
    std::size_t passed_ = 0;
    std::int64_t after_;  // what is still to come lies between these two
    std::int64_t before_;
    std::int64_t last_ = 0;                // version or position of the event before
    std::optional<reset_at_exit> lookup_;  // open as long as the rows are: one read transaction, not two
    // Of the stream, where it is one.
    stream_ref stream_;
    std::uint64_t stream_hash_ = 0;
    std::int64_t stream_row_ = 0;
    std::int64_t first_version_ = 1;
};

event_reader::event_reader(const database& file, event_type_table& types, stream_tail* tail)
    : db_(file.open_reader()), fetcher_(*db_), types_(types), names_(kept_names) {
    if (tail) merged_.emplace(*db_, *tail);
}

page event_reader::read(const read_query& query, batch_limit limit, event_sink sink) {
    return run{*this, query, limit}.go(sink);
}

statement& event_reader::rows_of(const read_query& query) {
    const std::size_t kind = (std::holds_alternative<stream_id>(query.where()) ? 1U : 0U) +
                             (query.direction() == read_direction::forward ? 2U : 0U) + (is_bounded(query) ? 4U : 0U);
    if (!rows_[kind]) rows_[kind] = &db_->prepared(text_of(query));
    return *rows_[kind];
}

const event_reader::stream_name& event_reader::name_of(std::int64_t stream) {
    stream_name& name = names_[static_cast<std::size_t>(stream) % kept_names];
    if (name.stream == stream && stream != 0) return name;
    // With its neighbours: streams that were begun together are mostly read together.
    statement& find =
        db_->prepared("select stream, category, id from log_streams where stream >= ?1 order by stream limit 64");
    const reset_at_exit end{find};
    find.bind(1, stream);
    while (find.step()) {
        stream_name& next = names_[static_cast<std::size_t>(find.integer(0)) % kept_names];
        next.stream = find.integer(0);
        next.category = find.text(1);
        next.id = find.text(2);
        next.hash = hash_of(next.ref());
    }
    if (name.stream != stream) {
        name.stream = 0;
        name.category = "?";
        name.id = fmt::format("(number {}, missing from log_streams)", stream);
        name.hash = hash_of(name.ref());
    }
    return name;
}

const event_reader::known_type* event_reader::type_at(std::int64_t row) {
    const auto index = static_cast<std::size_t>(row);
    if (index >= type_rows_.size() || !type_rows_[index]) read_types();
    return index < type_rows_.size() && type_rows_[index] ? &*type_rows_[index] : nullptr;
}

void event_reader::read_types() {
    // More types than any program has, and few enough to be held: a damaged number must not ask for all the memory.
    constexpr std::int64_t most_types = 1'000'000;
    statement& rows = db_->prepared("select type, name, version from log_types");
    const reset_at_exit end{rows};
    while (rows.step()) {
        const std::int64_t row = rows.integer(0);
        if (row < 0 || row > most_types) continue;
        const event_type_id id = types_.id_of({rows.text(1), static_cast<std::uint32_t>(rows.integer(2))});
        if (type_rows_.size() <= static_cast<std::size_t>(row)) type_rows_.resize(static_cast<std::size_t>(row) + 1);
        const event_type type = types_.type_of(id);
        type_rows_[static_cast<std::size_t>(row)] = known_type{type, id, hash_of(type)};
    }
}

std::optional<earlier_append> event_reader::find_append(const event_id& first) {
    statement& find = db_->prepared(
        "select s.category, s.id, a.count, a.version from log_appends a left join log_streams s on s.stream = a.stream "
        "where a.first_event_id = ?1");
    const reset_at_exit end{find};
    if (!find.bind_blob(1, bytes_of(first.value)).step()) return std::nullopt;
    const stream_id stream{stream_ref{find.text(0), find.text(1)}};
    const std::int64_t count = find.integer(2);
    const stream_version last{find.integer(3)};

    // The record has no checksum, but the events that it speaks of have.
    std::optional<event_id> begins_with;
    std::optional<appended> result;
    std::int64_t met = 0;
    if (count > 0 && count <= last.value && last.value <= largest_number)
        read(read_query::stream(stream).after(last.next(-count)).before(last.next()),
             batch_limit{static_cast<std::size_t>(count)}, [&](const event_view& event) {
                 if (++met == 1) begins_with = event.id;
                 result = appended{event.version, event.position, event.recorded_at, stored::before};
             });
    if (met != count || begins_with != first) throw corrupt_data(damaged_append(*db_, first));
    return earlier_append{stream, static_cast<std::size_t>(count), *result};
}

global_position event_reader::head() { return global_position{tail_of_log(*db_).position}; }

std::vector<event_type> event_reader::stored_types() {
    read_types();
    std::vector<event_type> types;
    for (const auto& known : type_rows_)
        if (known) types.push_back(known->type);
    return types;
}

std::vector<event_schema> event_reader::stored_schemas(event_type type) {
    const read_transaction one_moment{*db_};  // another process may bring the tables up to date
    statement& find = db_->prepared("select type from log_types where name = ?1 and version = ?2");
    const reset_at_exit end{find};
    if (!find.bind_text(1, type.name).bind(2, std::int64_t{type.version}).step()) return {};
    std::vector<event_schema> schemas;
    for (schema_row& row : schemas_of(*db_, find.integer(0), types_.type_of(types_.id_of(type))))
        schemas.push_back(std::move(row.schema));
    return schemas;
}

}  // namespace foldline::inline v0::sqlite
