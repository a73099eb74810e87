#include "event_writer.hpp"

#include "base64.hpp"
#include "shown_payload.hpp"

#include <foldline/cli/printable.hpp>
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

json json_of(const event_view& event, event_type type, shown_payload payload) {
    json object{{"position", event.position.value},
                {"stream", event.stream.to_string()},
                {"version", event.version.value},
                {"event", type.to_string()},
                {"id", event.id.to_string()},
                {"occurred_at", to_string(event.occurred_at)},
                {"recorded_at", to_string(event.recorded_at)}};
    if (event.part > 0) object["part"] = event.part;
    add_metadata(object, event.metadata);
    add_payload(object, std::move(payload));
    return object;
}

}  // namespace

event_writer::event_writer(std::FILE* out, const opened_store& store, const event_display& display)
    : out_(out), store_(store), display_(display), messages_(store.stored()), objects_(out, display.shape) {}

void event_writer::write(const event_view& event) {
    if (display_.shape == format::text) return write_for_people(event);
    const json object = json_of(event, store_.events().type_of(event.type), payload_of(event));
    objects_.add(text_of(object, display_.escape));
}

void event_writer::write_for_people(const event_view& event) {
    fmt::print(out_, "{:>8}  {:<20}  {} @{}  {}  {}\n", event.position.value, to_string(event.occurred_at),
               printed(event.stream.to_string()), event.version.value,
               printed(store_.events().type_of(event.type).to_string()), printed(text_for_people(payload_of(event))));
}

shown_payload event_writer::payload_of(const event_view& event) {
    return shown(messages_.decode(event), event.payload, display_.personal);
}

void event_writer::end() {
    if (display_.shape != format::text) objects_.end();
}

std::string event_writer::printed(const std::string& text) const {
    return display_.escape == escaping::on ? printable(text) : text;
}

}  // namespace foldline::inline v0::cli
