#include "schema_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace foldline::inline v0 {
namespace {

constexpr auto wire = schema_level::wire;
constexpr auto json = schema_level::json;
constexpr auto source = schema_level::source;
constexpr auto breaking = gravity::breaking;
constexpr auto lossy = gravity::lossy;

constexpr std::array<schema_rule, static_cast<std::size_t>(rule::count)> all_rules{{
    {"field-removed", wire, breaking, "a field went without its number being reserved, so another may take it"},
    {"enum-value-removed", wire, breaking, "an enum value went without its number being reserved"},
    {"reserved-number-removed", wire, breaking, "a number that was reserved may be taken again"},
    {"reserved-name-removed", wire, breaking, "a name that was reserved may be taken again"},
    {"extension-range-removed", wire, breaking, "numbers of extensions may be taken by fields"},
    {"type-changed", wire, breaking, "the stored bytes of a field mean something else, or nothing"},
    {"cardinality-changed", wire, breaking, "one value became many, or many one"},
    {"fields-joined-in-oneof", wire, breaking,
     "fields that could be set at once share a oneof, which keeps the last of them"},
    {"oneof-split", wire, breaking,
     "older programs have the fields in a oneof, and keep the last of those that are set at once"},
    {"oneof-member-removed", wire, breaking, "a case of a oneof went: events that have it are read as having none"},
    {"oneof-member-added", wire, breaking, "older programs read the new case of a oneof as none"},
    {"required-added", wire, breaking, "events without a field that is required now cannot be read"},
    {"required-removed", wire, breaking, "older programs cannot read events without a field that they require"},
    {"default-changed", wire, breaking, "a field that was not written is read as another value"},
    {"utf8-checking-changed", wire, breaking,
     "a string that was not checked may be refused by a reader that checks it"},
    {"message-set-changed", wire, breaking, "the bytes of a message set are those of no other message"},
    {"required-enum-value-removed", wire, breaking,
     "an event whose required field of a closed (proto2) enum has the value cannot be read at all"},
    {"closed-enum-value-added", wire, breaking,
     "older programs read the new value of a closed (proto2) enum as if the field were not there"},
    {"enum-value-added", wire, lossy, "older programs see the new enum value as a number without a name"},
    {"value-narrowed", wire, lossy, "the new type does not hold every value of the old one, which are cut off"},
    {"repeated-made-map", wire, lossy, "of entries with the same key a map keeps the last, and it forgets their order"},
    {"personal-mark-added", wire, breaking, "events were stored without treating the field as personal data"},
    {"personal-mark-removed", wire, breaking, "the field holds personal data in stored events, and would be shown"},
    {"subject-id-changed", wire, breaking, "personal data of stored events would belong to another person"},
    {"field-renamed", json, breaking, "JSON has a field under its name"},
    {"json-name-changed", json, breaking, "JSON has a field under its json_name"},
    {"enum-value-renamed", json, breaking, "JSON has an enum value by its name"},
    {"field-name-not-reserved", json, breaking, "the name of a field that went may be taken by another"},
    {"enum-value-name-not-reserved", json, breaking, "the name of an enum value that went may be taken by another"},
    {"json-type-changed", json, breaking, "the two types are written differently as JSON"},
    {"json-map-changed", json, breaking, "a map is a JSON object and a repeated field a list"},
    {"source-field-removed", source, breaking, "code that names the field does not compile"},
    {"source-enum-value-removed", source, breaking, "code that names the enum value does not compile"},
    {"source-type-changed", source, breaking, "code that uses the field gets another type"},
    {"source-cardinality-changed", source, breaking, "code that asks whether the field is set, or how often, differs"},
    {"source-oneof-changed", source, breaking, "code that names the oneof does not compile"},
    {"source-message-renamed", source, breaking, "code that names the event's class does not compile"},
    {"source-package-changed", source, breaking, "generated code is in another namespace"},
    {"source-syntax-changed", source, breaking, "proto2 and proto3 generate different code"},
}};

const schema_rule& described(rule which) { return all_rules[static_cast<std::size_t>(which)]; }

}  // namespace

std::span<const schema_rule> schema_rules() { return all_rules; }

applied_rules::applied_rules(schema_level level, const std::vector<std::string>& allowed) {
    for (std::size_t i = 0; i < all_rules.size(); ++i)
        applied_.set(i, all_rules[i].level <= level &&
                            std::find(allowed.begin(), allowed.end(), all_rules[i].name) == allowed.end());
}

void schema_report::add(rule which, change what, std::string advice) {
    if (!asks_for(which)) return;
    const schema_rule& broken = described(which);
    if (!through_.empty()) what.where += fmt::format(" (through {})", through_);
    findings_.push_back({std::string(broken.name), broken.level, broken.weight, std::move(what.where),
                         std::move(what.before), std::move(what.after), std::move(advice)});
}

void schema_report::add_first(std::initializer_list<suspicion> suspicions, change what, const std::string& advice) {
    const auto* first = std::find_if(suspicions.begin(), suspicions.end(),
                                     [&](const suspicion& one) { return one.is_broken && asks_for(one.which); });
    if (first != suspicions.end()) add(first->which, std::move(what), advice);
}

std::string schema_report::new_version() const {
    return fmt::format("give the event version {} and add an upcaster from version {}",
                       std::uint64_t{later_.version} + 1, later_.version);
}

}  // namespace foldline::inline v0
