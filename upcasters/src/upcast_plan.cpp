#include "upcast_plan.hpp"

#include "declared_rules.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;
using way = carry_plan::way;

void require_one_message(const pb::FieldDescriptor& field, std::string_view) {
    if (kind_of(field) != value_kind::message || field.is_repeated())
        throw definition_error(
            fmt::format("{} is not one message, so that no path leads through it", described(field)));
}

void require_messages(const pb::FieldDescriptor& field, std::string_view rest) {
    if (kind_of(field) != value_kind::message)
        throw definition_error(fmt::format("{} holds no message with a field '{}'", described(field), rest));
}

field_path path_in(const pb::Descriptor& message, std::string_view path,
                   void (*require_way)(const pb::FieldDescriptor&, std::string_view rest)) {
    field_path found;
    const pb::Descriptor* inside = &message;
    try {
        for (;;) {
            const auto [name, rest] = split_path(path);
            const auto& field = field_named(*inside, name);
            if (rest.empty()) {
                found.end = &field;
                return found;
            }
            require_way(field, rest);
            found.outer.push_back(&field);
            inside = field.message_type();
            path = rest;
        }
    } catch (const definition_error& wrong) {
        found.refusal = wrong.what();
        return found;
    }
}

fill_plan plan_fill(const declared_upcaster::filled& rule, const pb::Descriptor& made) {
    fill_plan plan{path_in(made, rule.path, require_messages)};
    const pb::FieldDescriptor*& field = plan.path.end;
    if (!field) return plan;
    if (field->is_repeated()) {
        plan.path.refusal = described(*std::exchange(field, nullptr)) + " has many values, so that none is filled in";
        return plan;
    }
    try {
        plan.value = parsed_scalar(*field, rule.value);
    } catch (const definition_error& wrong) {
        plan.refusal = wrong.what();
    }
    return plan;
}

bool is_convertible(const pb::FieldDescriptor& from, const pb::FieldDescriptor& to) {
    return converts(kind_of(from), kind_of(to)) && from.is_map() == to.is_map() &&
           (to.is_repeated() || !from.is_repeated());
}

way way_of_value(const pb::FieldDescriptor& from, const pb::FieldDescriptor& to, const multiplied_by& scale) {
    if (scale == multiplied_by{} && from.cpp_type() == to.cpp_type()) return way::copy;
    const bool are_whole = kind_of(from) == value_kind::integer && kind_of(to) == value_kind::integer;
    return are_whole ? way::multiply : way::convert;
}

/// Whether no value is there where it is 0 or empty, and nowhere else. Some classes for an entry of a map can tell.
bool is_zero_if_absent(const pb::FieldDescriptor& field) {
    return !field.is_repeated() && !field.has_presence() && !field.containing_type()->map_key();
}

std::vector<const pb::FieldDescriptor*> fields_by_number(const pb::Descriptor& message) {
    std::vector<const pb::FieldDescriptor*> fields;
    for (int i = 0; i < message.field_count(); ++i) fields.push_back(message.field(i));
    std::sort(fields.begin(), fields.end(), [](const auto* a, const auto* b) { return a->number() < b->number(); });
    return fields;
}

class planning {
public:
    explicit planning(std::deque<level_plan>& levels) : levels_(levels) {}

    const level_plan& plan_level(const pb::Descriptor& old, const pb::Descriptor& made, const local_rules& rules) {
        level_plan& level = levels_.emplace_back();
        if (rules.empty()) {
            // Messages may hold messages of their own class, but rules end where their paths do.
            const auto [known, is_new] = without_rules_.try_emplace({&old, &made}, &level);
            if (!is_new) {
                levels_.pop_back();
                return *known->second;
            }
            level.is_copy = &old == &made;
            if (level.is_copy) return level;
        }
        level.may_hold_extensions = old.extension_range_count() > 0;
        for (const auto* field : fields_by_number(old))
            if (!rules.takes(field->name())) level.by_name.push_back(plan_by_name(*field, made, rules));
        for (const local_rules::move& move : rules.here()) level.moves.push_back(plan_move(old, made, move, rules));
        return level;
    }

private:
    carry_plan plan_by_name(const pb::FieldDescriptor& from, const pb::Descriptor& made, const local_rules& rules) {
        if (const auto* to = made.FindFieldByName(from.name()))
            return plan_carry(from, *to, multiplied_by{}, rules.below(from.name()));
        carry_plan plan{&from};
        plan.refusal = fmt::format("{} has nowhere to go in {}", described(from), made.full_name());
        return plan;
    }

    move_plan plan_move(const pb::Descriptor& old, const pb::Descriptor& made, const local_rules::move& move,
                        const local_rules& rules) {
        move_plan plan{path_in(old, move.from, require_one_message), path_in(made, move.to, require_one_message), {}};
        if (plan.from.end && plan.to.end)
            plan.carry = plan_carry(*plan.from.end, *plan.to.end, *move.scale, rules.below(move.from, move.to));
        return plan;
    }

    carry_plan plan_carry(const pb::FieldDescriptor& from, const pb::FieldDescriptor& to, const multiplied_by& scale,
                          const local_rules& below) {
        carry_plan plan{&from, &to, way::refuse, scale};
        plan.is_free = !to.real_containing_oneof();
        if (!is_convertible(from, to)) {
            plan.refusal = fmt::format("{} cannot become {}", described(from), described(to));
        } else if (kind_of(from) == value_kind::message) {
            plan.how = way::remake;
            plan.below = &plan_level(*from.message_type(), *to.message_type(), below);
        } else {
            plan.how = way_of_value(from, to, scale);
            plan.is_zero_if_absent = is_zero_if_absent(from);
            if (plan.how == way::copy && plan.is_free && plan.is_zero_if_absent && !to.is_repeated())
                plan.copy_if_set = copy_of(from.cpp_type());
        }
        return plan;
    }

    std::deque<level_plan>& levels_;
    std::map<std::pair<const pb::Descriptor*, const pb::Descriptor*>, const level_plan*> without_rules_;
};

}  // namespace

upcast_plan::upcast_plan(const declared_upcaster& rules, const reflected_old& old, const reflected_made& made)
    : old_(old.reflection), made_(made.reflection) {
    const pb::Descriptor& made_type = *made.message.GetDescriptor();
    (void)planning{levels_}.plan_level(*old.message.GetDescriptor(), made_type, local_rules{rules});
    for (const auto& rule : rules.fills()) fills_.push_back(plan_fill(rule, made_type));
}

}  // namespace foldline::inline v0::detail
