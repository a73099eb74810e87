#include "schema_comparison.hpp"
#include "schema_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <vector>

namespace foldline::inline v0 {
namespace {

/// The fields of each oneof of `owner`.
std::vector<std::vector<const field_shape*>> members_of(const message_shape& owner) {
    std::vector<std::vector<const field_shape*>> members(static_cast<std::size_t>(owner.proto->oneof_decl_size()));
    for (const field_shape& field : owner.fields)
        if (field.oneof >= 0) members[static_cast<std::size_t>(field.oneof)].push_back(&field);
    return members;
}

/// Which of these fields could be set at once by the writer: of those of one oneof, one.
bool may_be_set_at_once(const std::vector<const field_shape*>& written) {
    if (written.size() < 2) return false;
    const auto same_oneof = [&](const field_shape* field) {
        return field->oneof >= 0 && field->oneof == written.front()->oneof;
    };
    return !std::all_of(written.begin(), written.end(), same_oneof);
}

std::string text_of(const std::vector<const field_shape*>& fields, const message_shape& owner) {
    std::string text;
    std::set<int> told;
    for (const field_shape* field : fields) {
        if (field->oneof >= 0 && !told.insert(field->oneof).second) continue;
        text += (text.empty() ? "" : " ") +
                (field->oneof >= 0 ? oneof_declaration(owner, field->oneof) : declaration_of(*field, owner));
    }
    return text;
}

void compare_members(const both<message_shape>& message, const std::vector<const field_shape*>& read,
                     schema_report& report) {
    std::vector<const field_shape*> written;
    for (const field_shape* field : read)
        if (const field_shape* counterpart = message.writer.find(field->number())) written.push_back(counterpart);
    if (!may_be_set_at_once(written)) return;
    const std::string oneof = oneof_declaration(message.reader, read.front()->oneof);
    const std::string apart = text_of(written, message.writer);
    const std::string& name = message.reader.proto->oneof_decl(read.front()->oneof).name();
    const std::string where = fmt::format("{}.{}", message.later().full_name, name);
    const std::string advice = "leave the fields where they were, or " + report.new_version();
    if (message.reader_is_later) report.add(rule::fields_joined_in_oneof, {where, apart, oneof}, advice);
    else report.add(rule::oneof_split, {where, oneof, apart}, advice);
}

void report_lost_members(const both<message_shape>& message, const std::vector<const field_shape*>& written,
                         schema_report& report) {
    const auto is_read_in_oneof = [&](const field_shape* field) {
        const field_shape* counterpart = message.reader.find(field->number());
        return counterpart && counterpart->oneof >= 0;
    };
    if (std::none_of(written.begin(), written.end(), is_read_in_oneof)) return;
    for (const field_shape* field : written) {
        if (message.reader.find(field->number())) continue;
        const std::string where = place_of(*field, message.writer);
        const std::string declared = declaration_of(*field, message.writer);
        if (message.reader_is_later)
            report.add(rule::oneof_member_removed, {where, declared, ""}, "keep the field, or " + report.new_version());
        else report.add(rule::oneof_member_added, {where, "", declared}, report.new_version());
    }
}

}  // namespace

void compare_oneofs(const both<message_shape>& message, schema_report& report) {
    for (const auto& members : members_of(message.reader))
        if (!members.empty()) compare_members(message, members, report);
    for (const auto& members : members_of(message.writer)) report_lost_members(message, members, report);
}

}  // namespace foldline::inline v0
