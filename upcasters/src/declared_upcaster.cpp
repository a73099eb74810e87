#include <foldline/upcasters/declared_upcaster.hpp>

#include "field_names.hpp"

#include <foldline/upcasting.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

namespace foldline::inline v0 {
namespace {

void require_type(event_type type) {
    if (type.name.empty() || type.version == 0)
        throw definition_error(
            fmt::format("a declared upcaster names an event '{}' of version {}; no event has an empty "
                        "name or the version 0",
                        type.name, type.version));
}

/// Deeper than Protobuf reads messages.
constexpr std::ptrdiff_t longest_path = 100;

void require_path(std::string_view path) {
    if (!detail::is_path(path) || std::count(path.begin(), path.end(), '.') >= longest_path)
        throw definition_error(fmt::format(
            "'{}' is no path: it takes names of fields with dots between them, {} at most", path, longest_path));
}

void require_scale(const declared_upcaster::moved& rule) {
    if (rule.scale.factor == 0 || rule.scale.divisor == 0)
        throw definition_error(fmt::format("{} -> {} multiplies by {}/{}; neither may be 0", rule.from, rule.to,
                                           rule.scale.factor, rule.scale.divisor));
}

template <class Rule, class Before>
void insert_sorted(std::vector<Rule>& rules, Rule rule, Before before) {
    const auto at = std::lower_bound(rules.begin(), rules.end(), rule, before);
    rules.insert(at, std::move(rule));
}

std::string scale_text(const multiplied_by& scale) {
    std::string text;
    if (scale.factor != 1) text += fmt::format(" * {}", scale.factor);
    if (scale.divisor != 1) text += fmt::format(" / {}", scale.divisor);
    return text;
}

}  // namespace

declared_upcaster::declared_upcaster(event_type from) : from_{std::string(from.name), from.version} {
    require_type(from);
}

declared_upcaster::declared_upcaster(event_type from, event_type to) : declared_upcaster(from) {
    require_type(to);
    if (from == to)
        throw definition_error(fmt::format("a declared upcaster leads from {} to itself", from.to_string()));
    to_ = {std::string(to.name), to.version};
}

declared_upcaster declared_upcaster::dropping(event_type from) { return declared_upcaster{from}; }

std::optional<event_type> declared_upcaster::to() const {
    if (to_.version == 0) return std::nullopt;
    return event_type{to_.name, to_.version};
}

void declared_upcaster::require_result(std::string_view rule) const {
    if (to_.version == 0)
        throw definition_error(fmt::format("{} is dropped, so that '{}' has nowhere to go", from().to_string(), rule));
}

declared_upcaster& declared_upcaster::move(std::string from, std::string to, multiplied_by scale) {
    moved rule{std::move(from), std::move(to), scale};
    require_result(rule.from);
    require_path(rule.from);
    require_path(rule.to);
    require_scale(rule);
    for (const moved& other : moves_)
        if (other.to == rule.to)
            throw definition_error(
                fmt::format("'{}' would become of two old values: {} and {}", rule.to, other.from, rule.from));
    if (std::binary_search(left_out_.begin(), left_out_.end(), rule.from))
        throw definition_error(fmt::format("'{}' is left out and moves to '{}'", rule.from, rule.to));
    // Sorted by where they lead, so that whatever is inside of a message is made after the message.
    insert_sorted(moves_, std::move(rule), [](const moved& a, const moved& b) { return a.to < b.to; });
    return *this;
}

declared_upcaster& declared_upcaster::fill(std::string path, std::string value) {
    require_result(path);
    require_path(path);
    for (const filled& other : fills_)
        if (other.path == path)
            throw definition_error(fmt::format("'{}' is filled with '{}' and with '{}'", path, other.value, value));
    insert_sorted(fills_, filled{std::move(path), std::move(value)}, std::less<>{});
    return *this;
}

declared_upcaster& declared_upcaster::leave_out(std::string path) {
    require_result(path);
    require_path(path);
    for (const moved& other : moves_)
        if (other.from == path)
            throw definition_error(fmt::format("'{}' is left out and moves to '{}'", path, other.to));
    if (std::binary_search(left_out_.begin(), left_out_.end(), path))
        throw definition_error(fmt::format("'{}' is left out twice", path));
    insert_sorted(left_out_, std::move(path), std::less<>{});
    return *this;
}

declared_upcaster& declared_upcaster::describe_result(const event_schema& made) {
    if (made.type != to().value_or(event_type{}) || made.message.empty())
        throw definition_error(fmt::format("the declared upcaster ({}) does not make {}, a message '{}'", to_string(),
                                           made.type.to_string(), made.message));
    made_message_ = made.message;
    made_descriptor_set_ = made.descriptor_set;
    return *this;
}

std::optional<event_schema> declared_upcaster::made() const {
    if (made_message_.empty()) return std::nullopt;
    return event_schema{*to(), made_message_, made_descriptor_set_};
}

std::string declared_upcaster::to_string() const {
    if (!to()) return fmt::format("{} -> nothing", from().to_string());
    std::string text = fmt::format("{} -> {}", from().to_string(), to()->to_string());
    const char* separator = ": ";
    const auto say = [&](const std::string& rule) { text += std::exchange(separator, ", ") + rule; };
    for (const moved& rule : moves_) say(fmt::format("{}{} -> {}", rule.from, scale_text(rule.scale), rule.to));
    for (const filled& rule : fills_) say(fmt::format("{} = \"{}\"", rule.path, rule.value));
    for (const std::string& path : left_out_) say("without " + path);
    return text;
}

std::string declared_upcaster::encode() const {
    upcasting::DeclaredUpcaster stored;
    stored.mutable_from()->set_name(from_.name);
    stored.mutable_from()->set_version(from_.version);
    if (to()) {
        stored.mutable_to()->set_name(to_.name);
        stored.mutable_to()->set_version(to_.version);
    }
    for (const moved& rule : moves_) {
        auto& move = *stored.add_moves();
        move.set_from(rule.from);
        move.set_to(rule.to);
        if (rule.scale == multiplied_by{}) continue;
        move.mutable_scale()->set_factor(rule.scale.factor);
        move.mutable_scale()->set_divisor(rule.scale.divisor);
    }
    for (const filled& rule : fills_) {
        auto& fill = *stored.add_fills();
        fill.set_path(rule.path);
        fill.set_value(rule.value);
    }
    for (const std::string& path : left_out_) stored.add_left_out(path);
    if (!made_message_.empty()) {
        stored.mutable_made()->set_message(made_message_);
        stored.mutable_made()->set_descriptor_set(made_descriptor_set_);
    }
    require_readable_back(stored);
    return stored.SerializeAsString();
}

}  // namespace foldline::inline v0
