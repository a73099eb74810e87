#include "stored_write.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <cstddef>
#include <string_view>

namespace foldline::inline v0::sqlite {
namespace {

/// The first thing in which they differ; empty if they do not.
std::string_view difference(const event_view& stored, event_type type, const claimed_write& claimed,
                            std::size_t index) {
    const event_data& event = claimed.write.events[index];
    if (stored.id != event.id) return "id";
    if (stored.stream != claimed.write.stream.ref()) return "stream";
    if (claimed.version && stored.version != claimed.version->next(static_cast<std::int64_t>(index))) return "version";
    if (type != event.type) return "type";
    if (stored.recorded_at != claimed.recorded_at) return "recorded time";
    if (stored.occurred_at != event.occurred_at.value_or(claimed.recorded_at)) return "occurred time";
    if (stored.metadata != event.metadata) return "metadata";
    if (stored.payload != event.payload) return "payload";
    return {};
}

[[noreturn]] void refuse(const event_data& event, global_position position, std::string_view what) {
    throw invalid_request(fmt::format("the event {} is not what the store holds at position {} already: {} differs",
                                      event.id->to_string(), position.value, what));
}

}  // namespace

void require_stored(const event_store& store, const claimed_write& claimed) {
    const auto& events = claimed.write.events;
    std::size_t met = 0;
    (void)store.read(read_query::all().after(claimed.position.next(-1)), batch_limit{events.size()},
                     [&](const event_view& stored) {
                         const auto what = difference(stored, store.type_of(stored.type), claimed, met);
                         if (!what.empty()) refuse(events[met], stored.position, what);
                         ++met;
                     });
    if (met < events.size()) refuse(events[met], claimed.position, "the number of events");
    const auto earlier = store.find_append(*events.front().id);
    const std::size_t recorded = earlier ? earlier->count : 0;
    if (recorded != (claimed.ids == ids_from::caller ? events.size() : 0))
        refuse(events.front(), claimed.position, "what is known of its write");
}

}  // namespace foldline::inline v0::sqlite
