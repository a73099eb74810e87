#include "schema_comparison.hpp"
#include "schema_reserved.hpp"
#include "schema_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

namespace foldline::inline v0 {
namespace {

constexpr std::int64_t highest_field = 536'870'911;

std::string message_set_text(const message_shape& message) {
    return message.is_message_set() ? "option message_set_wire_format = true;" : "";
}

std::string syntax_text(const message_shape& message) {
    return fmt::format("syntax = \"{}\";", message.is_proto3() ? "proto3" : "proto2");
}

std::string package_text(const message_shape& message) {
    const std::string& package = message.file->package();
    return package.empty() ? "" : fmt::format("package {};", package);
}

std::string_view name_in_package(const message_shape& message) {
    const std::size_t package = message.file->package().size();
    return message.full_name.substr(package == 0 ? 0 : package + 1);
}

void compare_extensions(const both<message_shape>& message, schema_report& report) {
    number_ranges kept = message.later().extensions;
    for (const auto& range : message.later().reserved.numbers.all()) kept.add(range.first, range.last);
    kept.join();
    for (const auto& range : message.earlier().extensions.all()) {
        if (kept.cover(range.first, range.last)) continue;
        const std::string numbers = range_text(range, highest_field);
        report.add(rule::extension_range_removed,
                   {fmt::format("{}, extensions {}", message.later().full_name, numbers),
                    fmt::format("extensions {};", numbers), ""},
                   fmt::format("put \"extensions {0};\" or \"reserved {0};\" back", numbers));
    }
}

std::vector<const field_shape*> subjects_of(const message_shape& message) {
    std::vector<const field_shape*> subjects;
    for (const field_shape& field : message.fields)
        if (field.subject_id) subjects.push_back(&field);
    return subjects;
}

std::string declarations_of(const std::vector<const field_shape*>& fields, const message_shape& owner) {
    std::string text;
    for (const field_shape* field : fields) text += (text.empty() ? "" : " ") + declaration_of(*field, owner);
    return text;
}

/// A first subject says nothing new about events that held no personal data.
void compare_subjects(const both<message_shape>& message, schema_report& report) {
    if (!report.asks_for(rule::subject_id_changed)) return;
    const auto before = subjects_of(message.earlier());
    const auto after = subjects_of(message.later());
    const auto same = [](const field_shape* a, const field_shape* b) { return a->number() == b->number(); };
    if (std::equal(before.begin(), before.end(), after.begin(), after.end(), same)) return;
    const auto& fields = message.earlier().fields;
    const bool held_personal_data =
        std::any_of(fields.begin(), fields.end(), [](const field_shape& field) { return field.personal; });
    if (before.empty() && !held_personal_data) return;
    report.add(rule::subject_id_changed,
               {std::string(message.later().full_name), declarations_of(before, message.earlier()),
                declarations_of(after, message.later())},
               "leave (foldline.subject_id) where it was, or " + report.new_version());
}

}  // namespace

void compare_names(const both<message_shape>& events, schema_report& report) {
    const message_shape& before = events.earlier();
    const message_shape& after = events.later();
    const std::string where{after.full_name};
    if (before.file->package() != after.file->package())
        report.add(rule::source_package_changed, {where, package_text(before), package_text(after)},
                   "leave the message in its package, or " + report.new_version());
    if (name_in_package(before) != name_in_package(after))
        report.add(rule::source_message_renamed,
                   {where, fmt::format("message {}", name_in_package(before)),
                    fmt::format("message {}", name_in_package(after))},
                   "leave the message its name, or " + report.new_version());
}

void compare_syntax(const both<message_shape>& message, schema_report& report) {
    if (message.earlier().is_proto3() == message.later().is_proto3()) return;
    report.add(rule::source_syntax_changed,
               {std::string(message.later().full_name), syntax_text(message.earlier()), syntax_text(message.later())},
               "leave the file its syntax, or " + report.new_version());
}

void compare_messages(const both<message_shape>& message, schema_report& report) {
    if (message.writer.is_message_set() != message.reader.is_message_set())
        report.add(rule::message_set_changed,
                   {std::string(message.later().full_name), message_set_text(message.earlier()),
                    message_set_text(message.later())},
                   report.new_version());
    compare_reserved(message.earlier().reserved, message.later().reserved, message.later().full_name, highest_field,
                     report);
    compare_extensions(message, report);
    compare_subjects(message, report);
}

}  // namespace foldline::inline v0
