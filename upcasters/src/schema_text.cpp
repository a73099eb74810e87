#include "schema_text.hpp"

#include <fmt/core.h>
#include <google/protobuf/stubs/strutil.h>

#include <algorithm>
#include <vector>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;
using proto_field = pb::FieldDescriptorProto;

std::string type_text(const field_shape& field) {
    constexpr std::string_view scalars[] = {"",        "double",   "float",    "int64",  "uint64",  "int32", "fixed64",
                                            "fixed32", "bool",     "string",   "group",  "message", "bytes", "uint32",
                                            "enum",    "sfixed32", "sfixed64", "sint32", "sint64"};
    if (field.type() == proto_field::TYPE_GROUP) return fmt::format("group {}", field.type_name());
    if (!field.type_name().empty()) return std::string(field.type_name());
    const auto index = static_cast<std::size_t>(field.type());
    return index < std::size(scalars) ? std::string(scalars[index]) : "?";
}

std::string map_text(const message_shape& entry) {
    // The message behind a map is not filled while it has not been reached, and may be damaged.
    std::string key = "?";
    std::string value = "?";
    for (const proto_field& part : entry.proto->field()) {
        field_shape shape;
        shape.proto = &part;
        (part.number() == 1 ? key : value) = type_text(shape);
    }
    return fmt::format("map<{}, {}>", key, value);
}

std::string_view label_of(const field_shape& field, const message_shape& owner) {
    if (field.is_map() || field.oneof >= 0) return "";
    switch (field.present) {
        case presence::repeated: return "repeated ";
        case presence::required: return "required ";
        case presence::explicit_one: return owner.is_proto3() && !field.proto->proto3_optional() ? "" : "optional ";
        case presence::implicit: break;
    }
    return "";
}

std::string options_of(const field_shape& field) {
    std::vector<std::string> options;
    const proto_field& proto = *field.proto;
    if (field.personal) options.emplace_back("(foldline.personal) = true");
    if (field.subject_id) options.emplace_back("(foldline.subject_id) = true");
    if (proto.has_default_value())
        options.push_back(proto.type() == proto_field::TYPE_STRING || proto.type() == proto_field::TYPE_BYTES
                              ? fmt::format("default = \"{}\"", default_of(field))
                              : fmt::format("default = {}", proto.default_value()));
    field_shape unnamed = field;
    proto_field without;
    if (proto.has_json_name()) {
        without.set_name(proto.name());
        unnamed.proto = &without;
        if (unnamed.json_name() != proto.json_name())
            options.push_back(fmt::format("json_name = \"{}\"", proto.json_name()));
    }
    std::string text;
    for (const std::string& option : options) text += (text.empty() ? "" : ", ") + option;
    return text.empty() ? text : " [" + text + "]";
}

}  // namespace

std::string declaration_of(const field_shape& field, const message_shape& owner) {
    // The message behind a map stands in no `.proto`.
    if (owner.is_map_entry()) return fmt::format("{} {}", type_text(field), field.name());
    return fmt::format("{}{} {} = {}{};", label_of(field, owner),
                       field.is_map() ? map_text(*field.message) : type_text(field), field.name(), field.number(),
                       options_of(field));
}

std::string declaration_of(const pb::EnumValueDescriptorProto& value) {
    return fmt::format("{} = {};", value.name(), value.number());
}

std::string oneof_declaration(const message_shape& owner, int oneof) {
    if (oneof < 0) return "";
    constexpr std::size_t readable = 500;
    std::string members;
    for (const field_shape& field : owner.fields) {
        if (field.oneof != oneof) continue;
        if (members.size() > readable)
            return fmt::format("oneof {} {{ {}… }}", owner.proto->oneof_decl(oneof).name(), members);
        members += declaration_of(field, owner) + " ";
    }
    return fmt::format("oneof {} {{ {}}}", owner.proto->oneof_decl(oneof).name(), members);
}

std::string range_text(const number_ranges::range& range, std::int64_t highest) {
    if (range.first == range.last) return fmt::format("{}", range.first);
    if (range.last >= highest) return fmt::format("{} to max", range.first);
    return fmt::format("{} to {}", range.first, range.last);
}

std::string place_of(const field_shape& field, const message_shape& owner) {
    if (owner.is_map_entry())
        return fmt::format("{}, {} of a map", owner.full_name.substr(0, owner.full_name.rfind('.')), field.name());
    return fmt::format("{}.{} = {}", owner.full_name, field.name(), field.number());
}

std::string place_of(const pb::EnumValueDescriptorProto& value, const enum_shape& owner) {
    return fmt::format("{}.{} = {}", owner.full_name, value.name(), value.number());
}

std::string default_of(const field_shape& field) {
    const std::string& text = field.proto->default_value();
    switch (field.type()) {
        case proto_field::TYPE_ENUM: {
            if (!field.enumeration || field.enumeration->proto->value_size() == 0) return text;
            for (const auto& value : field.enumeration->proto->value())
                if (value.name() == text) return std::to_string(value.number());
            return std::to_string(field.enumeration->proto->value(0).number());
        }
        case proto_field::TYPE_BYTES: return text;  // escaped already
        case proto_field::TYPE_STRING: return pb::CEscape(text);
        case proto_field::TYPE_BOOL: return text == "true" ? "1" : "0";
        case proto_field::TYPE_MESSAGE:
        case proto_field::TYPE_GROUP: return "";
        default: return text.empty() ? "0" : text;
    }
}

}  // namespace foldline::inline v0
