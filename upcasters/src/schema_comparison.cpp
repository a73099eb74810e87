#include "schema_comparison.hpp"

#include "schema_types.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

/// The largest schemas that people keep have some ten thousand fields; each takes a step or two.
constexpr std::size_t most_steps = 1 << 20;
/// What it takes to put a finding into words, beside looking at a field.
constexpr std::size_t steps_of_a_finding = 64;

/// Calls `only_earlier`, `in_both` or `only_later` for each number, in their order.
template <class Found, class Lost, class New>
void by_numbers(const both<message_shape>& message, Found in_both, Lost only_earlier, New only_later) {
    const auto& before = message.earlier().fields;
    const auto& after = message.later().fields;
    auto old_one = before.begin();
    auto new_one = after.begin();
    while (old_one != before.end() || new_one != after.end()) {
        if (new_one == after.end() || (old_one != before.end() && old_one->number() < new_one->number()))
            only_earlier(*old_one++);
        else if (old_one == before.end() || new_one->number() < old_one->number()) only_later(*new_one++);
        else in_both(*old_one++, *new_one++);
    }
}

both<field_shape> in_order(const field_shape& earlier, const field_shape& later, bool reader_is_later) {
    return reader_is_later ? both<field_shape>{earlier, later, true} : both<field_shape>{later, earlier, false};
}

/// Most fields of one enum are done with when the enum is; these ask for its values themselves.
bool looks_at_values(const both<field_shape>& field) {
    return field.writer.type_name() != field.reader.type_name() || field.writer.proto->has_default_value() ||
           field.reader.present == presence::required;
}

}  // namespace

void schema_comparison::run() {
    meet(schemas_.writer.root(), schemas_.reader.root(), nullptr, nullptr);
    compare_names({schemas_.writer.root(), schemas_.reader.root(), schemas_.reader_is_later}, report_);
    // Messages that hold each other meet once, and a long chain of them takes room here and not on the stack.
    for (std::size_t next = 0; next < meetings_.size(); ++next) look_at(meetings_[next]);
}

void schema_comparison::meet(const message_shape& writer, const message_shape& reader, const meeting* by,
                             const field_shape* held_by) {
    if (seen_.emplace(&writer, &reader).second) meetings_.push_back({&writer, &reader, by, held_by});
}

void schema_comparison::look_at(const meeting& one) {
    const both<message_shape> message{*one.writer, *one.reader, schemas_.reader_is_later};
    spend(one.writer->size() + one.reader->size());
    const std::size_t findings_before = report_.size();
    report_.look_at(path_of(one));
    if (seen_.emplace(message.writer.file, message.reader.file).second) compare_syntax(message, report_);
    compare_messages(message, report_);
    compare_oneofs(message, report_);
    by_numbers(
        message,
        [&](const field_shape& earlier, const field_shape& later) {
            look_at(one, message, in_order(earlier, later, message.reader_is_later));
        },
        [&](const field_shape& lost) { report_removed(lost, message, report_); },
        [&](const field_shape& added) { report_added(added, message, report_); });
    spend(steps_of_a_finding * (report_.size() - findings_before));
}

void schema_comparison::look_at(const meeting& one, const both<message_shape>& owner, const both<field_shape>& field) {
    if (field.writer.enumeration && field.reader.enumeration && looks_at_values(field))
        spend(field.writer.enumeration->values.size() + field.reader.enumeration->values.size());
    compare_fields(field, owner, report_);
    if (reading_of(field) == reading::broken) return;
    if (field.writer.enumeration && field.reader.enumeration) look_at_enums(field);
    if (field.writer.message && field.reader.message)
        meet(*field.writer.message, *field.reader.message, &one, &field.later());
}

void schema_comparison::look_at_enums(const both<field_shape>& field) {
    const both<enum_shape> enums = field.with(*field.writer.enumeration, *field.reader.enumeration);
    if (!seen_enums_.emplace(&enums.writer, &enums.reader, field.reader.closed_enum).second) return;
    spend(enums.writer.values.size() + enums.reader.values.size());
    compare_enums(enums, field.reader.closed_enum, report_);
}

void schema_comparison::spend(std::size_t steps) {
    steps_ += steps;
    if (steps_ > most_steps)
        throw definition_error(fmt::format("{} and {} cannot be compared: they hold too many messages in each other",
                                           schemas_.earlier().root().full_name, schemas_.later().root().full_name));
}

std::string schema_comparison::path_of(const meeting& one) {
    constexpr int readable = 8;
    std::string path;
    const meeting* step = &one;
    for (int i = 0; step->by && i < readable; ++i, step = step->by)
        path = path.empty() ? step->held_by->name() : step->held_by->name() + "." + path;
    return step->by ? "…" + path : path;
}

}  // namespace foldline::inline v0
