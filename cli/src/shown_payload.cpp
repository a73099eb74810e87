#include "shown_payload.hpp"

#include "base64.hpp"

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

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

shown_payload as_bytes(std::string_view payload, const stored_message& found, personal_data personal) {
    if (found.may_hold_personal_data && personal == personal_data::masked)
        return {nullptr, found.problem + "; its bytes may hold personal data and are not shown"};
    return {nullptr, found.problem, base64(payload)};
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

}  // namespace

shown_payload shown(stored_message found, std::string_view payload, personal_data personal) {
    if (!found.message) return as_bytes(payload, found, personal);
    shown_payload shown{json_of(*found.message), found.problem};
    if (shown.data.is_discarded()) {
        // An `Any` of a type that the schema does not hold, or text of an old message that is not UTF-8.
        found.problem = fmt::format("{} cannot be written as JSON", found.message->GetDescriptor()->full_name());
        found.may_hold_personal_data = true;
        return as_bytes(payload, found, personal);
    }
    if (personal == personal_data::masked) mask_personal_fields(shown.data, *found.message->GetDescriptor());
    return shown;
}

void add_payload(json& object, shown_payload payload) {
    object["data"] = std::move(payload.data);
    if (payload.problem.empty()) return;
    object["problem"] = std::move(payload.problem);
    if (!payload.bytes.empty()) object["data_base64"] = std::move(payload.bytes);
}

std::string text_of(const json& value, escaping escape) {
    return value.dump(-1, ' ', escape == escaping::on, json::error_handler_t::replace);
}

std::string text_for_people(const shown_payload& payload) {
    std::string what;
    // People read more than ASCII; what moves the cursor or turns the text round is escaped by whoever prints this.
    if (!payload.data.is_null()) what += text_of(payload.data, escaping::off);
    if (!payload.problem.empty()) what += fmt::format("{}({})", what.empty() ? "" : "  ", payload.problem);
    if (!payload.bytes.empty()) what += "  base64:" + payload.bytes;
    return what;
}

}  // namespace foldline::inline v0::cli
