#include "bound_condition.hpp"

#include "base64.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>

#include <charconv>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;
using field = pb::FieldDescriptor;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

template <class Left, class Right>
bool compare(const Left& left, comparison how, const Right& right) {
    switch (how) {
        case comparison::equal: return left == right;
        case comparison::unequal: return !(left == right);
        case comparison::less: return left < right;
        case comparison::at_most: return left <= right;
        case comparison::greater: return left > right;
        case comparison::at_least: return left >= right;
        case comparison::contains: return false;
    }
    return false;
}

bool is_duration(const field& end) {
    return end.message_type() && end.message_type()->well_known_type() == pb::Descriptor::WELLKNOWNTYPE_DURATION;
}

/// The value by the getter for it, or by that for one of several.
template <class One, class Each>
auto get(const field_value& value, One one, Each each) {
    const pb::Reflection& inside = *value.owner.GetReflection();
    return value.index < 0 ? (inside.*one)(value.owner, &value.field)
                           : (inside.*each)(value.owner, &value.field, value.index);
}

std::string text_in(const field_value& value) {
    const std::string text = get(value, &pb::Reflection::GetString, &pb::Reflection::GetRepeatedString);
    return value.field.type() == field::TYPE_BYTES ? base64(text) : text;
}

bool compare_text(const std::string& text, comparison how, const std::string& wanted) {
    return how == comparison::contains ? text.find(wanted) != std::string::npos : compare(text, how, wanted);
}

std::string all_names(const pb::EnumDescriptor& of) {
    std::string names;
    for (int at = 0; at < of.value_count(); ++at) names += (at == 0 ? "" : ", ") + of.value(at)->name();
    return names;
}

}  // namespace

bound_condition::bound_condition(const field_condition& condition, field_way way)
    : condition_(condition),
      way_(std::move(way)),
      whole_(number_in<std::int64_t>(condition_.wanted)),
      large_(number_in<std::uint64_t>(condition_.wanted)),
      real_(number_in<double>(condition_.wanted)),
      time_(parse_timestamp(condition_.wanted)) {
    if (condition_.wanted == "true" || condition_.wanted == "false") truth_ = condition_.wanted == "true";
    if (const auto* named = way_.back()->enum_type()) name_ = named->FindValueByName(condition_.wanted);
    require_comparable();
}

void bound_condition::require_comparable() const {
    const field& end = *way_.back();
    const auto refuse = [&](std::string_view what) {
        throw impossible_condition(
            fmt::format("the field {} holds {}, and \"{}\" is none", condition_.path, what, condition_.wanted));
    };
    const bool is_text = end.cpp_type() == field::CPPTYPE_STRING;
    if (condition_.how == comparison::contains && !is_text)
        throw impossible_condition(fmt::format("~ looks into text, and the field {} holds none", condition_.path));
    switch (end.cpp_type()) {
        case field::CPPTYPE_STRING: return;
        case field::CPPTYPE_BOOL:
            if (!truth_) refuse("true or false");
            return;
        case field::CPPTYPE_ENUM:
            if (!name_ && !whole_) refuse("one of " + all_names(*end.enum_type()));
            return;
        case field::CPPTYPE_MESSAGE:
            if (is_duration(end) ? !real_ : !time_) refuse(is_duration(end) ? "seconds" : "times: 2010-12-01T08:26");
            return;
        default:
            if (!real_) refuse("numbers");
    }
}

bool bound_condition::holds(const pb::Message& message) const {
    const bool is_negated = condition_.how == comparison::unequal;
    const comparison how = is_negated ? comparison::equal : condition_.how;
    return is_negated != any_value(message, way_, [&](const field_value& value) { return holds_for(value, how); });
}

bool bound_condition::holds_for(const field_value& value, comparison how) const {
    using reflection = pb::Reflection;
    const auto compare_whole = [&](auto number, const auto& exact) {
        return exact ? compare(number, how, *exact) : compare(static_cast<double>(number), how, *real_);
    };
    switch (value.field.cpp_type()) {
        case field::CPPTYPE_STRING: return compare_text(text_in(value), how, condition_.wanted);
        case field::CPPTYPE_BOOL:
            return compare(get(value, &reflection::GetBool, &reflection::GetRepeatedBool), how, *truth_);
        case field::CPPTYPE_ENUM: return holds_for_enum(value, how);
        case field::CPPTYPE_MESSAGE: return holds_for_moment(value, how);
        case field::CPPTYPE_INT32:
            return compare_whole(std::int64_t{get(value, &reflection::GetInt32, &reflection::GetRepeatedInt32)},
                                 whole_);
        case field::CPPTYPE_INT64:
            return compare_whole(get(value, &reflection::GetInt64, &reflection::GetRepeatedInt64), whole_);
        case field::CPPTYPE_UINT32:
            return compare_whole(std::uint64_t{get(value, &reflection::GetUInt32, &reflection::GetRepeatedUInt32)},
                                 large_);
        case field::CPPTYPE_UINT64:
            return compare_whole(get(value, &reflection::GetUInt64, &reflection::GetRepeatedUInt64), large_);
        // 0.1 is another number as a float than as a double.
        case field::CPPTYPE_FLOAT:
            return compare(get(value, &reflection::GetFloat, &reflection::GetRepeatedFloat), how,
                           static_cast<float>(*real_));
        case field::CPPTYPE_DOUBLE:
            return compare(get(value, &reflection::GetDouble, &reflection::GetRepeatedDouble), how, *real_);
    }
    return false;
}

bool bound_condition::holds_for_enum(const field_value& value, comparison how) const {
    const std::int64_t number = get(value, &pb::Reflection::GetEnumValue, &pb::Reflection::GetRepeatedEnumValue);
    return compare(number, how, name_ ? std::int64_t{name_->number()} : *whole_);
}

bool bound_condition::holds_for_moment(const field_value& value, comparison how) const {
    const pb::Reflection& outside = *value.owner.GetReflection();
    const pb::Message& moment = value.index < 0 ? outside.GetMessage(value.owner, &value.field)
                                                : outside.GetRepeatedMessage(value.owner, &value.field, value.index);
    const pb::Reflection& inside = *moment.GetReflection();
    const std::int64_t seconds = inside.GetInt64(moment, moment.GetDescriptor()->field(0));
    const std::int64_t nanos = inside.GetInt32(moment, moment.GetDescriptor()->field(1));
    if (is_duration(value.field))
        return compare(static_cast<double>(seconds) + static_cast<double>(nanos) / 1e9, how, *real_);
    const auto whole = std::chrono::floor<std::chrono::seconds>(*time_);
    const std::int64_t wanted_nanos = std::chrono::nanoseconds{*time_ - whole}.count();
    return compare(std::pair{seconds, nanos}, how,
                   std::pair{std::int64_t{whole.time_since_epoch().count()}, wanted_nanos});
}

std::string_view bound_condition::needed_text() const {
    const bool is_text = way_.back()->type() == field::TYPE_STRING;
    const bool is_whole = condition_.how == comparison::equal || condition_.how == comparison::contains;
    return is_text && is_whole ? std::string_view{condition_.wanted} : std::string_view{};
}

}  // namespace foldline::inline v0::cli
