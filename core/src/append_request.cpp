#include <foldline/core/append_request.hpp>

#include "utf8.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0 {
namespace {

void require_distinct_streams(const append_request& request) {
    if (request.writes.size() + request.conditions.size() < 2) return;
    std::vector<const stream_id*> named;
    for (const auto& write : request.writes) named.push_back(&write.stream);
    for (const auto& condition : request.conditions) named.push_back(&condition.stream);
    std::sort(named.begin(), named.end(), [](auto* a, auto* b) {
        const int order = a->id().compare(b->id());
        return order != 0 ? order < 0 : a->category() < b->category();
    });
    const auto twice = std::adjacent_find(named.begin(), named.end(), [](auto* a, auto* b) { return *a == *b; });
    if (twice != named.end())
        throw invalid_request(fmt::format("an append names the stream {} twice", (*twice)->to_string()));
}

void require_distinct_ids(const append_request& request, std::size_t count) {
    if (count < 2) return;
    std::vector<event_id> ids;
    ids.reserve(count);
    for (const auto& write : request.writes)
        for (const auto& event : write.events) ids.push_back(*event.id);
    std::sort(ids.begin(), ids.end());
    const auto twice = std::adjacent_find(ids.begin(), ids.end());
    if (twice != ids.end())
        throw invalid_request(fmt::format("an append gives the id {} to two events", twice->to_string()));
}

constexpr std::size_t longest_type_name = 255;

bool is_type_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_type_name && detail::is_plain_text(name);
}

void require_sizes(const event_data& event, const append_limits& limits) {
    if (event.payload.size() > limits.payload_bytes)
        throw limit_exceeded(fmt::format("bytes in the payload of an event {}", event.type.to_string()),
                             event.payload.size(), limits.payload_bytes);
    if (event.metadata.size() > limits.metadata_bytes)
        throw limit_exceeded(fmt::format("bytes in the metadata of an event {}", event.type.to_string()),
                             event.metadata.size(), limits.metadata_bytes);
}

}  // namespace

ids_from validate(const append_request& request, const append_limits& limits) {
    if (request.writes.empty()) throw invalid_request("an append without writes; a condition alone stores nothing");
    std::size_t events = 0;
    std::size_t bytes = 0;
    std::size_t with_id = 0;
    std::string_view checked_name;
    for (const auto& write : request.writes) {
        if (write.events.empty())
            throw invalid_request(
                fmt::format("an append to {} without events; to ask only where a stream stands, "
                            "make it a condition",
                            write.stream.to_string()));
        for (const auto& event : write.events) {
            if (event.type.name.empty() || event.type.version == 0)
                throw invalid_request(fmt::format("an event for {} has no type: name '{}', version {}",
                                                  write.stream.to_string(), event.type.name, event.type.version));
            // Events of one request mostly share a name, which need not be looked at again.
            if (event.type.name.data() != checked_name.data() || event.type.name.size() != checked_name.size()) {
                if (!is_type_name(event.type.name))
                    throw invalid_request(
                        fmt::format("the type of an event for {} has a name that is none: it takes 1 to "
                                    "255 bytes of UTF-8 without control characters",
                                    write.stream.to_string()));
                checked_name = event.type.name;
            }
            require_sizes(event, limits);
            bytes += event.payload.size() + event.metadata.size();
            with_id += event.id.has_value() ? 1U : 0U;
        }
        events += write.events.size();
    }
    if (events > limits.events) throw limit_exceeded("events in an append", events, limits.events);
    if (bytes > limits.request_bytes) throw limit_exceeded("bytes in an append", bytes, limits.request_bytes);
    require_distinct_streams(request);
    if (with_id == 0) return ids_from::store;
    if (with_id != events)
        throw invalid_request(
            fmt::format("{} of {} events of an append have an id; all of them or none", with_id, events));
    require_distinct_ids(request, events);
    return ids_from::caller;
}

}  // namespace foldline::inline v0
