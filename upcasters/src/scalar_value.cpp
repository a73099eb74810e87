#include "scalar_value.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;
using pb::Message;
using pb::Reflection;

template <class T>
T get(const reflected_old& old, const FieldDescriptor& field, int index,
      T (Reflection::*one)(const Message&, const FieldDescriptor*) const,
      T (Reflection::*of_many)(const Message&, const FieldDescriptor*, int) const) {
    return index == not_indexed ? (old.reflection.*one)(old.message, &field)
                                : (old.reflection.*of_many)(old.message, &field, index);
}

template <class T, class Value>
void set(const reflected_made& made, const FieldDescriptor& field, Value value,
         void (Reflection::*one)(Message*, const FieldDescriptor*, T) const,
         void (Reflection::*of_many)(Message*, const FieldDescriptor*, T) const) {
    (made.reflection.*(field.is_repeated() ? of_many : one))(&made.message, &field, std::move(value));
}

template <auto Get, auto Set>
void copy_number(const reflected_old& old, const FieldDescriptor& from, const reflected_made& made,
                 const FieldDescriptor& to) {
    if (const auto value = (old.reflection.*Get)(old.message, &from)) (made.reflection.*Set)(&made.message, &to, value);
}

void copy_text(const reflected_old& old, const FieldDescriptor& from, const reflected_made& made,
               const FieldDescriptor& to) {
    std::string scratch;
    const std::string& text = old.reflection.GetStringReference(old.message, &from, &scratch);
    if (!text.empty()) made.reflection.SetString(&made.message, &to, text);
}

std::string shown(whole_number number) {
    std::string digits;
    const bool negative = number < 0;
    do {
        const int digit = static_cast<int>(number % 10);
        digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
        number /= 10;
    } while (number != 0);
    return negative ? "-" + digits : digits;
}

[[noreturn]] void refuse_value(const FieldDescriptor& field, std::string_view value) {
    throw error(fmt::format("the value {} does not fit into {}", value, described(field)));
}

template <class Integer>
Integer fitted(const FieldDescriptor& field, whole_number number) {
    if (number < std::numeric_limits<Integer>::min() || number > std::numeric_limits<Integer>::max())
        refuse_value(field, shown(number));
    return static_cast<Integer>(number);
}

/// Every kind but text counts as a number where it becomes one.
whole_number whole_in(const scalar_value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
    if (const auto* choice = std::get_if<choice_number>(&value)) return choice->value;
    return std::get<whole_number>(value);
}

double real_in(const FieldDescriptor& field, const scalar_value& value) {
    if (const auto* real = std::get_if<double>(&value)) return *real;
    const whole_number number = std::get<whole_number>(value);
    const auto real = static_cast<double>(number);
    if (static_cast<whole_number>(real) != number) refuse_value(field, shown(number));
    return real;
}

float float_in(const FieldDescriptor& field, const scalar_value& value) {
    const double real = real_in(field, value);
    if (std::isnan(real) || std::isinf(real)) return static_cast<float>(real);
    const bool in_range = std::fabs(real) <= double{std::numeric_limits<float>::max()};
    if (!in_range || double{static_cast<float>(real)} != real) refuse_value(field, fmt::format("{}", real));
    return static_cast<float>(real);
}

[[noreturn]] void refuse_text(const FieldDescriptor& field, std::string_view text, std::string_view why) {
    throw definition_error(fmt::format("'{}' is no value of {}: {}", text, described(field), why));
}

template <class Number>
Number parsed(const FieldDescriptor& field, std::string_view text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, number);
    if (failure == std::errc::result_out_of_range) refuse_text(field, text, "it is out of range");
    if (failure != std::errc{} || stopped != end) refuse_text(field, text, "it is no such number");
    return number;
}

scalar_value parsed_choice(const FieldDescriptor& field, std::string_view text) {
    if (const auto* named = field.enum_type()->FindValueByName(std::string(text)))
        return choice_number{named->number()};
    std::string names;
    for (int i = 0; i < field.enum_type()->value_count(); ++i)
        names += (i > 0 ? ", " : "") + field.enum_type()->value(i)->name();
    refuse_text(field, text, "its values are " + names);
}

}  // namespace

whole_number whole_at(const reflected_old& old, const FieldDescriptor& field, int index) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            return get(old, field, index, &Reflection::GetInt32, &Reflection::GetRepeatedInt32);
        case FieldDescriptor::CPPTYPE_INT64:
            return get(old, field, index, &Reflection::GetInt64, &Reflection::GetRepeatedInt64);
        case FieldDescriptor::CPPTYPE_UINT32:
            return get(old, field, index, &Reflection::GetUInt32, &Reflection::GetRepeatedUInt32);
        case FieldDescriptor::CPPTYPE_UINT64:
            return get(old, field, index, &Reflection::GetUInt64, &Reflection::GetRepeatedUInt64);
        default: break;
    }
    throw definition_error(described(field) + " holds no whole number");
}

scalar_value scalar_at(const reflected_old& old, const FieldDescriptor& field, int index) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
        case FieldDescriptor::CPPTYPE_INT64:
        case FieldDescriptor::CPPTYPE_UINT32:
        case FieldDescriptor::CPPTYPE_UINT64: return whole_at(old, field, index);
        case FieldDescriptor::CPPTYPE_FLOAT:
            return double{get(old, field, index, &Reflection::GetFloat, &Reflection::GetRepeatedFloat)};
        case FieldDescriptor::CPPTYPE_DOUBLE:
            return get(old, field, index, &Reflection::GetDouble, &Reflection::GetRepeatedDouble);
        case FieldDescriptor::CPPTYPE_BOOL:
            return get(old, field, index, &Reflection::GetBool, &Reflection::GetRepeatedBool);
        case FieldDescriptor::CPPTYPE_ENUM:
            return choice_number{get(old, field, index, &Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue)};
        case FieldDescriptor::CPPTYPE_STRING:
            return get(old, field, index, &Reflection::GetString, &Reflection::GetRepeatedString);
        case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    throw definition_error(described(field) + " holds a message and no value");
}

bool converts(value_kind from, value_kind to) {
    if (from == to) return true;
    switch (from) {
        case value_kind::integer: return to == value_kind::flag || to == value_kind::choice || to == value_kind::real;
        case value_kind::flag:
        case value_kind::choice: return to == value_kind::integer;
        case value_kind::text: return to == value_kind::bytes;
        case value_kind::real:
        case value_kind::bytes:  // what is no UTF-8 could never be read back
        case value_kind::message: return false;
    }
    return false;
}

void put_whole(const reflected_made& made, const FieldDescriptor& field, whole_number number) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            set(made, field, fitted<std::int32_t>(field, number), &Reflection::SetInt32, &Reflection::AddInt32);
            return;
        case FieldDescriptor::CPPTYPE_INT64:
            set(made, field, fitted<std::int64_t>(field, number), &Reflection::SetInt64, &Reflection::AddInt64);
            return;
        case FieldDescriptor::CPPTYPE_UINT32:
            set(made, field, fitted<std::uint32_t>(field, number), &Reflection::SetUInt32, &Reflection::AddUInt32);
            return;
        case FieldDescriptor::CPPTYPE_UINT64:
            set(made, field, fitted<std::uint64_t>(field, number), &Reflection::SetUInt64, &Reflection::AddUInt64);
            return;
        default: throw definition_error(described(field) + " holds no whole number");
    }
}

void put(const reflected_made& made, const FieldDescriptor& field, scalar_value value) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
        case FieldDescriptor::CPPTYPE_INT64:
        case FieldDescriptor::CPPTYPE_UINT32:
        case FieldDescriptor::CPPTYPE_UINT64: return put_whole(made, field, whole_in(value));
        case FieldDescriptor::CPPTYPE_FLOAT:
            set(made, field, float_in(field, value), &Reflection::SetFloat, &Reflection::AddFloat);
            return;
        case FieldDescriptor::CPPTYPE_DOUBLE:
            set(made, field, real_in(field, value), &Reflection::SetDouble, &Reflection::AddDouble);
            return;
        case FieldDescriptor::CPPTYPE_BOOL:
            set(made, field, fitted<bool>(field, whole_in(value)), &Reflection::SetBool, &Reflection::AddBool);
            return;
        case FieldDescriptor::CPPTYPE_ENUM:
            set(made, field, fitted<std::int32_t>(field, whole_in(value)), &Reflection::SetEnumValue,
                &Reflection::AddEnumValue);
            return;
        case FieldDescriptor::CPPTYPE_STRING:
            set(made, field, std::get<std::string>(std::move(value)), &Reflection::SetString, &Reflection::AddString);
            return;
        case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    throw definition_error(described(field) + " holds a message and no value");
}

void copy_scalar(const reflected_old& old, const FieldDescriptor& from, int index, const reflected_made& made,
                 const FieldDescriptor& to) {
    const auto copy = [&](auto get_one, auto get_of_many, auto set_one, auto add) {
        set(made, to, get(old, from, index, get_one, get_of_many), set_one, add);
    };
    switch (from.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            return copy(&Reflection::GetInt32, &Reflection::GetRepeatedInt32, &Reflection::SetInt32,
                        &Reflection::AddInt32);
        case FieldDescriptor::CPPTYPE_INT64:
            return copy(&Reflection::GetInt64, &Reflection::GetRepeatedInt64, &Reflection::SetInt64,
                        &Reflection::AddInt64);
        case FieldDescriptor::CPPTYPE_UINT32:
            return copy(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32, &Reflection::SetUInt32,
                        &Reflection::AddUInt32);
        case FieldDescriptor::CPPTYPE_UINT64:
            return copy(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64, &Reflection::SetUInt64,
                        &Reflection::AddUInt64);
        case FieldDescriptor::CPPTYPE_FLOAT:
            return copy(&Reflection::GetFloat, &Reflection::GetRepeatedFloat, &Reflection::SetFloat,
                        &Reflection::AddFloat);
        case FieldDescriptor::CPPTYPE_DOUBLE:
            return copy(&Reflection::GetDouble, &Reflection::GetRepeatedDouble, &Reflection::SetDouble,
                        &Reflection::AddDouble);
        case FieldDescriptor::CPPTYPE_BOOL:
            return copy(&Reflection::GetBool, &Reflection::GetRepeatedBool, &Reflection::SetBool, &Reflection::AddBool);
        case FieldDescriptor::CPPTYPE_ENUM:
            return copy(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue, &Reflection::SetEnumValue,
                        &Reflection::AddEnumValue);
        case FieldDescriptor::CPPTYPE_STRING:
            return copy(&Reflection::GetString, &Reflection::GetRepeatedString, &Reflection::SetString,
                        &Reflection::AddString);
        case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    throw definition_error(described(from) + " holds a message and no value");
}

scalar_copy copy_of(FieldDescriptor::CppType type) {
    switch (type) {
        case FieldDescriptor::CPPTYPE_INT32: return copy_number<&Reflection::GetInt32, &Reflection::SetInt32>;
        case FieldDescriptor::CPPTYPE_INT64: return copy_number<&Reflection::GetInt64, &Reflection::SetInt64>;
        case FieldDescriptor::CPPTYPE_UINT32: return copy_number<&Reflection::GetUInt32, &Reflection::SetUInt32>;
        case FieldDescriptor::CPPTYPE_UINT64: return copy_number<&Reflection::GetUInt64, &Reflection::SetUInt64>;
        case FieldDescriptor::CPPTYPE_BOOL: return copy_number<&Reflection::GetBool, &Reflection::SetBool>;
        case FieldDescriptor::CPPTYPE_ENUM: return copy_number<&Reflection::GetEnumValue, &Reflection::SetEnumValue>;
        case FieldDescriptor::CPPTYPE_STRING: return copy_text;
        case FieldDescriptor::CPPTYPE_FLOAT:
        case FieldDescriptor::CPPTYPE_DOUBLE:
        case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    return nullptr;
}

scalar_value parsed_scalar(const FieldDescriptor& field, std::string_view text) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32: return whole_number{parsed<std::int32_t>(field, text)};
        case FieldDescriptor::CPPTYPE_INT64: return whole_number{parsed<std::int64_t>(field, text)};
        case FieldDescriptor::CPPTYPE_UINT32: return whole_number{parsed<std::uint32_t>(field, text)};
        case FieldDescriptor::CPPTYPE_UINT64: return whole_number{parsed<std::uint64_t>(field, text)};
        case FieldDescriptor::CPPTYPE_FLOAT: return double{parsed<float>(field, text)};
        case FieldDescriptor::CPPTYPE_DOUBLE: return parsed<double>(field, text);
        case FieldDescriptor::CPPTYPE_BOOL:
            if (text != "true" && text != "false") refuse_text(field, text, "say true or false");
            return text == "true";
        case FieldDescriptor::CPPTYPE_ENUM: return parsed_choice(field, text);
        case FieldDescriptor::CPPTYPE_STRING: return std::string(text);
        case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    refuse_text(field, text, "it holds a message; name a field of it");
}

}  // namespace foldline::inline v0::detail
