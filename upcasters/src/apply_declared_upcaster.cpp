#include <foldline/upcasters/declared_upcaster.hpp>

#include "upcast_plan.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/unknown_field_set.h>

#include <cstddef>
#include <variant>
#include <vector>

namespace foldline::inline v0 {
namespace detail {
namespace {

namespace pb = google::protobuf;
using way = carry_plan::way;

template <class Message>
bool has_value(const reflected<Message>& in, const pb::FieldDescriptor& field) {
    return field.is_repeated() ? in.reflection.FieldSize(in.message, &field) > 0
                               : in.reflection.HasField(in.message, &field);
}
bool has_value(const pb::Message& message, const pb::FieldDescriptor& field) {
    return has_value(reflected_old{message}, field);
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

/// The message that holds the field at the end of an old path; null where something on the way to it is absent.
const pb::Message* find_old(const pb::Message& old, const field_path& path) {
    const pb::Message* inside = &old;
    for (const auto* field : path.outer) {
        if (!has_value(*inside, *field)) return nullptr;
        inside = &inside->GetReflection()->GetMessage(*inside, field);
    }
    if (!path.end) throw definition_error(path.refusal);
    return inside;
}

/// The message that holds the field at the end of a new path; the messages on the way are made.
pb::Message& make_way(pb::Message& made, const field_path& path) {
    pb::Message* inside = &made;
    for (const auto* field : path.outer) {
        require_free(*inside, *field);
        inside = inside->GetReflection()->MutableMessage(inside, field);
    }
    if (!path.end) throw definition_error(path.refusal);
    return *inside;
}

whole_number product(whole_number number, const multiplied_by& scale, const pb::FieldDescriptor& from) {
    number *= scale.factor;
    if (scale.divisor == 1) return number;
    if (number % scale.divisor != 0)
        throw error(
            fmt::format("the value of {} times {}/{} is not whole", described(from), scale.factor, scale.divisor));
    return number / scale.divisor;
}

scalar_value scaled(scalar_value value, const multiplied_by& scale, const pb::FieldDescriptor& from) {
    if (scale == multiplied_by{}) return value;
    const auto* number = std::get_if<whole_number>(&value);
    if (!number) throw definition_error(described(from) + " is no whole number, so that nothing multiplies it");
    return product(*number, scale, from);
}

void remake(const reflected_old& old, const reflected_made& made, const level_plan& level);

const pb::Message& message_at(const reflected_old& old, const pb::FieldDescriptor& field, int index) {
    return index == not_indexed ? old.reflection.GetMessage(old.message, &field)
                                : old.reflection.GetRepeatedMessage(old.message, &field, index);
}

pb::Message& next_message(const reflected_made& made, const pb::FieldDescriptor& field) {
    return *(field.is_repeated() ? made.reflection.AddMessage(&made.message, &field)
                                 : made.reflection.MutableMessage(&made.message, &field));
}

void carry_value(const reflected_old& old, int index, const reflected_made& made, const carry_plan& plan) {
    const pb::FieldDescriptor& from = *plan.from;
    const pb::FieldDescriptor& to = *plan.to;
    switch (plan.how) {
        case way::copy: return copy_scalar(old, from, index, made, to);
        case way::multiply: return put_whole(made, to, product(whole_at(old, from, index), plan.scale, from));
        case way::convert: return put(made, to, scaled(scalar_at(old, from, index), plan.scale, from));
        case way::remake:
            return remake(reflected_old{message_at(old, from, index)}, reflected_made{next_message(made, to)},
                          *plan.below);
        case way::refuse: break;
    }
    throw definition_error(plan.refusal);
}

/// Only for a field that has a value.
void carry(const reflected_old& old, const reflected_made& made, const carry_plan& plan) {
    if (plan.how == way::refuse) throw definition_error(plan.refusal);
    if (!plan.is_free) require_free(made.message, *plan.to);
    if (!plan.from->is_repeated()) return carry_value(old, not_indexed, made, plan);
    const int count = old.reflection.FieldSize(old.message, plan.from);
    for (int i = 0; i < count; ++i) carry_value(old, i, made, plan);
}

/// To ask whether there is a value takes as long as to read it.
void carry_if_set(const reflected_old& old, const reflected_made& made, const carry_plan& plan) {
    if (plan.copy_if_set) return plan.copy_if_set(old, *plan.from, made, *plan.to);
    if (plan.how == way::multiply && plan.is_free && plan.is_zero_if_absent) {
        const whole_number number = whole_at(old, *plan.from);
        if (number != 0) put_whole(made, *plan.to, product(number, plan.scale, *plan.from));
        return;
    }
    if (has_value(old, *plan.from)) carry(old, made, plan);
}

void move(const reflected_old& old, const reflected_made& made, const move_plan& plan) {
    if (plan.is_direct()) return carry_if_set(old, made, plan.carry);
    const pb::Message* const inside = find_old(old.message, plan.from);
    if (!inside) return;
    const reflected_old from{*inside};
    if (has_value(from, *plan.from.end)) carry(from, reflected_made{make_way(made.message, plan.to)}, plan.carry);
}

void refuse_extensions(const pb::Message& old) {
    std::vector<const pb::FieldDescriptor*> present;
    old.GetReflection()->ListFields(old, &present);
    for (const auto* field : present)
        if (field->is_extension()) throw error(fmt::format("the extension {} has nowhere to go", field->full_name()));
}

bool is_known(const pb::Descriptor& type, int number) {
    return type.FindFieldByNumber(number) ||
           (type.IsExtensionNumber(number) && type.file()->pool()->FindExtensionByNumber(&type, number));
}

/// A number that the new schema does not know means nothing else there; one that it knows may.
void keep_unknown(const reflected_old& old, const reflected_made& made) {
    const pb::UnknownFieldSet& unknown = old.reflection.GetUnknownFields(old.message);
    if (unknown.empty()) return;
    const pb::Descriptor& type = *made.message.GetDescriptor();
    for (int i = 0; i < unknown.field_count(); ++i)
        if (!is_known(type, unknown.field(i).number()))
            made.reflection.MutableUnknownFields(&made.message)->AddField(unknown.field(i));
}

void remake(const reflected_old& old, const reflected_made& made, const level_plan& level) {
    if (level.is_copy) return made.message.MergeFrom(old.message);
    if (level.may_hold_extensions) refuse_extensions(old.message);
    for (const carry_plan& plan : level.by_name) carry_if_set(old, made, plan);
    for (const move_plan& plan : level.moves) move(old, made, plan);
    keep_unknown(old, made);
}

void put_if_missing(const reflected_made& made, const fill_plan& plan) {
    const pb::FieldDescriptor& field = *plan.path.end;
    if (has_value(made, field) || set_instead(made.message, field)) return;
    if (!plan.refusal.empty()) throw definition_error(plan.refusal);
    put(made, field, plan.value);
}

/// Fills in what is below the first `depth` messages of the path.
void fill_in(const reflected_made& made, const fill_plan& plan, std::size_t depth = 0) {
    const field_path& path = plan.path;
    if (depth == path.outer.size()) {
        if (!path.end) throw definition_error(path.refusal);
        return put_if_missing(made, plan);
    }
    const pb::FieldDescriptor& field = *path.outer[depth];
    const auto fill_below = [&](pb::Message* inside) { fill_in(reflected_made{*inside}, plan, depth + 1); };
    if (!field.is_repeated()) {
        if (!set_instead(made.message, field)) fill_below(made.reflection.MutableMessage(&made.message, &field));
        return;
    }
    for (int i = 0; i < made.reflection.FieldSize(made.message, &field); ++i)
        fill_below(made.reflection.MutableRepeatedMessage(&made.message, &field, i));
}

}  // namespace

void upcast_plan::run(const reflected_old& old, const reflected_made& made) const {
    made.message.Clear();
    remake(old, made, levels_.front());
    for (const fill_plan& plan : fills_) fill_in(made, plan);
}

}  // namespace detail

void declared_upcaster::apply(const google::protobuf::Message& old, google::protobuf::Message& made) const {
    if (!to()) throw definition_error(fmt::format("{} is dropped; there is nothing to make of it", from().to_string()));
    // No plan is kept here: nothing tells whether the class of an earlier message still lives.
    const detail::reflected_old from{old};
    const detail::reflected_made into{made};
    detail::upcast_plan{*this, from, into}.run(from, into);
}

}  // namespace foldline::inline v0
