#include "event_reader.hpp"

#include "log_tables.hpp"
#include "row_values.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::sqlite {
namespace {

/// Streams whose names are kept at hand; events of one stream mostly come in runs.
constexpr std::size_t kept_names = 4096;

// Which column of a row holds what. A stream's own query knows its names, the others bring the stream's number.
enum column { position, stream, version, type, id, recorded_at, occurred_at, format, metadata, payload, checksum };

#define FOLDLINE_COLUMNS                                                                                               \
    "select e.position, e.stream, e.version, e.type, e.event_id, e.recorded_at, e.occurred_at, e.format, e.metadata, " \
    "e.payload, e.checksum "

// A cross join, since it fixes the order: the log is walked by position, and each event's stream is looked at.
std::string_view text_of(const read_query& query) {
    const bool forward = query.direction() == read_direction::forward;
    if (std::holds_alternative<stream_id>(query.where()))
        return forward ? FOLDLINE_COLUMNS
                   "from log_events e where e.version > ?1 and e.version < ?2 and e.stream = ?4 "
                   "order by e.version limit ?3"
                       : FOLDLINE_COLUMNS
                   "from log_events e where e.version > ?1 and e.version < ?2 and e.stream = ?4 "
                   "order by e.version desc limit ?3";
    if (std::holds_alternative<read_query::of_category>(query.where()))
        return forward ? FOLDLINE_COLUMNS
                   "from log_events e cross join log_streams s on s.stream = e.stream where e.position > ?1 "
                   "and e.position < ?2 and s.category = ?4 order by e.position limit ?3"
                       : FOLDLINE_COLUMNS
                   "from log_events e cross join log_streams s on s.stream = e.stream where e.position > ?1 "
                   "and e.position < ?2 and s.category = ?4 order by e.position desc limit ?3";
    return forward ? FOLDLINE_COLUMNS
               "from log_events e where e.position > ?1 and e.position < ?2 order by e.position limit ?3"
                   : FOLDLINE_COLUMNS
               "from log_events e where e.position > ?1 and e.position < ?2 order by e.position desc limit ?3";
}
#undef FOLDLINE_COLUMNS

}  // namespace

/// One read: goes over the rows, checks each, and hands it on.
class event_reader::run {
public:
    run(event_reader& reader, const read_query& query, batch_limit limit)
        : reader_(reader),
          query_(query),
          limit_(limit.value),
          page_(query.empty_page()),
          after_(query.lower_bound()),
          before_(query.upper_bound()) {}

    page go(event_sink sink) {
        statement& rows = reader_.db_->prepared(text_of(query_));
        const reset_at_exit end{rows};
        if (!bind(rows)) {
            page_.at_end = true;
            return page_;
        }
        for (;;) {
            if (!rows.step()) {
                require_no_hole_at_end();
                page_.at_end = true;
                return page_;
            }
            if (page_.events == limit_) return page_;
            const event_view event = checked(rows);
            ++page_.events;
            page_.last_version = event.version;
            page_.last_position = event.position;
            if (sink(event) == flow::stop) {
                page_.at_end = !rows.step();
                return page_;
            }
        }
    }

private:
    /// False if the stream does not exist.
    bool bind(statement& rows) {
        if (const auto* of = std::get_if<stream_id>(&query_.where())) {
            statement& find =
                reader_.db_->prepared("select stream, first_version from log_streams where category = ?1 and id = ?2");
            lookup_.emplace(find);
            if (!find.bind_text(1, of->category()).bind_text(2, of->id()).step()) return false;
            stream_row_ = find.integer(0);
            rows.bind(4, stream_row_);
            stream_ = of->ref();
            first_version_ = find.integer(1);
        } else if (const auto* category = std::get_if<read_query::of_category>(&query_.where())) {
            rows.bind_text(4, category->category);
        }
        rows.bind(1, query_.lower_bound()).bind(2, query_.upper_bound());
        // One row more than is wanted tells whether the page is the last one.
        const std::size_t most = std::numeric_limits<std::int64_t>::max() - 1;
        rows.bind(3, static_cast<std::int64_t>(std::min(limit_, most) + 1));
        return true;
    }

    event_view checked(statement& rows) {
        event_row row;
        row.position = rows.integer(column::position);
        row.version = rows.integer(column::version);
        row.stream = stream_ ? *stream_ : reader_.name_of(rows.integer(column::stream));
        const known_type* known = reader_.type_at(rows.integer(column::type));
        if (!known) damaged(row, fmt::format("its type {} is missing from log_types", rows.integer(column::type)));
        row.type = known->type;
        const auto event_id = uuid_from(rows.blob(column::id));
        if (!event_id) damaged(row, "its event_id is no UUID");
        row.id = *event_id;
        row.recorded_at = timestamp_from(rows.integer(column::recorded_at));
        if (!rows.is_null(column::occurred_at)) row.occurred_at = timestamp_from(rows.integer(column::occurred_at));
        const std::int64_t stored_format = rows.integer(column::format);
        row.format = static_cast<std::uint8_t>(stored_format);
        row.metadata = rows.blob(column::metadata);
        row.payload = rows.blob(column::payload);
        if (row.format != stored_format || reader_.checksum_.of(row) != rows.integer(column::checksum))
            damaged(row, "its checksum does not match its columns");
        require_in_order(row);
        require_no_hole(row);
        if (row.format != plain_format)
            throw event_failure(row.type, row.stream, stream_version{row.version}, global_position{row.position},
                                fmt::format("it is stored in format {}, which this program does not know", row.format));

        return view_of(row, known->id);
    }

    /// A damaged page may lead anywhere: back to events that were handed out already, or to those of others.
    void require_in_order(const event_row& row) {
        const std::int64_t here = by_version() ? row.version : row.position;
        if (here <= after_ || here >= before_) damaged(row, "it is not where its neighbours say");
        (forward() ? after_ : before_) = here;
        const auto* of = std::get_if<read_query::of_category>(&query_.where());
        if (of && row.stream.category != of->category) damaged(row, "it is found in another category");
    }

    // Versions of a stream, and positions of the log, come without holes; a hole is a lost event. In a category there
    // is no telling.

    [[nodiscard]] bool by_version() const { return stream_.has_value(); }
    [[nodiscard]] bool is_gapless() const {
        return by_version() || std::holds_alternative<read_query::everything>(query_.where());
    }
    [[nodiscard]] bool forward() const { return query_.direction() == read_direction::forward; }
    /// The first version or position that the query can mean.
    [[nodiscard]] std::int64_t lowest() const {
        return std::max(query_.lower_bound() + 1, by_version() ? first_version_ : std::int64_t{1});
    }

    void require_no_hole(const event_row& row) {
        if (!is_gapless()) return;
        const std::int64_t here = by_version() ? row.version : row.position;
        if (forward()) require_none_missing(page_.events > 0 ? last_ + 1 : lowest(), here - 1);
        else if (page_.events > 0) require_none_missing(here + 1, last_ - 1);
        else if (here + 1 < query_.upper_bound()) require_none_below_bound(here + 1);
        last_ = here;
    }

    /// What lies between the last event and the bound behind it.
    void require_no_hole_at_end() {
        if (!is_gapless()) return;
        if (!forward() && page_.events > 0) require_none_missing(lowest(), last_ - 1);
        else require_none_below_bound(page_.events > 0 ? last_ + 1 : lowest());
    }

    /// Nothing from `first` to the upper bound was met: right if the events end before, and not if some lie beyond.
    void require_none_below_bound(std::int64_t first) {
        const std::int64_t bound = query_.upper_bound();
        if (bound == std::numeric_limits<std::int64_t>::max() || first >= bound) return;
        statement& beyond =
            reader_.db_->prepared(by_version() ? "select 1 from log_events where version >= ?1 and stream = ?2 limit 1"
                                               : "select 1 from log_events where position >= ?1 limit 1");
        const reset_at_exit end{beyond};
        beyond.bind(1, bound);
        if (by_version()) beyond.bind(2, stream_row_);
        if (beyond.step()) require_none_missing(first, bound - 1);
    }

    void require_none_missing(std::int64_t first, std::int64_t last) {
        if (first > last || (!by_version() && is_purged(*reader_.db_, first, last))) return;
        event_row missing;
        missing.stream = stream_.value_or(stream_ref{});
        (by_version() ? missing.version : missing.position) = first;
        damaged(missing, fmt::format("{} {} to {} {}are missing", by_version() ? "versions" : "the events at positions",
                                     first, last, by_version() ? "of its stream " : ""));
    }

    [[noreturn]] void damaged(const event_row& row, std::string_view why) const {
        throw corrupt_event(row.stream, stream_version{row.version}, global_position{row.position},
                            fmt::format("{} (file {})", why, reader_.db_->file().string()));
    }

    event_reader& reader_;
    const read_query& query_;
    std::size_t limit_;
    page page_;
    std::int64_t after_;  // what is still to come lies between these two
    std::int64_t before_;
    std::optional<reset_at_exit> lookup_;  // open as long as the rows are: one read transaction, not two
    std::optional<stream_ref> stream_;
    std::int64_t stream_row_ = 0;
    std::int64_t first_version_ = 1;
    std::int64_t last_ = 0;  // version or position of the event before
};

event_reader::event_reader(const database& file, event_type_table& types)
    : db_(file.open_reader()), types_(types), names_(kept_names) {}

page event_reader::read(const read_query& query, batch_limit limit, event_sink sink) {
    return run{*this, query, limit}.go(sink);
}

stream_ref event_reader::name_of(std::int64_t stream) {
    stream_name& name = names_[static_cast<std::size_t>(stream) % names_.size()];
    if (name.stream == stream && stream != 0) return {name.category, name.id};
    // With its neighbours: streams that were begun together are mostly read together.
    statement& find =
        db_->prepared("select stream, category, id from log_streams where stream >= ?1 order by stream limit 64");
    const reset_at_exit end{find};
    find.bind(1, stream);
    while (find.step()) {
        stream_name& next = names_[static_cast<std::size_t>(find.integer(0)) % names_.size()];
        next.stream = find.integer(0);
        next.category = find.text(1);
        next.id = find.text(2);
    }
    if (name.stream != stream) {
        name.stream = 0;
        name.category = "?";
        name.id = fmt::format("(number {}, missing from log_streams)", stream);
    }
    return {name.category, name.id};
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
        type_rows_[static_cast<std::size_t>(row)] = known_type{types_.type_of(id), id};
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
    if (count > 0 && count <= last.value)
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

std::optional<event_schema> event_reader::stored_schema(event_type type) {
    statement& find = db_->prepared(
        "select s.message, s.descriptor_set, s.hash from log_schemas s join log_types t on t.type = s.type "
        "where t.name = ?1 and t.version = ?2");
    const reset_at_exit end{find};
    if (!find.bind_text(1, type.name).bind(2, std::int64_t{type.version}).step()) return std::nullopt;
    if (hash_of_schema(find.blob(1)) != find.integer(2))
        throw corrupt_data(fmt::format("{} is damaged: the schema of {} in log_schemas does not match its hash",
                                       db_->file().string(), type.to_string()));
    const event_type kept = types_.type_of(types_.id_of(type));
    return event_schema{kept, std::string(find.text(0)), std::string(find.blob(1))};
}

}  // namespace foldline::inline v0::sqlite
