#include "memory_log.hpp"

#include <algorithm>

namespace foldline::inline v0::detail {
namespace {

/// Like `push_back`, grows by doubling, so that many small appends cost no more than one large one.
template <class T>
void make_room_for(std::vector<T>& list, std::size_t more) {
    if (list.capacity() - list.size() < more) list.reserve(std::max(list.size() + more, 2 * list.capacity()));
}

}  // namespace

event_view stored_event::view() const {
    event_view view;
    view.type = type;
    view.stream = stream->ref();
    view.version = version;
    view.position = position;
    view.id = id;
    view.recorded_at = recorded_at;
    view.occurred_at = occurred_at.value_or(recorded_at);
    view.metadata = metadata;
    view.payload = payload;
    return view;
}

std::size_t memory_log::hash_of_stream::operator()(const stream_id& stream) const noexcept {
    const std::hash<std::string> hash;
    return hash(stream.category()) * 31 + hash(stream.id());
}

append_result memory_log::append(const append_request& request, ids_from ids, event_block copies, timestamp now) {
    if (ids == ids_from::caller)
        if (auto answer = answer_to_repeat(request)) return *std::move(answer);
    if (auto conflict = first_conflict(request)) return *std::move(conflict);

    // All that may run out of memory comes before the first change, so that an append that fails stores nothing.
    auto target = plan(request, ids, copies);
    return store(request, std::move(copies), std::move(target), now);
}

std::optional<append_result> memory_log::answer_to_repeat(const append_request& request) const {
    std::optional<event_id> known;
    const earlier_write* last = nullptr;
    bool all_known = true;
    for (const stream_write& write : request.writes) {
        const event_id first = *write.events.front().id;
        const auto earlier = earlier_writes_.find(first);
        if (earlier == earlier_writes_.end()) {
            all_known = false;
            continue;
        }
        if (!repeats(write, earlier->second)) return id_reused{first};
        if (!known) known = first;
        last = &earlier->second;
    }
    if (!known) return std::nullopt;
    if (!all_known) return id_reused{*known};
    return result_of(*last);
}

bool memory_log::repeats(const stream_write& write, const earlier_write& earlier) {
    const auto& [stream, events] = *earlier.stream;
    if (write.stream != stream || write.events.size() != earlier.count) return false;
    const auto end = events.begin() + earlier.last.value;
    return std::equal(end - std::ssize(write.events), end, write.events.begin(),
                      [](const stored_event* before, const event_data& now) { return before->id == now.id; });
}

appended memory_log::result_of(const earlier_write& write) {
    return result_of(*write.stream->second[static_cast<std::size_t>(write.last.value) - 1], stored::before);
}

appended memory_log::result_of(const stored_event& last, stored when) {
    return {last.version, last.position, last.recorded_at, when};
}

std::optional<version_conflict> memory_log::first_conflict(const append_request& request) const {
    const auto conflict_at = [&](const auto& part) -> std::optional<version_conflict> {
        const stream_version actual = version_of(part.stream);
        if (part.expected.admits(actual)) return std::nullopt;
        return version_conflict{part.stream, actual};
    };
    for (const auto& write : request.writes)
        if (auto conflict = conflict_at(write)) return conflict;
    for (const auto& condition : request.conditions)
        if (auto conflict = conflict_at(condition)) return conflict;
    return std::nullopt;
}

stream_version memory_log::version_of(const stream_id& stream) const {
    const auto found = streams_.find(stream);
    return stream_version{found == streams_.end() ? 0 : std::ssize(found->second)};
}

memory_log::append_plan memory_log::plan(const append_request& request, ids_from ids, const event_block& copies) {
    append_plan target;
    auto first = copies.begin();
    for (const stream_write& write : request.writes) {
        // A stream that is left without events by a failure is an absent one to everybody who asks.
        auto& stream = *streams_.try_emplace(write.stream).first;
        make_room_for(stream.second, write.events.size());
        target.of_write.push_back(&stream);

        const auto count = std::ssize(write.events);
        const auto last = stream_version{std::ssize(stream.second)}.next(count);
        if (ids == ids_from::caller)
            target.repeatable.emplace(first->id, earlier_write{&stream, last, write.events.size()});
        first += count;
    }
    note_schemas(request, copies, target.schemas);
    make_room_for(schemas_, target.schemas.size());
    make_room_for(events_, copies.size());
    make_room_for(blocks_, 1);
    for (const stored_event& event : copies) {
        const auto type = static_cast<std::size_t>(event.type);
        if (type >= type_is_stored_.size()) type_is_stored_.resize(type + 1);
    }
    return target;
}

void memory_log::note_schemas(const append_request& request, const event_block& copies,
                              std::vector<kept_schema>& fresh) const {
    auto copy = copies.begin();
    for (const stream_write& write : request.writes) {
        for (const event_data& event : write.events) {
            const kept_schema schema{copy++->type, event.schema};
            const auto is_known = [&](const auto& list) {
                return std::find(list.begin(), list.end(), schema) != list.end();
            };
            if (event.schema && !is_known(schemas_) && !is_known(fresh)) fresh.push_back(schema);
        }
    }
}

appended memory_log::store(const append_request& request, event_block copies, append_plan target,
                           timestamp now) noexcept {
    last_recorded_at_ = std::max(last_recorded_at_, now);
    earlier_writes_.merge(target.repeatable);
    schemas_.insert(schemas_.end(), target.schemas.begin(), target.schemas.end());
    blocks_.push_back(std::move(copies));
    auto event = blocks_.back().begin();
    for (std::size_t i = 0; i < request.writes.size(); ++i) {
        auto& [stream, of_stream] = *target.of_write[i];
        for (std::size_t n = request.writes[i].events.size(); n > 0; --n, ++event) {
            event->stream = &stream;
            event->version = stream_version{std::ssize(of_stream)}.next();
            event->position = head().next();
            event->recorded_at = last_recorded_at_;
            of_stream.push_back(&*event);
            events_.push_back(&*event);
            type_is_stored_[static_cast<std::size_t>(event->type)] = true;
        }
    }
    return result_of(*events_.back(), stored::now);
}

event_slice memory_log::first(const read_query& query, std::size_t limit, global_position horizon) const {
    const auto matched = between_bounds(query, horizon);
    event_slice slice;
    slice.count = std::min({matched.size(), limit, slice.events.size()});
    if (query.direction() == read_direction::forward) std::copy_n(matched.begin(), slice.count, slice.events.begin());
    else std::copy_n(matched.rbegin(), slice.count, slice.events.begin());
    return slice;
}

bool memory_log::holds_any(const read_query& query) const { return !between_bounds(query, head()).empty(); }

std::span<const stored_event* const> memory_log::between_bounds(const read_query& query,
                                                                global_position horizon) const {
    const bool by_version = std::holds_alternative<stream_id>(query.where());
    const auto key = [&](const stored_event* event) {
        return by_version ? event->version.value : event->position.value;
    };
    const event_list& list = list_of(query.where());
    const auto first =
        std::partition_point(list.begin(), list.end(), [&](auto* event) { return key(event) <= query.lower_bound(); });
    const auto last = std::partition_point(
        first, list.end(), [&](auto* event) { return key(event) < query.upper_bound() && event->position <= horizon; });
    return {first, last};
}

const memory_log::event_list& memory_log::list_of(const read_query::scope& where) const {
    static const event_list none;
    if (const auto* stream = std::get_if<stream_id>(&where)) {
        const auto found = streams_.find(*stream);
        return found == streams_.end() ? none : found->second;
    }
    return events_;
}

std::optional<earlier_append> memory_log::find_append(const event_id& first) const {
    const auto found = earlier_writes_.find(first);
    if (found == earlier_writes_.end()) return std::nullopt;
    return earlier_append{found->second.stream->first, found->second.count, result_of(found->second)};
}

std::vector<event_type_id> memory_log::stored_types() const {
    std::vector<event_type_id> types;
    for (std::size_t i = 0; i < type_is_stored_.size(); ++i)
        if (type_is_stored_[i]) types.push_back(event_type_id{static_cast<std::uint32_t>(i)});
    return types;
}

std::vector<event_schema> memory_log::stored_schemas(event_type_id type) const {
    std::vector<event_schema> schemas;
    for (const kept_schema& kept : schemas_)
        if (kept.type == type) schemas.push_back(*kept.schema);
    return schemas;
}

}  // namespace foldline::inline v0::detail
