#include "results_as_json.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

std::string text_of(const json& value, format shape) {
    // Names of a damaged file may be anything, also no UTF-8.
    return value.dump(shape == format::json ? 2 : -1, ' ', true, json::error_handler_t::replace);
}

json time_of(const std::optional<timestamp>& time) { return time ? json(to_string(*time)) : json(nullptr); }

}  // namespace

std::string as_json(const sqlite::store_stats& stats, format shape) {
    json object{{"store", stats.identity.store.to_string()},
                {"history", stats.identity.history.to_string()},
                {"head", stats.head.value},
                {"events", stats.events},
                {"streams", stats.streams},
                {"snapshots", stats.snapshots},
                {"caller_ids", stats.caller_ids},
                {"first_recorded", time_of(stats.first_recorded)},
                {"last_recorded", time_of(stats.last_recorded)},
                {"file_bytes", stats.file_bytes},
                {"log_bytes", stats.log_bytes},
                {"free_bytes", stats.free_bytes}};
    object["categories"] = json::array();
    for (const auto& each : stats.categories)
        object["categories"].push_back({{"category", each.name}, {"streams", each.streams}, {"events", each.events}});
    object["types"] = json::array();
    for (const auto& each : stats.types)
        object["types"].push_back(
            {{"event", event_type{each.name, each.version}.to_string()}, {"events", each.events}});
    return text_of(object, shape);
}

std::string as_json(const sqlite::verification& result, format shape) {
    json object{{"sound", result.is_sound()},    {"events", result.events}, {"streams", result.streams},
                {"snapshots", result.snapshots}, {"pages", result.pages},   {"found", result.found},
                {"findings", json::array()}};
    for (const auto& each : result.findings) object["findings"].push_back({{"place", each.place}, {"why", each.why}});
    return text_of(object, shape);
}

std::string as_json(const sqlite::copied_store& copy, const std::filesystem::path& file, format shape) {
    return text_of({{"file", file.string()}, {"head", copy.head.value}, {"events", copy.events}, {"bytes", copy.bytes}},
                   shape);
}

std::string as_json(const stream_summary& stream) {
    return text_of({{"stream", stream.name},
                    {"events", stream.events},
                    {"version", stream.version},
                    {"last_position", stream.last_position},
                    {"last_recorded", to_string(stream.last_recorded)}},
                   format::ndjson);
}

std::string as_json(const sqlite::diagnosis& looked_at) {
    json object{{"state", std::string(word_of(looked_at.state))}, {"what", looked_at.what}, {"found", looked_at.found}};
    if (!looked_at.advice.empty()) object["advice"] = looked_at.advice;
    return text_of(object, format::ndjson);
}

std::string_view word_of(sqlite::health state) {
    switch (state) {
        case sqlite::health::good: return "good";
        case sqlite::health::warning: return "warning";
        case sqlite::health::bad: return "bad";
    }
    return {};
}

}  // namespace foldline::inline v0::cli
