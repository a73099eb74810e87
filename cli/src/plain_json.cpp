#include "plain_json.hpp"

#include "base64.hpp"

#include <foldline/cli/utf8.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;
using json = nlohmann::ordered_json;
using field_type = pb::FieldDescriptor;

bool is_plain(const pb::Descriptor& type, std::set<const pb::Descriptor*>& seen) {
    if (!seen.insert(&type).second) return true;
    if (type.file()->name().starts_with("google/protobuf/") || type.extension_range_count() > 0) return false;
    for (int i = 0; i < type.field_count(); ++i) {
        const field_type& field = *type.field(i);
        if (field.type() == field_type::TYPE_GROUP) return false;
        if (field.enum_type() && field.enum_type()->file()->name().starts_with("google/protobuf/")) return false;
        if (field.message_type() && !is_plain(*field.message_type(), seen)) return false;
    }
    return true;
}

// ------------------------------------------------------------------------------------------------------------- writing

struct inexact {};

json real(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    if (value == 0 && std::signbit(value)) throw inexact{};
    return value;
}

/// As few digits as tell it from its neighbours.
json real(float value) {
    if (!std::isfinite(value) || value == 0) return real(double{value});
    const std::string digits = fmt::format("{}", value);
    double written = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), written);
    return written;
}

json text(const std::string& value) {
    for (std::string_view rest = value; !rest.empty();) {
        const std::size_t length = static_cast<signed char>(rest.front()) >= 0 ? 1 : utf8_character(rest);
        if (length == 0) throw inexact{};
        rest.remove_prefix(length);
    }
    return value;
}

json choice(const pb::EnumDescriptor& type, int number) {
    const pb::EnumValueDescriptor* known = type.FindValueByNumber(number);
    return known ? json(known->name()) : json(number);
}

json object_of(const pb::Message& message);

/// `index`: -1 of a field that is not repeated.
json value_of(const pb::Message& of, const field_type& field, int index) {
    const pb::Reflection& look = *of.GetReflection();
    const bool one = index < 0;
    std::string scratch;
    switch (field.cpp_type()) {
        case field_type::CPPTYPE_INT32:
            return one ? look.GetInt32(of, &field) : look.GetRepeatedInt32(of, &field, index);
        case field_type::CPPTYPE_UINT32:
            return one ? look.GetUInt32(of, &field) : look.GetRepeatedUInt32(of, &field, index);
        case field_type::CPPTYPE_INT64:
            return std::to_string(one ? look.GetInt64(of, &field) : look.GetRepeatedInt64(of, &field, index));
        case field_type::CPPTYPE_UINT64:
            return std::to_string(one ? look.GetUInt64(of, &field) : look.GetRepeatedUInt64(of, &field, index));
        case field_type::CPPTYPE_DOUBLE:
            return real(one ? look.GetDouble(of, &field) : look.GetRepeatedDouble(of, &field, index));
        case field_type::CPPTYPE_FLOAT:
            return real(one ? look.GetFloat(of, &field) : look.GetRepeatedFloat(of, &field, index));
        case field_type::CPPTYPE_BOOL: return one ? look.GetBool(of, &field) : look.GetRepeatedBool(of, &field, index);
        case field_type::CPPTYPE_ENUM:
            return choice(*field.enum_type(),
                          one ? look.GetEnumValue(of, &field) : look.GetRepeatedEnumValue(of, &field, index));
        case field_type::CPPTYPE_STRING: {
            const std::string& bytes = one ? look.GetStringReference(of, &field, &scratch)
                                           : look.GetRepeatedStringReference(of, &field, index, &scratch);
            return field.type() == field_type::TYPE_BYTES ? json(base64(bytes)) : text(bytes);
        }
        case field_type::CPPTYPE_MESSAGE:
            return object_of(one ? look.GetMessage(of, &field) : look.GetRepeatedMessage(of, &field, index));
    }
    throw inexact{};
}

/// Each key as a text. Protobuf may write the entries in any order, and keeps to that of the keys if it is asked to.
json map_of(const pb::Message& of, const field_type& field) {
    const field_type& key = *field.message_type()->map_key();
    const field_type& value = *field.message_type()->map_value();
    const int count = of.GetReflection()->FieldSize(of, &field);
    json entries = json::object();
    const pb::Message* before = nullptr;
    const auto comes_after = [&](const pb::Message& one, const pb::Message& other) {
        const pb::Reflection& look = *one.GetReflection();
        switch (key.cpp_type()) {
            case field_type::CPPTYPE_INT32: return look.GetInt32(one, &key) > look.GetInt32(other, &key);
            case field_type::CPPTYPE_UINT32: return look.GetUInt32(one, &key) > look.GetUInt32(other, &key);
            case field_type::CPPTYPE_INT64: return look.GetInt64(one, &key) > look.GetInt64(other, &key);
            case field_type::CPPTYPE_UINT64: return look.GetUInt64(one, &key) > look.GetUInt64(other, &key);
            case field_type::CPPTYPE_BOOL: return look.GetBool(one, &key) > look.GetBool(other, &key);
            default: return look.GetString(one, &key) > look.GetString(other, &key);
        }
    };
    for (int i = 0; i < count; ++i) {
        const pb::Message& entry = of.GetReflection()->GetRepeatedMessage(of, &field, i);
        if (before && !comes_after(entry, *before)) throw inexact{};
        before = &entry;
        const json name = value_of(entry, key, -1);
        entries.get_ref<json::object_t&>().emplace_back(name.is_string() ? name.get<std::string>() : name.dump(),
                                                        value_of(entry, value, -1));
    }
    return entries;
}

json field_of(const pb::Message& of, const field_type& field) {
    if (field.is_map()) return map_of(of, field);
    if (!field.is_repeated()) return value_of(of, field, -1);
    json list = json::array();
    const int count = of.GetReflection()->FieldSize(of, &field);
    for (int i = 0; i < count; ++i) list.push_back(value_of(of, field, i));
    return list;
}

json object_of(const pb::Message& message) {
    std::vector<const field_type*> present;
    message.GetReflection()->ListFields(message, &present);
    json object = json::object();
    auto& members = object.get_ref<json::object_t&>();
    members.reserve(present.size());
    for (const field_type* field : present) members.emplace_back(field->name(), field_of(message, *field));
    return object;
}

// ------------------------------------------------------------------------------------------------------------- reading

struct no_message {};

const std::string& text_in(const json& value) {
    if (!value.is_string()) throw no_message{};
    return value.get_ref<const std::string&>();
}

template <class Number>
Number number_in(std::string_view digits) {
    Number number{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) throw no_message{};
    return number;
}

/// A number, or the text of one: numbers of 64 bits and the keys of maps are such.
template <class Number>
Number whole(const json& value) {
    if (value.is_string()) return number_in<Number>(text_in(value));
    if (value.is_number_unsigned()) {
        const auto number = value.get<std::uint64_t>();
        if (!std::in_range<Number>(number)) throw no_message{};
        return static_cast<Number>(number);
    }
    if (!value.is_number_integer() || !std::in_range<Number>(value.get<std::int64_t>())) throw no_message{};
    return static_cast<Number>(value.get<std::int64_t>());
}

double real_in(const json& value) {
    if (value.is_number()) return value.get<double>();
    const std::string& name = text_in(value);
    if (name == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (name == "Infinity") return std::numeric_limits<double>::infinity();
    if (name == "-Infinity") return -std::numeric_limits<double>::infinity();
    throw no_message{};
}

bool truth_in(const json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value == "true") return true;
    if (value == "false") return false;
    throw no_message{};
}

int choice_in(const pb::EnumDescriptor& type, const json& value) {
    if (!value.is_string()) return whole<std::int32_t>(value);
    const pb::EnumValueDescriptor* named = type.FindValueByName(text_in(value));
    if (!named) throw no_message{};
    return named->number();
}

std::string bytes_in(const json& value) {
    auto bytes = bytes_of_base64(text_in(value));
    if (!bytes) throw no_message{};
    return *std::move(bytes);
}

void fill(pb::Message& message, const json& object);

/// Sets a field, or adds to one that is repeated.
void put(pb::Message& to, const field_type& field, const json& value) {
    const pb::Reflection& set = *to.GetReflection();
    const bool one = !field.is_repeated();
    const auto put_by = [&](auto setter, auto adder, auto what) {
        if (one) (set.*setter)(&to, &field, std::move(what));
        else (set.*adder)(&to, &field, std::move(what));
    };
    using reflection = pb::Reflection;
    switch (field.cpp_type()) {
        case field_type::CPPTYPE_INT32:
            return put_by(&reflection::SetInt32, &reflection::AddInt32, whole<std::int32_t>(value));
        case field_type::CPPTYPE_UINT32:
            return put_by(&reflection::SetUInt32, &reflection::AddUInt32, whole<std::uint32_t>(value));
        case field_type::CPPTYPE_INT64:
            return put_by(&reflection::SetInt64, &reflection::AddInt64, whole<std::int64_t>(value));
        case field_type::CPPTYPE_UINT64:
            return put_by(&reflection::SetUInt64, &reflection::AddUInt64, whole<std::uint64_t>(value));
        case field_type::CPPTYPE_DOUBLE: return put_by(&reflection::SetDouble, &reflection::AddDouble, real_in(value));
        case field_type::CPPTYPE_FLOAT:
            return put_by(&reflection::SetFloat, &reflection::AddFloat, static_cast<float>(real_in(value)));
        case field_type::CPPTYPE_BOOL: return put_by(&reflection::SetBool, &reflection::AddBool, truth_in(value));
        case field_type::CPPTYPE_ENUM:
            return put_by(&reflection::SetEnumValue, &reflection::AddEnumValue, choice_in(*field.enum_type(), value));
        case field_type::CPPTYPE_STRING:
            return put_by(&reflection::SetString, &reflection::AddString,
                          field.type() == field_type::TYPE_BYTES ? bytes_in(value) : text_in(value));
        case field_type::CPPTYPE_MESSAGE:
            return fill(one ? *set.MutableMessage(&to, &field) : *set.AddMessage(&to, &field), value);
    }
}

void put_map(pb::Message& to, const field_type& field, const json& entries) {
    if (!entries.is_object()) throw no_message{};
    for (const auto& [key, value] : entries.items()) {
        pb::Message& entry = *to.GetReflection()->AddMessage(&to, &field);
        put(entry, *field.message_type()->map_key(), key);
        put(entry, *field.message_type()->map_value(), value);
    }
}

void put_all(pb::Message& to, const field_type& field, const json& list) {
    if (!list.is_array()) throw no_message{};
    for (const json& each : list) put(to, field, each);
}

void fill(pb::Message& message, const json& object) {
    if (!object.is_object()) throw no_message{};
    for (const auto& [name, value] : object.get_ref<const json::object_t&>()) {
        const field_type* field = message.GetDescriptor()->FindFieldByName(name);
        if (!field) throw no_message{};
        if (field->is_map()) put_map(message, *field, value);
        else if (field->is_repeated()) put_all(message, *field, value);
        else put(message, *field, value);
    }
}

}  // namespace

bool is_plain(const pb::Descriptor& type) {
    std::set<const pb::Descriptor*> seen;
    return is_plain(type, seen);
}

std::optional<json> plain_json_of(const pb::Message& message) {
    try {
        return object_of(message);
    } catch (const inexact&) {
        return std::nullopt;
    }
}

bool fill_plain(pb::Message& message, const json& data) {
    try {
        fill(message, data);
        return true;
    } catch (const no_message&) {
        return false;
    }
}

}  // namespace foldline::inline v0::cli
