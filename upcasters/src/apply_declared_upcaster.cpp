#include <foldline/upcasters/declared_upcaster.hpp>

#include "declared_rules.hpp"
#include "scalar_value.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/unknown_field_set.h>

#include <utility>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;
using detail::local_rules;
using detail::not_indexed;
using detail::value_kind;

bool has_value(const pb::Message& message, const pb::FieldDescriptor& field) {
    const pb::Reflection& reflection = *message.GetReflection();
    return field.is_repeated() ? reflection.FieldSize(message, &field) > 0 : reflection.HasField(message, &field);
}

/// The member of the field's `oneof` that is set, if it is another one.
const pb::FieldDescriptor* set_instead(const pb::Message& message, const pb::FieldDescriptor& field) {
    const pb::OneofDescriptor* const choice = field.real_containing_oneof();
    if (!choice) return nullptr;
    const auto* set = message.GetReflection()->GetOneofFieldDescriptor(message, choice);
    return set == &field ? nullptr : set;
}

void require_free(const pb::Message& made, const pb::FieldDescriptor& field) {
    if (const auto* other = set_instead(made, field))
        throw error(fmt::format("two old values are there for the oneof of {} and {}; leave one of them out",
                                other->full_name(), field.full_name()));
}

const pb::FieldDescriptor& one_message(const pb::Descriptor& message, std::string_view name) {
    const auto& field = detail::field_named(message, name);
    if (detail::kind_of(field) != value_kind::message || field.is_repeated())
        throw definition_error(
            fmt::format("{} is not one message, so that no path leads through it", detail::described(field)));
    return field;
}

/// One field of a message.
template <class Message>
struct field_of {
    Message* message;
    const pb::FieldDescriptor* field;
};

/// Where an old path ends; without a message where something on the way to it is absent.
field_of<const pb::Message> find_old(const pb::Message& old, std::string_view path) {
    const pb::Message* inside = &old;
    for (;;) {
        const auto [name, rest] = detail::split_path(path);
        if (rest.empty()) return {inside, &detail::field_named(*inside->GetDescriptor(), name)};
        const auto& field = one_message(*inside->GetDescriptor(), name);
        if (!has_value(*inside, field)) return {nullptr, nullptr};
        inside = &inside->GetReflection()->GetMessage(*inside, &field);
        path = rest;
    }
}

/// Where a new path ends; the messages on the way are made.
field_of<pb::Message> make_way(pb::Message& made, std::string_view path) {
    pb::Message* inside = &made;
    for (;;) {
        const auto [name, rest] = detail::split_path(path);
        if (rest.empty()) return {inside, &detail::field_named(*inside->GetDescriptor(), name)};
        const auto& field = one_message(*inside->GetDescriptor(), name);
        require_free(*inside, field);
        inside = inside->GetReflection()->MutableMessage(inside, &field);
        path = rest;
    }
}

detail::scalar_value scaled(detail::scalar_value value, const multiplied_by& scale, const pb::FieldDescriptor& from) {
    if (scale == multiplied_by{}) return value;
    auto* number = std::get_if<detail::whole_number>(&value);
    if (!number) throw definition_error(detail::described(from) + " is no whole number, so that nothing multiplies it");
    *number *= scale.factor;
    if (*number % scale.divisor != 0)
        throw error(fmt::format("the value of {} times {}/{} is not whole", detail::described(from), scale.factor,
                                scale.divisor));
    *number /= scale.divisor;
    return value;
}

void require_convertible(const pb::FieldDescriptor& from, const pb::FieldDescriptor& to) {
    const bool fits = detail::converts(detail::kind_of(from), detail::kind_of(to)) && from.is_map() == to.is_map() &&
                      (to.is_repeated() || !from.is_repeated());
    if (!fits)
        throw definition_error(fmt::format("{} cannot become {}", detail::described(from), detail::described(to)));
}

void remake(const pb::Message& old, pb::Message& made, const local_rules& rules);

pb::Message& next_message(pb::Message& made, const pb::FieldDescriptor& field) {
    const pb::Reflection& reflection = *made.GetReflection();
    return field.is_repeated() ? *reflection.AddMessage(&made, &field) : *reflection.MutableMessage(&made, &field);
}

void carry_value(const pb::Message& old, const pb::FieldDescriptor& from, int index, pb::Message& made,
                 const pb::FieldDescriptor& to, const local_rules& below, const multiplied_by& scale) {
    if (detail::kind_of(from) != value_kind::message)
        return detail::put(made, to, scaled(detail::scalar_at(old, from, index), scale, from));
    const pb::Reflection& reflection = *old.GetReflection();
    const pb::Message& inner =
        index == not_indexed ? reflection.GetMessage(old, &from) : reflection.GetRepeatedMessage(old, &from, index);
    remake(inner, next_message(made, to), below);
}

void carry(const pb::Message& old, const pb::FieldDescriptor& from, pb::Message& made, const pb::FieldDescriptor& to,
           const local_rules& below, const multiplied_by& scale = {}) {
    require_convertible(from, to);
    require_free(made, to);
    if (!from.is_repeated()) return carry_value(old, from, not_indexed, made, to, below, scale);
    const int count = old.GetReflection()->FieldSize(old, &from);
    for (int i = 0; i < count; ++i) carry_value(old, from, i, made, to, below, scale);
}

void carry_by_name(const pb::Message& old, const pb::FieldDescriptor& from, pb::Message& made,
                   const local_rules& rules) {
    if (from.is_extension()) throw error(fmt::format("the extension {} has nowhere to go", from.full_name()));
    if (rules.takes(from.name())) return;
    const auto* to = made.GetDescriptor()->FindFieldByName(from.name());
    if (!to)
        throw definition_error(
            fmt::format("{} has nowhere to go in {}", detail::described(from), made.GetDescriptor()->full_name()));
    carry(old, from, made, *to, rules.below(from.name()));
}

/// A number that the new schema does not know means nothing else there; one that it knows may.
void keep_unknown(const pb::Message& old, pb::Message& made) {
    const pb::UnknownFieldSet& unknown = old.GetReflection()->GetUnknownFields(old);
    if (unknown.empty()) return;
    const pb::Descriptor& type = *made.GetDescriptor();
    for (int i = 0; i < unknown.field_count(); ++i) {
        const int number = unknown.field(i).number();
        if (type.FindFieldByNumber(number) || type.file()->pool()->FindExtensionByNumber(&type, number)) continue;
        made.GetReflection()->MutableUnknownFields(&made)->AddField(unknown.field(i));
    }
}

void remake(const pb::Message& old, pb::Message& made, const local_rules& rules) {
    if (rules.empty() && old.GetDescriptor() == made.GetDescriptor()) return made.MergeFrom(old);
    std::vector<const pb::FieldDescriptor*> present;
    old.GetReflection()->ListFields(old, &present);
    for (const auto* field : present) carry_by_name(old, *field, made, rules);
    for (const local_rules::move& move : rules.here()) {
        const auto from = find_old(old, move.from);
        if (!from.message || !has_value(*from.message, *from.field)) continue;
        const auto to = make_way(made, move.to);
        carry(*from.message, *from.field, *to.message, *to.field, rules.below(move.from, move.to), *move.scale);
    }
    keep_unknown(old, made);
}

void fill_in(pb::Message& made, std::string_view path, const std::string& text) {
    const auto [name, rest] = detail::split_path(path);
    const auto& field = detail::field_named(*made.GetDescriptor(), name);
    const pb::Reflection& reflection = *made.GetReflection();
    if (rest.empty()) {
        if (field.is_repeated())
            throw definition_error(detail::described(field) + " has many values, so that none is filled in");
        if (!has_value(made, field) && !set_instead(made, field))
            detail::put(made, field, detail::parsed_scalar(field, text));
        return;
    }
    if (detail::kind_of(field) != value_kind::message)
        throw definition_error(fmt::format("{} holds no message with a field '{}'", detail::described(field), rest));
    if (!field.is_repeated()) {
        if (!set_instead(made, field)) fill_in(*reflection.MutableMessage(&made, &field), rest, text);
        return;
    }
    for (int i = 0; i < reflection.FieldSize(made, &field); ++i)
        fill_in(*reflection.MutableRepeatedMessage(&made, &field, i), rest, text);
}

}  // namespace

void declared_upcaster::apply(const pb::Message& old, pb::Message& made) const {
    if (!to()) throw definition_error(fmt::format("{} is dropped; there is nothing to make of it", from().to_string()));
    made.Clear();
    remake(old, made, local_rules{*this});
    for (const filled& rule : fills_) fill_in(made, rule.path, rule.value);
}

}  // namespace foldline::inline v0
