#include "event_writer.hpp"

#include "base64.hpp"

#include <foldline/cli/printable.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;
using json = nlohmann::ordered_json;

constexpr std::string_view mask = "***";

// -------------------------------------------------------------------------------------------------------- what is masked

void mask_personal_fields(json& object, const pb::Descriptor& type);

void mask_each(json& value, const pb::Descriptor& type) {
    if (!value.is_array()) return mask_personal_fields(value, type);
    for (json& each : value) mask_personal_fields(each, type);
}

void mask_map(json& entries, const pb::Descriptor& entry) {
    const pb::Descriptor* type = entry.map_value()->message_type();
    if (!type || !entries.is_object()) return;
    for (auto& [key, value] : entries.items()) mask_personal_fields(value, *type);
}

/// The type that an `Any` says it holds: the JSON of one has its fields beside its `@type`.
const pb::Descriptor* type_inside(const json& any, const pb::DescriptorPool& pool) {
    const auto url = any.find("@type");
    if (url == any.end() || !url->is_string()) return nullptr;
    const auto& text = url->get_ref<const std::string&>();
    return pool.FindMessageTypeByName(text.substr(text.rfind('/') + 1));
}

/// Over the JSON, since a number that is masked is no number any more. A well-known type that is written as something
/// else than an object of its fields has no personal ones.
void mask_personal_fields(json& object, const pb::Descriptor& type) {
    if (!object.is_object()) return;
    if (type.full_name() == "google.protobuf.Any") {
        if (const auto* inside = type_inside(object, *type.file()->pool())) mask_personal_fields(object, *inside);
        return;
    }
    for (auto& [name, value] : object.items()) {
        const pb::FieldDescriptor* field = type.FindFieldByName(name);
        if (!field) continue;
        if (is_personal(*field)) value = mask;
        else if (field->is_map()) mask_map(value, *field->message_type());
        else if (field->message_type()) mask_each(value, *field->message_type());
    }
}

// ----------------------------------------------------------------------------------------------------- what can be shown

/// An event's payload, as far as it can be shown: a value, or bytes and what keeps them from being one.
struct shown_payload {
    json data;
    std::string problem{};
    std::string bytes{};
};

shown_payload as_bytes(const event_view& event, const stored_message& found, personal_data personal) {
    if (found.may_hold_personal_data && personal == personal_data::masked)
        return {nullptr, found.problem + "; its bytes may hold personal data and are not shown"};
    return {nullptr, found.problem, base64(event.payload)};
}

json json_of(const pb::Message& message) {
    pb::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    options.always_print_primitive_fields = true;
    std::string text;
    const pb::LogSilencer quiet;
    if (!pb::util::MessageToJsonString(message, &text, options).ok()) return json(json::value_t::discarded);
    return json::parse(text, nullptr, false);
}

shown_payload payload_of(const event_view& event, stored_messages& messages, personal_data personal) {
    stored_message found = messages.decode(event);
    if (!found.message) return as_bytes(event, found, personal);
    shown_payload shown{json_of(*found.message), found.problem};
    if (shown.data.is_discarded()) {
        // An `Any` of a type that the schema does not hold, or text of an old message that is not UTF-8.
        found.problem = fmt::format("{} cannot be written as JSON", found.message->GetDescriptor()->full_name());
        found.may_hold_personal_data = true;
        return as_bytes(event, found, personal);
    }
    if (personal == personal_data::masked) mask_personal_fields(shown.data, *found.message->GetDescriptor());
    return shown;
}

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

void add_payload(json& object, shown_payload payload) {
    object["data"] = std::move(payload.data);
    if (payload.problem.empty()) return;
    object["problem"] = std::move(payload.problem);
    if (!payload.bytes.empty()) object["data_base64"] = std::move(payload.bytes);
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

/// Everything beyond ASCII is escaped unless it was asked for as it is; what is not UTF-8 never gets out.
std::string text_of(const json& value, escaping escape) {
    return value.dump(-1, ' ', escape == escaping::on, json::error_handler_t::replace);
}

}  // namespace

event_writer::event_writer(std::FILE* out, const opened_store& store, const event_display& display)
    : out_(out), store_(store), display_(display), messages_(store.stored()), objects_(out, display.shape) {}

void event_writer::write(const event_view& event) {
    if (display_.shape == format::text) return write_for_people(event);
    auto payload = payload_of(event, messages_, display_.personal);
    const json object = json_of(event, store_.events().type_of(event.type), std::move(payload));
    objects_.add(text_of(object, display_.escape));
}

/// People read more than ASCII, so here only what moves the cursor or turns the text round is escaped.
void event_writer::write_for_people(const event_view& event) {
    const shown_payload payload = payload_of(event, messages_, display_.personal);
    std::string what;
    if (!payload.data.is_null()) what += text_of(payload.data, escaping::off);
    if (!payload.problem.empty()) what += fmt::format("{}({})", what.empty() ? "" : "  ", payload.problem);
    if (!payload.bytes.empty()) what += "  base64:" + payload.bytes;
    fmt::print(out_, "{:>8}  {:<20}  {} @{}  {}  {}\n", event.position.value, to_string(event.occurred_at),
               shown(event.stream.to_string()), event.version.value,
               shown(store_.events().type_of(event.type).to_string()), shown(what));
}

void event_writer::end() {
    if (display_.shape != format::text) objects_.end();
}

std::string event_writer::shown(const std::string& text) const {
    return display_.escape == escaping::on ? printable(text) : text;
}

}  // namespace foldline::inline v0::cli
