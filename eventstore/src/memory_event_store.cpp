#include <foldline/eventstore/memory_event_store.hpp>

#include "memory_log.hpp"

#include <foldline/core/assert.hpp>
#include <foldline/core/event_filter.hpp>

#include <utility>

namespace foldline::inline v0 {
namespace {

detail::stored_event copy_of(const event_data& event, event_type_id type, id_source& ids) {
    detail::stored_event copy;
    copy.id = event.id ? *event.id : event_id{ids.next()};
    copy.type = type;
    copy.occurred_at = event.occurred_at;
    copy.metadata = event.metadata;
    copy.payload = event.payload;
    return copy;
}

detail::event_block copies_of(const append_request& request, event_type_table& types, id_source& ids) {
    detail::event_block copies;
    for (const stream_write& write : request.writes)
        for (const event_data& event : write.events) copies.push_back(copy_of(event, types.id_of(event.type), ids));
    return copies;
}

std::optional<global_position> newly_stored(const append_result& result) {
    const auto* done = std::get_if<appended>(&result);
    if (!done || done->when == stored::before) return std::nullopt;
    return done->position;
}

}  // namespace

memory_event_store::memory_event_store(const clock& time, id_source& ids, append_limits limits)
    : time_(time),
      ids_(ids),
      limits_(limits),
      identity_{store_id{ids.next()}, history_id{ids.next()}},
      log_(std::make_unique<guarded<detail::memory_log>>()) {}

memory_event_store::~memory_event_store() = default;

append_result memory_event_store::append(const append_request& request) {
    auto result = append_silently(request);
    if (const auto position = newly_stored(result)) commits_.emit(*position);
    return result;
}

void memory_event_store::append_group(std::span<append_attempt> attempts) noexcept {
    std::optional<global_position> last;
    for (append_attempt& attempt : attempts) {
        try {
            attempt.result = append_silently(*attempt.request);
            if (const auto position = newly_stored(*attempt.result)) last = position;
        } catch (...) {
            attempt.failure = std::current_exception();
        }
    }
    if (last) commits_.emit(*last);
}

append_result memory_event_store::append_silently(const append_request& request) {
    const ids_from ids = validate(request, limits_);
    // The clock and the id source are the user's: they are asked before the lock is taken.
    auto copies = copies_of(request, types_, ids_);
    const timestamp now = time_.now();
    return log_->with([&](detail::memory_log& log) { return log.append(request, ids, std::move(copies), now); });
}

page memory_event_store::read(const read_query& query, batch_limit limit, event_sink sink) const {
    FOLDLINE_ASSERT(limit.value > 0, "a read hands out at least one event");
    const global_position horizon = head();
    event_filter filter{query};
    page reached = query.empty_page();
    bool wanted = true;
    while (wanted && reached.events < limit.value) {
        // Events neither move nor change once they are stored, so the slice stays good without the lock.
        const auto slice = log_->with([&](const detail::memory_log& log) {
            return log.first(query.from(reached), limit.value - reached.events, horizon);
        });
        if (slice.count == 0) break;
        for (const detail::stored_event* event : slice.span()) {
            reached.last_version = event->version;
            reached.last_position = event->position;
            const event_view view = event->view();
            if (!filter.admits(view, [&](event_type_id id) { return types_.type_of(id); })) continue;
            ++reached.events;
            wanted = sink(view) == flow::go_on;
            if (!wanted) break;
        }
    }
    reached.at_end = !log_->with([&](const detail::memory_log& log) { return log.holds_any(query.from(reached)); });
    return reached;
}

std::optional<earlier_append> memory_event_store::find_append(const event_id& first) const {
    return log_->with([&](const detail::memory_log& log) { return log.find_append(first); });
}

global_position memory_event_store::head() const {
    return log_->with([](const detail::memory_log& log) { return log.head(); });
}

event_type_id memory_event_store::type_id(event_type type) const { return types_.id_of(type); }

event_type memory_event_store::type_of(event_type_id id) const { return types_.type_of(id); }

std::vector<event_type> memory_event_store::stored_types() const {
    const auto ids = log_->with([](const detail::memory_log& log) { return log.stored_types(); });
    std::vector<event_type> types;
    types.reserve(ids.size());
    for (const event_type_id id : ids) types.push_back(types_.type_of(id));
    return types;
}

std::vector<event_schema> memory_event_store::stored_schemas(event_type type) const {
    const event_type_id id = types_.id_of(type);
    return log_->with([&](const detail::memory_log& log) { return log.stored_schemas(id); });
}

}  // namespace foldline::inline v0
