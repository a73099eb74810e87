#include "import_writer.hpp"

#include "log_tables.hpp"
#include "schema_rows.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

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

void import_writer::store(stream_write write, ids_from ids, timestamp recorded_at) {
    append_request request;
    request.writes.push_back(std::move(write));
    stream_write& only = request.writes.front();
    (void)validate(request, no_limits);
    if (!begun_) begun_.emplace(*this);
    for (event_data& event : only.events) event.schema = nullptr;  // they are stored here, whatever rules they keep to
    pending_append append{&request, ids, {}, recorded_at, {}, {}};
    global_position position = require_stored_now(begun_->batch.add(append), only);
    for (const event_data& event : only.events) {
        store_schemas(event.type, position);
        position = position.next();
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

void import_writer::add(const event_schema& schema) {
    const event_type kept = types_.type_of(types_.id_of(schema.type));  // its name lives as long as this
    missing_schemas_of(schema.type).push_back({kept, schema.message, schema.descriptor_set});
}

std::vector<event_schema>& import_writer::missing_schemas_of(event_type type) {
    const auto index = static_cast<std::size_t>(types_.id_of(type));
    if (missing_schemas_.size() <= index) missing_schemas_.resize(index + 1);
    return missing_schemas_[index];
}

/// Only of the oldest schema it is known which event was the first that was written by it.
void import_writer::store_schemas(event_type type, global_position first) {
    std::vector<event_schema>& missing = missing_schemas_of(type);
    if (missing.empty()) return;
    connection& db = begun_->lease.db();
    statement& find = db.prepared("select type from log_types where name = ?1 and version = ?2");
    const reset_at_exit end{find};
    find.bind_text(1, type.name).bind(2, std::int64_t{type.version}).step();
    const std::int64_t row = find.integer(0);
    for (event_schema& schema : missing) {
        if (holds_schema(db, row, schema)) continue;
        const std::int64_t revision = newest_schema(db, row).revision + 1;
        add_schema(db, row, {revision, revision == 1 ? first.value : 0, std::move(schema)});
    }
    missing.clear();
}

}  // namespace foldline::inline v0::sqlite
