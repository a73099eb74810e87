#include "shown_payload.hpp"

#include "base64.hpp"

#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;
using json = nlohmann::ordered_json;

constexpr std::string_view mask = "***";

// -------------------------------------------------------------------------------------------------------- what is masked

/// The type that an `Any` says it holds: the JSON of one has its fields beside its `@type`.
const pb::Descriptor* type_inside(const json& any, const pb::DescriptorPool& pool) {
    const auto url = any.find("@type");
    if (url == any.end() || !url->is_string()) return nullptr;
    const auto& text = url->get_ref<const std::string&>();
    return pool.FindMessageTypeByName(text.substr(text.rfind('/') + 1));
}

/// Works on the JSON, since a number that is masked is no number any more. A well-known type that is written as something
/// else than an object of its fields has no personal ones.
class masking {
public:
    void mask_fields(json& object, const pb::Descriptor& type) {
        if (!object.is_object()) return;
        if (type.well_known_type() == pb::Descriptor::WELLKNOWNTYPE_ANY) return mask_any(object, *type.file()->pool());
        for (auto& [name, value] : object.items()) {
            const pb::FieldDescriptor* field = type.FindFieldByName(name);
            if (!field) continue;
            if (is_personal(*field)) taken_.push_back(std::exchange(value, mask));
            else if (field->is_map()) mask_map(value, *field->message_type());
            else if (field->message_type()) mask_each(value, *field->message_type());
        }
    }
    /// What stood where the mask is now.
    [[nodiscard]] const std::vector<json>& taken() const { return taken_; }

private:
    /// The fields of what it holds stand beside its `@type`; what has a JSON of its own, another `Any` for one, is its
    /// `value`.
    void mask_any(json& any, const pb::DescriptorPool& pool) {
        const pb::Descriptor* inside = type_inside(any, pool);
        if (!inside) return;
        if (inside->well_known_type() == pb::Descriptor::WELLKNOWNTYPE_UNSPECIFIED) return mask_fields(any, *inside);
        if (const auto value = any.find("value"); value != any.end()) mask_fields(*value, *inside);
    }

    void mask_each(json& value, const pb::Descriptor& type) {
        if (!value.is_array()) return mask_fields(value, type);
        for (json& each : value) mask_fields(each, type);
    }

    void mask_map(json& entries, const pb::Descriptor& entry) {
        const pb::Descriptor* type = entry.map_value()->message_type();
        if (!type || !entries.is_object()) return;
        for (auto& [key, value] : entries.items()) mask_fields(value, *type);
    }

    std::vector<json> taken_;
};

/// Shorter ones are words of any text.
constexpr std::size_t least_telling = 3;

/// The texts and numbers in a value, as a person would write them.
void add_texts(std::vector<std::string>& texts, const json& value) {
    if (value.is_object() || value.is_array()) {
        for (const auto& [key, inside] : value.items()) {
            if (value.is_object()) add_texts(texts, key);
            add_texts(texts, inside);
        }
        return;
    }
    std::string text = value.is_string() ? value.get<std::string>() : value.is_number() ? value.dump() : "";
    if (text.size() >= least_telling) texts.push_back(std::move(text));
}

void replace_all(std::string& in, const std::string& what, std::string_view by) {
    for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + by.size()))
        in.replace(at, what.size(), by);
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
    if (personal == personal_data::masked) masking{}.mask_fields(shown.data, *found.message->GetDescriptor());
    return shown;
}

std::string veiled(std::string text, const pb::Message& message) {
    json data = json_of(message);
    if (data.is_discarded()) return std::string(mask);
    masking masked;
    masked.mask_fields(data, *message.GetDescriptor());
    std::vector<std::string> secrets;
    for (const json& each : masked.taken()) add_texts(secrets, each);
    std::sort(secrets.begin(), secrets.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (const std::string& each : secrets) replace_all(text, each, mask);
    return text;
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
