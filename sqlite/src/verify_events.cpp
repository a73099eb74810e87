// The log from its first event to its last, by position, and once more by stream over the index. Neither walk remembers
// the events behind it, so that a log of any length takes the same memory.
#include "verify_notes.hpp"

#include "event_row.hpp"
#include "log_tables.hpp"
#include "row_values.hpp"

#include <foldline/core/stream_id.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>
#include <vector>

namespace foldline::inline v0::sqlite {
namespace {

/// A damaged number may be the last that there is.
std::int64_t number_behind(std::int64_t number) {
    return number < std::numeric_limits<std::int64_t>::max() ? number + 1 : number;
}
std::int64_t number_before(std::int64_t number) {
    return number > std::numeric_limits<std::int64_t>::min() ? number - 1 : number;
}

constexpr std::uint64_t events_between_reports = 10'000;

struct stored_type {
    std::string name;
    std::int64_t version = 0;
    bool is_used = false;
};

/// The names of streams; those met lately are at hand.
///
/// confined.
class stream_names {
public:
    explicit stream_names(connection& db) : db_(db), kept_(4096) {}

    /// Empty if no stream has this number. Lives until the next call.
    std::optional<stream_ref> find(std::int64_t stream) {
        entry& known = kept_[static_cast<std::size_t>(stream) % kept_.size()];
        if (known.stream != stream || !known.is_there) {
            statement& find = db_.prepared("select category, id from log_streams where stream = ?1");
            const reset_at_exit end{find};
            known.is_there = find.bind(1, stream).step();
            known.stream = stream;
            if (known.is_there) {
                known.category = find.text(0);
                known.id = find.text(1);
            }
        }
        if (!known.is_there) return std::nullopt;
        return stream_ref{known.category, known.id};
    }

private:
    struct entry {
        std::int64_t stream = 0;
        bool is_there = false;
        std::string category;
        std::string id;
    };
    connection& db_;
    std::vector<entry> kept_;
};

/// Goes over the events by position.
class event_walk {
public:
    event_walk(connection& db, verification_notes& notes) : db_(db), notes_(notes), names_(db) {}

    void run() {
        read_types();
        const auto last = static_cast<std::uint64_t>(tail());
        statement rows = db_.prepare(
            "select position, stream, version, type, event_id, recorded_at, occurred_at, format, metadata, payload, "
            "checksum from log_events order by position");
        while (rows.step()) {
            look_at(rows);
            const auto met = static_cast<std::uint64_t>(++notes_.result.events);
            if (met % events_between_reports == 0) notes_.tell(met, std::max(met, last));
        }
        notes_.tell(static_cast<std::uint64_t>(notes_.result.events), static_cast<std::uint64_t>(notes_.result.events));
        look_at_types();
    }

private:
    void read_types() {
        statement rows = db_.prepare("select type, name, version from log_types");
        while (rows.step())
            types_.emplace(rows.integer(0), stored_type{std::string(rows.text(1)), rows.integer(2), false});
    }

    std::int64_t tail() { return db_.integer("select coalesce(max(position), 0) from log_events"); }

    void look_at(const statement& rows) {
        event_row row;
        row.position = rows.integer(0);
        row.version = rows.integer(2);
        const auto name = names_.find(rows.integer(1));
        row.stream = name.value_or(stream_ref{"?", "?"});
        look_at_position(row);

        stored_type* const type = type_of(rows.integer(3));
        const auto id = uuid_from(rows.blob(4));
        row.recorded_at = timestamp_from(rows.integer(5));
        if (!rows.is_null(6)) row.occurred_at = timestamp_from(rows.integer(6));
        const std::int64_t format = rows.integer(7);
        row.format = static_cast<std::uint8_t>(format);
        row.metadata = rows.blob(8);
        row.payload = rows.blob(9);
        if (type) row.type = {type->name, static_cast<std::uint32_t>(type->version)};

        if (!name) add(row, fmt::format("its stream {} is missing from log_streams", rows.integer(1)));
        else if (!type) add(row, fmt::format("its type {} is missing from log_types", rows.integer(3)));
        else if (!id) add(row, "its event_id is no UUID");
        else if (row.id = *id;
                 row.format != format || row.type.version != type->version || checksum_.of(row) != rows.integer(10))
            add(row, "its checksum does not match its columns");
        else look_at_intact(row);
    }

    /// Of an event that says what was once stored.
    void look_at_intact(const event_row& row) {
        if (row.format != plain_format)
            add(row, fmt::format("it is stored in format {}, which this program does not know", row.format));
        if (row.recorded_at < recorded_at_) add(row, "it was recorded before the event that precedes it");
        recorded_at_ = row.recorded_at;
    }

    void look_at_position(const event_row& row) {
        if (row.position < next_) add(row, "it stands at a position that no event is given");
        else if (row.position > next_ && !is_purged(db_, next_, row.position - 1))
            add(row, fmt::format("the events at positions {} to {} before it are missing", next_, row.position - 1));
        next_ = std::max(next_, number_behind(row.position));
    }

    stored_type* type_of(std::int64_t number) {
        if (number == last_number_ && last_type_) return last_type_;  // types come in runs
        const auto known = types_.find(number);
        last_number_ = number;
        last_type_ = known == types_.end() ? nullptr : &known->second;
        if (last_type_) last_type_->is_used = true;
        return last_type_;
    }

    void look_at_types() {
        const bool any_purged = db_.integer("select exists (select 1 from log_purges)") == 1;
        for (const auto& [number, type] : types_) {
            const std::string place = fmt::format("log_types {} ({}@{})", number, type.name, type.version);
            if (!type.is_used && !any_purged) notes_.add(place, "no event is of this type");
        }
    }

    void add(const event_row& row, std::string why) {
        notes_.add(fmt::format("event {} ({} @{})", row.position, row.stream.to_string(), row.version), std::move(why));
    }

    connection& db_;
    verification_notes& notes_;
    stream_names names_;
    row_checksum checksum_;
    std::unordered_map<std::int64_t, stored_type> types_;  // as many as programs have, not as events are
    std::int64_t last_number_ = 0;
    stored_type* last_type_ = nullptr;
    std::int64_t next_ = 1;
    timestamp recorded_at_ = timestamp::min();
};

/// Goes over the streams and, in step, over the index of the events by stream and version.
class stream_walk {
public:
    stream_walk(connection& db, verification_notes& notes)
        : db_(db),
          notes_(notes),
          streams_(db.prepare("select stream, category, id, state, first_version from log_streams order by stream")),
          entries_(db.prepare("select stream, version, position from log_events order by stream, version")) {}

    void run() {
        any_purged_ = db_.integer("select exists (select 1 from log_purges)") == 1;
        has_entry_ = entries_.step();
        while (streams_.step()) {
            ++notes_.result.streams;
            skip_strays(streams_.integer(0));
            look_at_stream();
        }
        skip_strays(std::nullopt);
        if (met_ != notes_.result.events)
            notes_.add("log_events",
                       fmt::format("by stream it has {} events, by position {}", met_, notes_.result.events));
    }

private:
    /// Entries of streams below `stream` that log_streams does not have.
    void skip_strays(std::optional<std::int64_t> stream) {
        while (has_entry_ && (!stream || entries_.integer(0) < *stream)) {
            const std::int64_t stray = entries_.integer(0);
            notes_.add(fmt::format("log_streams {}", stray), "it is missing, and has events");
            while (has_entry_ && entries_.integer(0) == stray) next_entry();
        }
    }

    void look_at_stream() {
        const std::int64_t stream = streams_.integer(0);
        place_ = fmt::format("log_streams {} ({})", stream, stream_ref{streams_.text(1), streams_.text(2)}.to_string());
        look_at_row();
        const std::int64_t first = streams_.integer(4);
        std::int64_t version = number_before(first);
        std::int64_t position = 0;
        bool any = false;
        for (; has_entry_ && entries_.integer(0) == stream; any = true) {
            const std::int64_t here = entries_.integer(1);
            if (here <= version) add(fmt::format("version {} stands before version {}", version, here));
            else if (here > number_behind(version))
                add(fmt::format("versions {} to {} are missing", number_behind(version), here - 1));
            if (entries_.integer(2) <= position)
                add(fmt::format("version {} stands at position {}, behind version {} at {}", here, entries_.integer(2),
                                version, position));
            version = here;
            position = entries_.integer(2);
            next_entry();
        }
        if (!any && !any_purged_) add("it has no events");
    }

    void look_at_row() {
        try {
            const stream_id valid{std::string(streams_.text(1)), std::string(streams_.text(2))};
        } catch (const invalid_name& bad) {
            add(bad.what());
        }
        constexpr std::int64_t open_state = 0;  // the only one so far
        if (streams_.integer(3) != open_state)
            add(fmt::format("it is in state {}, which this program does not know", streams_.integer(3)));
        const std::int64_t first = streams_.integer(4);
        if (first < 1 || (first > 1 && !any_purged_))
            add(fmt::format("it is said to begin at version {}, though no event was purged", first));
    }

    void next_entry() {
        ++met_;
        has_entry_ = entries_.step();
    }
    void add(std::string why) { notes_.add(place_, std::move(why)); }

    connection& db_;
    verification_notes& notes_;
    statement streams_;
    statement entries_;
    bool has_entry_ = false;
    bool any_purged_ = false;
    std::int64_t met_ = 0;
    std::string place_;
};

/// The index of a file in which it is merged: a table of its own, which SQLite does not hold against the events. All
/// events up to `merged` are in it; of those behind, up to `merging`, the ones that do not come after the last stream and
/// version that were merged.
void check_merged_index(connection& db, verification_notes& notes) {
    statement entries = db.prepare(
        "select i.stream, i.version, i.position, e.stream = i.stream and e.version = i.version "
        "from log_stream_events i left join log_events e on e.position = i.position");
    std::int64_t met = 0;
    for (; entries.step(); ++met)
        if (entries.integer(3) != 1)
            notes.add(fmt::format("log_stream_events {} @{}", entries.integer(0), entries.integer(1)),
                      fmt::format("the event at position {} is another one, or none", entries.integer(2)));
    const std::int64_t wanted = db.integer(
        "select count(*) from log_events e, log_stream_index i where e.position <= i.merged or "
        "(e.position <= i.merging and (e.stream, e.version) <= (i.merged_stream, i.merged_version))");
    if (met != wanted)
        notes.add("log_stream_events", fmt::format("it has {} entries, where {} events are merged", met, wanted));
}

/// That events are found the way the file says.
void check_index(connection& db, verification_notes& notes) {
    statement kinds = db.prepare("select kind from log_stream_index");
    const bool is_said = kinds.step();
    const std::int64_t kind = is_said ? kinds.integer(0) : 0;
    kinds.reset();
    const bool is_merged = has_table(db, "log_stream_events");
    const bool is_immediate =
        db.integer(
            "select exists (select 1 from sqlite_schema where type = 'index' and name = 'log_events_by_stream')") == 1;
    if (is_merged == is_immediate || !is_said || kind != (is_merged ? 1 : 0))
        notes.add("log_stream_index", "it does not say which index the events of a stream are found by");
    if (is_merged) check_merged_index(db, notes);
}

}  // namespace

void verify_events(connection& db, verification_notes& notes) { event_walk{db, notes}.run(); }
void verify_streams(connection& db, verification_notes& notes) {
    stream_walk{db, notes}.run();
    check_index(db, notes);
}

}  // namespace foldline::inline v0::sqlite
