#include <foldline/upcasters/declared_upcaster.hpp>

#include "declared_rules.hpp"
#include "scalar_value.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <set>
#include <utility>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;
using detail::local_rules;
using detail::value_kind;

/// The field at the end of a path; throws `definition_error`.
const pb::FieldDescriptor& field_at(const pb::Descriptor& message, std::string_view path) {
    const auto [name, rest] = detail::split_path(path);
    const auto& field = detail::field_named(message, name);
    if (rest.empty()) return field;
    if (!field.message_type())
        throw definition_error(fmt::format("{} holds no message with a field '{}'", detail::described(field), rest));
    return field_at(*field.message_type(), rest);
}

/// Null if there is none.
const pb::FieldDescriptor* find_field(const pb::Descriptor& message, std::string_view path) {
    const auto [name, rest] = detail::split_path(path);
    const auto* field = message.FindFieldByName(std::string(name));
    if (!field || rest.empty()) return field;
    return field->message_type() ? find_field(*field->message_type(), rest) : nullptr;
}

/// Where a path goes through many messages at once; null if it does not.
const pb::FieldDescriptor* repeated_on_the_way(const pb::Descriptor& message, std::string_view path) {
    const auto [name, rest] = detail::split_path(path);
    if (rest.empty()) return nullptr;
    const auto& field = detail::field_named(message, name);
    return field.is_repeated() ? &field : repeated_on_the_way(*field.message_type(), rest);
}

class checking {
public:
    explicit checking(const declared_upcaster& upcaster) : upcaster_(upcaster) {}

    std::string run(const pb::Descriptor& old, const pb::Descriptor& made) {
        check_paths(old, made);
        // Where a path leads nowhere the rest of the findings would only be what follows from that.
        if (problems_.empty()) check_level(old, made, local_rules{upcaster_}, "");
        return problems_;
    }

private:
    void say(std::string_view problem) { problems_ += fmt::format("\n  {}", problem); }

    template <class Look>
    void look(std::string_view rule, Look look_at) {
        try {
            look_at();
        } catch (const definition_error& wrong) {
            say(fmt::format("{}: {}", rule, wrong.what()));
        }
    }

    void check_paths(const pb::Descriptor& old, const pb::Descriptor& made) {
        for (const auto& rule : upcaster_.moves()) {
            look("move " + rule.from, [&] { (void)field_at(old, rule.from); });
            look("move to " + rule.to, [&] { (void)field_at(made, rule.to); });
            require_only_value(rule, old);
        }
        for (const auto& rule : upcaster_.fills())
            look("fill " + rule.path, [&] { check_fill(field_at(made, rule.path), rule.value); });
        for (const std::string& path : upcaster_.left_out())
            look("leave out " + path, [&] { (void)field_at(old, path); });
    }

    static void check_fill(const pb::FieldDescriptor& field, const std::string& value) {
        if (field.is_repeated())
            throw definition_error(detail::described(field) + " has many values, so that none is filled in");
        (void)detail::parsed_scalar(field, value);
    }

    /// What a move makes may not be what another old value becomes as well.
    void require_only_value(const declared_upcaster::moved& rule, const pb::Descriptor& old) {
        require_taken(rule, rule.to, old);
        for (const auto& outer : upcaster_.moves())
            if (detail::is_inside(rule.to, outer.to))
                require_taken(rule, outer.from + rule.to.substr(outer.to.size()), old);
    }
    void require_taken(const declared_upcaster::moved& rule, const std::string& rival, const pb::Descriptor& old) {
        if (is_taken(rival) || !find_field(old, rival)) return;
        say(fmt::format("move to {}: the old {} would become that too; move it elsewhere, or leave it out", rule.to,
                        rival));
    }
    [[nodiscard]] bool is_taken(const std::string& path) const {
        const auto takes = [&](const std::string& one) { return one == path || detail::is_inside(path, one); };
        for (const auto& rule : upcaster_.moves())
            if (takes(rule.from)) return true;
        for (const std::string& one : upcaster_.left_out())
            if (takes(one)) return true;
        return false;
    }

    void check_level(const pb::Descriptor& old, const pb::Descriptor& made, const local_rules& rules,
                     const std::string& prefix) {
        if (rules.empty() && (&old == &made || !seen_.insert({&old, &made}).second)) return;
        for (int i = 0; i < old.field_count(); ++i) check_by_name(*old.field(i), made, rules, prefix);
        for (const local_rules::move& move : rules.here()) check_move(old, made, move, rules, prefix);
    }

    void check_by_name(const pb::FieldDescriptor& from, const pb::Descriptor& made, const local_rules& rules,
                       const std::string& prefix) {
        if (rules.takes(from.name())) return;
        const std::string path = prefix + from.name();
        const auto* to = made.FindFieldByName(from.name());
        if (to) check_pair(from, *to, rules.below(from.name()), multiplied_by{}, path);
        else
            say(fmt::format("{} has nowhere to go in {}: move it, or say leave_out(\"{}\")", detail::described(from),
                            made.full_name(), path));
    }

    void check_move(const pb::Descriptor& old, const pb::Descriptor& made, const local_rules::move& move,
                    const local_rules& rules, const std::string& prefix) {
        for (const auto* repeated : {repeated_on_the_way(old, move.from), repeated_on_the_way(made, move.to)})
            if (repeated)
                return say(
                    fmt::format("move {}{} to {}{}: {} has many values; both paths have to begin with it, or it "
                                "moves as a whole",
                                prefix, move.from, prefix, move.to, detail::described(*repeated)));
        check_pair(field_at(old, move.from), field_at(made, move.to), rules.below(move.from, move.to), *move.scale,
                   prefix + std::string(move.from));
    }

    void check_pair(const pb::FieldDescriptor& from, const pb::FieldDescriptor& to, const local_rules& below,
                    const multiplied_by& scale, const std::string& path) {
        const value_kind kind = detail::kind_of(from);
        if (!detail::converts(kind, detail::kind_of(to)) || from.is_map() != to.is_map())
            return say(fmt::format("{} cannot become {}: move it elsewhere, or say leave_out(\"{}\")",
                                   detail::described(from), detail::described(to), path));
        if (from.is_repeated() && !to.is_repeated())
            return say(
                fmt::format("{} has many values, of which {} could keep one: say leave_out(\"{}\"), or write this "
                            "upcaster as a function",
                            detail::described(from), detail::described(to), path));
        if (scale != multiplied_by{} && (kind != value_kind::integer || detail::kind_of(to) != value_kind::integer))
            say(fmt::format("only whole numbers are multiplied, and become such; {} and {} are not both",
                            detail::described(from), detail::described(to)));
        if (kind == value_kind::message) check_level(*from.message_type(), *to.message_type(), below, path + ".");
    }

    const declared_upcaster& upcaster_;
    std::set<std::pair<const pb::Descriptor*, const pb::Descriptor*>> seen_;
    std::string problems_;
};

}  // namespace

void declared_upcaster::check(const pb::Descriptor& old, const pb::Descriptor& made) const {
    if (!to()) return;
    const std::string problems = checking{*this}.run(old, made);
    if (problems.empty()) return;
    throw definition_error(fmt::format("the upcaster {} -> {} does not suit {} and {}:{}", from().to_string(),
                                       to()->to_string(), old.full_name(), made.full_name(), problems));
}

}  // namespace foldline::inline v0
