#include "import_writer.hpp"

#include "log_tables.hpp"
#include "schema_rows.hpp"
#include "upcaster_rows.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace foldline::inline v0::sqlite {
namespace {

/// The store that an event comes from may have been told to take any size.
constexpr std::size_t any_size = std::numeric_limits<std::size_t>::max();
constexpr append_limits no_limits{any_size, any_size, any_size, any_size};

connection& caught_up(log_state& state, const write_lease& lease) {
    (void)state.catch_up(lease.db(), lease.generation());
    return lease.db();
}

/// Gives where the first event stands.
global_position require_stored_now(const append_result& result, const stream_write& write) {
    const event_id first = *write.events.front().id;
    if (const auto* conflict = std::get_if<version_conflict>(&result))
        throw invalid_request(fmt::format("the event {} does not follow in its stream: {} ends at version {} here",
                                          first.to_string(), conflict->stream.to_string(), conflict->actual.value));
    const auto* done = std::get_if<appended>(&result);
    if (!done || done->when != stored::now)
        throw invalid_request(
            fmt::format("the id {} began a write before, and begins another one here", first.to_string()));
    return done->position.next(1 - static_cast<std::int64_t>(write.events.size()));
}

}  // namespace

import_writer::begun_transaction::begun_transaction(import_writer& owner)
    : lease(owner.file_.lease_writer()),
      change(lease.db()),
      batch(caught_up(owner.state_, lease), owner.state_, owner.types_, owner.no_projections_) {}

import_writer::import_writer(database& file, const event_store& reading, const event_store_options& options)
    : file_(file), state_(require_log_tables(file, options), tail_, options), no_projections_(reading, {}) {}

void import_writer::store(stream_write write, ids_from ids, timestamp recorded_at, global_position came_from) {
    append_request request;
    request.writes.push_back(std::move(write));
    stream_write& only = request.writes.front();
    (void)validate(request, no_limits);
    begin();
    for (event_data& event : only.events) event.schema = nullptr;  // they are stored here, whatever rules they keep to
    pending_append append{&request, ids, {}, recorded_at, {}, {}};
    global_position position = require_stored_now(begun_->batch.add(append), only);
    for (const event_data& event : only.events) {
        store_schemas_due(event.type, {position, came_from});
        position = position.next();
        came_from = came_from.next();
        begun_->bytes += event.payload.size() + event.metadata.size();
    }
    begun_->events += only.events.size();
}

void import_writer::commit() {
    if (!begun_) return;
    begun_->batch.do_chores();
    begun_->change.commit();
    begun_->batch.publish();
    state_.note_own_commit(begun_->lease.db());
    begun_.reset();
}

void import_writer::finish() {
    for (const auto& missing : missing_schemas_)
        for (const missing_schema& each : missing) store_schema(each.schema.type, each, std::nullopt);
    missing_schemas_.clear();
    for (const declared_upcaster& step : std::exchange(upcasters_, {})) {
        begin();
        put_upcaster(begun_->lease.db(), step.from(), step.encode());
    }
    commit();
}

void import_writer::begin() {
    if (!begun_) begun_.emplace(*this);
}

void import_writer::add(const event_schema& schema, std::optional<global_position> first) {
    const event_type kept = types_.type_of(types_.id_of(schema.type));  // its name lives as long as this
    missing_schemas_of(schema.type).push_back({{kept, schema.message, schema.descriptor_set}, first});
}

std::vector<import_writer::missing_schema>& import_writer::missing_schemas_of(event_type type) {
    const auto index = static_cast<std::size_t>(types_.id_of(type));
    if (missing_schemas_.size() <= index) missing_schemas_.resize(index + 1);
    return missing_schemas_[index];
}

void import_writer::store_schemas_due(event_type type, const moved_event& event) {
    auto& missing = missing_schemas_of(type);
    const auto is_due = [&](const missing_schema& each) { return !each.first || *each.first <= event.came_from; };
    const auto due = std::find_if_not(missing.begin(), missing.end(), is_due);
    std::optional<moved_event> brings_one = event;
    for (auto each = missing.begin(); each != due; ++each)
        if (store_schema(type, *each, brings_one)) brings_one.reset();
    missing.erase(missing.begin(), due);
}

bool import_writer::store_schema(event_type type, const missing_schema& missing,
                                 const std::optional<moved_event>& event) {
    begin();
    connection& db = begun_->lease.db();
    statement& find = db.prepared("select type from log_types where name = ?1 and version = ?2");
    const reset_at_exit end{find};
    if (!find.bind_text(1, type.name).bind(2, std::int64_t{type.version}).step())
        return false;  // there is no such event
    const std::int64_t row = find.integer(0);
    if (holds_schema(db, row, missing.schema)) return false;
    const std::int64_t revision = newest_schema(db, row).revision + 1;
    const bool came_with_it = event && (missing.first ? *missing.first == event->came_from : revision == 1);
    add_schema(db, row, {revision, came_with_it ? event->position.value : 0, missing.schema});
    return came_with_it;
}

}  // namespace foldline::inline v0::sqlite
