#include "event_json.hpp"

#include "base64.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

json json_of(const metadata& known) {
    json object = json::object();
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) object[name] = value;
    };
    add("correlation_id", known.correlation_id);
    add("causation_id", known.causation_id);
    add("actor", known.actor);
    add("traceparent", known.traceparent);
    if (known.headers.empty()) return object;
    json headers = json::array();
    for (const auto& [name, value] : known.headers) headers.push_back({{"name", name}, {"value", value}});
    object["headers"] = std::move(headers);
    return object;
}

void add_metadata(json& object, std::string_view bytes) {
    if (bytes.empty()) return;
    try {
        object["metadata"] = json_of(decode_metadata(bytes));
    } catch (const event_failure&) {
        object["metadata_base64"] = base64(bytes);
    }
}

}  // namespace

std::string event_label::to_string() const {
    if (shown == stored) return shown.to_string();
    if (shown.name != stored.name) return fmt::format("{} (stored {})", shown.to_string(), stored.to_string());
    return fmt::format("{} (stored @{})", shown.to_string(), stored.version);
}

json head_of(const event_view& event, const event_label& label) {
    json object{{"position", event.position.value},
                {"stream", event.stream.to_string()},
                {"version", event.version.value},
                {"event", label.shown.to_string()}};
    if (label.shown != label.stored) object["stored_as"] = label.stored.to_string();
    object["id"] = event.id.to_string();
    object["occurred_at"] = to_string(event.occurred_at);
    object["recorded_at"] = to_string(event.recorded_at);
    if (event.part > 0) object["part"] = event.part;
    add_metadata(object, event.metadata);
    return object;
}

}  // namespace foldline::inline v0::cli
