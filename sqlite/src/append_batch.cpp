#include "append_batch.hpp"

#include "log_tables.hpp"
#include "row_values.hpp"
#include "savepoint.hpp"
#include "stream_versions.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

/// Whether an event is not of the type and the schema of the one before it.
bool begins_run(const std::vector<event_data>& events, std::size_t i) {
    return i == 0 || events[i].schema != events[i - 1].schema || events[i].type != events[i - 1].type;
}

}  // namespace

append_batch::append_batch(connection& db, log_state& state, event_type_table& types, inline_projector& projections)
    : db_(db),
      state_(state),
      types_(types),
      projections_(projections),
      rows_(db, access::user),
      position_(state.position),
      recorded_at_(state.recorded_at),
      transaction_(++state.transactions) {
    state_.heads.make_room();
    projections_.begin(global_position{position_});
}

append_batch::~append_batch() {
    if (projected_ != projected::nothing) projections_.rolled_back();
}

append_result append_batch::add(const pending_append& append) {
    const append_request& request = *append.request;
    undo_to(kept_);  // what an append that failed had noted: this one must not see it
    if (append.ids == ids_from::caller)
        if (auto earlier = earlier_result(request)) return *std::move(earlier);
    if (auto conflict = first_conflict(request)) return *std::move(conflict);

    // User code and a schema that is refused fail without ending the transaction: such an append has to be undone alone.
    const bool are_admitted = find_types(request);
    std::optional<savepoint> undo;
    if (!projections_.empty() || !are_admitted) undo.emplace(db_);
    staged now{position_, recorded_at_};
    const appended done = store(append, now);
    if (!projections_.empty()) projections_.flush(request.writes.back().events.back().type, last_projected_, rows_);
    if (undo) undo->keep();
    if (!projections_.empty()) projected_ = projected::kept;

    position_ = now.position;
    recorded_at_ = now.recorded_at;
    kept_ = {changed_heads_.size(), new_types_.size(), places_.size()};
    return done;
}

void append_batch::undo_to(const marks& kept) {
    for (; changed_heads_.size() > kept.heads; changed_heads_.pop_back())
        *changed_heads_.back().head = changed_heads_.back().before;
    new_types_.resize(kept.types);
    places_.resize(kept.places);
    if (projected_ != projected::in_doubt) return;
    projections_.rolled_back();
    projected_ = projected::nothing;
}

void append_batch::do_chores() {
    if (state_.index == stream_index::merged) state_.merge.advance(db_, position_ - state_.position, state_.position);
}

void append_batch::publish() {
    undo_to(kept_);
    if (state_.index == stream_index::merged) {
        state_.merge.commit();
        state_.tail.note(places_);
    }
    state_.position = position_;
    state_.recorded_at = recorded_at_;
    for (const changed_head& changed : changed_heads_) changed.head->committed = changed.head->staged;
    for (const auto& [id, known] : new_types_) {
        const auto index = static_cast<std::size_t>(id);
        if (state_.types.size() <= index) state_.types.resize(index + 1);
        state_.types[index] = known;
    }
    projections_.committed(global_position{position_});
    projected_ = projected::nothing;
}

/// The first result of the same request, or `id_reused` if an id began another append; empty if all of it is new.
std::optional<append_result> append_batch::earlier_result(const append_request& request) {
    std::optional<appended> last;
    std::optional<event_id> known;
    bool all_same = true;
    for (const stream_write& write : request.writes) {
        const event_id first = *write.events.front().id;
        const earlier_write earlier = find_earlier(write);
        if (earlier.what == earlier_write::other) return id_reused{first};
        if (earlier.what == earlier_write::none) all_same = false;
        else if (!known) known = first;
        last = earlier.result;
    }
    if (!known) return std::nullopt;
    return all_same ? append_result{*last} : append_result{id_reused{*known}};
}

append_batch::earlier_write append_batch::find_earlier(const stream_write& write) {
    statement& find = db_.prepared(
        "select a.version, a.count, s.category, s.id, a.position, e.recorded_at, a.stream from log_appends a "
        "left join log_streams s on s.stream = a.stream "
        "left join log_events e on e.position = a.position where a.first_event_id = ?1");
    const reset_at_exit end{find};
    const event_id first = *write.events.front().id;
    if (!find.bind_blob(1, bytes_of(first.value)).step()) return {earlier_write::none, {}};
    const std::int64_t version = find.integer(0);
    const std::int64_t count = find.integer(1);
    const std::int64_t position = find.integer(4);
    // What is no count at all must not be calculated with.
    if (count < 1 || count > version || count > position) throw corrupt_data(damaged_append(db_, first));
    const std::size_t held = count_held_ids(find.integer(6), version - count, position - count, write.events);
    // To take such a record for an answer, or for none, would store the events again.
    if (held == 0 || find.is_null(2) || find.is_null(5)) throw corrupt_data(damaged_append(db_, first));
    if (held != write.events.size() || static_cast<std::size_t>(count) != held ||
        write.stream.ref() != stream_ref{find.text(2), find.text(3)})
        return {earlier_write::other, {}};
    return {earlier_write::same,
            {stream_version{version}, global_position{position}, timestamp_from(find.integer(5)), stored::before}};
}

/// How many of these ids, from the first on, those are that stand behind a version of the stream and a position. The
/// events of one write lie together in the log.
std::size_t append_batch::count_held_ids(std::int64_t stream, std::int64_t version, std::int64_t position,
                                         const std::vector<event_data>& events) {
    statement& ids =
        db_.prepared("select event_id, stream, version from log_events where position > ?1 order by position limit ?2");
    const reset_at_exit end{ids};
    ids.bind(1, position).bind(2, static_cast<std::int64_t>(events.size()));
    std::size_t held = 0;
    while (held < events.size() && ids.step() && ids.blob(0) == bytes_of(events[held].id->value) &&
           ids.integer(1) == stream && ids.integer(2) == ++version)
        ++held;
    return held;
}

std::optional<version_conflict> append_batch::first_conflict(const append_request& request) {
    const auto conflict = [&](const stream_id& stream, expected_version expected,
                              const kept_head& head) -> std::optional<version_conflict> {
        const stream_version actual{head.in(transaction_).version};
        if (expected.admits(actual)) return std::nullopt;
        return version_conflict{stream, actual};
    };
    found_.clear();
    for (const stream_write& write : request.writes) {
        found_.push_back(&head_of(write.stream));
        if (auto found = conflict(write.stream, write.expected, *found_.back())) return found;
    }
    for (const stream_condition& condition : request.conditions)
        if (auto found = conflict(condition.stream, condition.expected, head_of(condition.stream))) return found;
    return std::nullopt;
}

kept_head& append_batch::head_of(const stream_id& stream) {
    kept_head& head = state_.heads.of(stream.ref());
    if (!head.is_known && head.transaction != transaction_) {
        // What is read is committed: a stream that this transaction has begun is staged.
        head.committed = read_head(stream);
        head.is_known = true;
    }
    return head;
}

stream_head append_batch::read_head(const stream_id& stream) {
    statement& find = db_.prepared("select stream, first_version from log_streams where category = ?1 and id = ?2");
    const reset_at_exit end{find};
    if (!find.bind_text(1, stream.category()).bind_text(2, stream.id()).step()) return {};
    return {find.integer(0), last_version(stream, find.integer(0), find.integer(1))};
}

std::int64_t append_batch::last_version(const stream_id& name, std::int64_t stream, std::int64_t first_version) {
    const last_versions found =
        state_.index == stream_index::merged
            ? last_versions_merged(db_, state_.tail, state_.merge.uncovered(state_.position), stream)
            : last_versions_immediate(db_, stream);
    if (!found.last) return 0;
    const std::int64_t before = found.before_last.value_or(first_version - 1);
    // What is appended behind it would have the wrong version for ever.
    if (before != *found.last - 1 || *found.last > largest_number)
        throw corrupt_event(name.ref(), stream_version{*found.last}, {},
                            fmt::format("the version before it is {} (file {})", before, db_.file().string()));
    return *found.last;
}

appended append_batch::store(const pending_append& append, staged& now) {
    now.recorded_at = std::max(append.now, now.recorded_at);
    std::size_t first_event = 0;
    stream_version last_version;
    for (std::size_t i = 0; i < append.request->writes.size(); ++i) {
        const stream_write& write = append.request->writes[i];
        const stream_head head = store_write(append, write, found_[i]->in(transaction_), first_event, now);
        stage(*found_[i], head);
        last_version = stream_version{head.version};
        first_event += write.events.size();
    }
    return {last_version, global_position{now.position}, now.recorded_at, stored::now};
}

void append_batch::stage(kept_head& head, stream_head now) {
    changed_heads_.push_back({&head, head});
    head.transaction = transaction_;
    head.staged = now;
}

statement& append_batch::insert_event() {
    if (!insert_)
        insert_ = &db_.prepared(
            "insert into log_events (position, stream, version, type, event_id, recorded_at, occurred_at, format, "
            "metadata, payload, checksum) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    return *insert_;
}

stream_head append_batch::store_write(const pending_append& append, const stream_write& write, stream_head head,
                                      std::size_t first_event, staged& now) {
    if (head.stream == 0) {
        db_.prepared("insert into log_streams (category, id) values (?1, ?2)")
            .bind_text(1, write.stream.category())
            .bind_text(2, write.stream.id())
            .run();
        head.stream = db_.last_insert_rowid();
    }

    statement& insert = insert_event();
    std::int64_t type = 0;
    event_row row;
    row.stream = write.stream.ref();
    row.recorded_at = now.recorded_at;
    row.format = plain_format;
    for (std::size_t i = 0; i < write.events.size(); ++i) {
        const event_data& event = write.events[i];
        row.position = ++now.position;
        if (begins_run(write.events, i)) {
            type = found_types_[next_run_++];
            if (type == 0) type = row_of(event, row.position);
        }
        row.version = ++head.version;
        row.type = event.type;
        row.id = event.id ? event.id->value : append.minted[first_event + i].value;
        row.occurred_at = event.occurred_at == row.recorded_at ? std::nullopt : event.occurred_at;
        row.metadata = event.metadata;
        row.payload = event.payload;

        insert.bind(1, row.position).bind(2, head.stream).bind(3, row.version).bind(4, type);
        insert.bind_blob(5, bytes_of(row.id)).bind(6, micros(row.recorded_at));
        if (row.occurred_at) insert.bind(7, micros(*row.occurred_at));
        else insert.bind_null(7);
        insert.bind(8, std::int64_t{row.format}).bind_blob(9, row.metadata).bind_blob(10, row.payload);
        insert.bind(11, state_.checksum.of(row)).run();
        if (state_.index == stream_index::merged) places_.push_back({row.position, head.stream, row.version});
        if (!projections_.empty()) project(row, types_.id_of(event.type));
    }
    if (append.ids == ids_from::caller)
        db_.prepared(
               "insert into log_appends (first_event_id, stream, version, position, count) values (?1, ?2, ?3, ?4, ?5)")
            .bind_blob(1, bytes_of(write.events.front().id->value))
            .bind(2, head.stream)
            .bind(3, head.version)
            .bind(4, now.position)
            .bind(5, static_cast<std::int64_t>(write.events.size()))
            .run();
    return head;
}

/// Finds the rows of the types, as far as nothing has to be asked of the file; gives whether that is all of them.
bool append_batch::find_types(const append_request& request) {
    found_types_.clear();
    next_run_ = 0;
    bool all = true;
    for (const stream_write& write : request.writes)
        for (std::size_t i = 0; i < write.events.size(); ++i) {
            if (!begins_run(write.events, i)) continue;
            const event_data& event = write.events[i];
            const log_state::known_type known = known_type(types_.id_of(event.type));
            const bool is_admitted = known.row != 0 && (!event.schema || event.schema == known.admitted);
            found_types_.push_back(is_admitted ? known.row : 0);
            if (is_admitted) continue;
            all = false;
            if (known.row != 0) state_.schemas.require_not_refused(db_, known.row, *event.schema);
        }
    return all;
}

log_state::known_type append_batch::known_type(event_type_id id) const {
    for (auto noted = new_types_.rbegin(); noted != new_types_.rend(); ++noted)
        if (noted->id == id) return noted->known;
    const auto index = static_cast<std::size_t>(id);
    return index < state_.types.size() ? state_.types[index] : log_state::known_type{};
}

/// The number of an event's type in the file. Stores the type if this is its first event, and its schema if this is the
/// first event of that.
std::int64_t append_batch::row_of(const event_data& event, std::int64_t position) {
    const event_type_id id = types_.id_of(event.type);
    log_state::known_type known = known_type(id);
    if (known.row == 0) known.row = find_or_add_type(event.type);
    if (event.schema && event.schema != known.admitted) {
        state_.schemas.admit(db_, known.row, *event.schema, position);
        known.admitted = event.schema;
    }
    new_types_.push_back({id, known});
    return known.row;
}

std::int64_t append_batch::find_or_add_type(event_type type) {
    statement& find = db_.prepared("select type from log_types where name = ?1 and version = ?2");
    const reset_at_exit end{find};
    find.bind_text(1, type.name).bind(2, std::int64_t{type.version});
    if (find.step()) return find.integer(0);
    db_.prepared("insert into log_types (name, version) values (?1, ?2)")
        .bind_text(1, type.name)
        .bind(2, std::int64_t{type.version})
        .run();
    return db_.last_insert_rowid();
}

void append_batch::project(const event_row& row, event_type_id type) {
    projected_ = projected::in_doubt;
    last_projected_ = view_of(row, type);
    projections_.apply(last_projected_, rows_);
}

}  // namespace foldline::inline v0::sqlite
