#include "schema_comparison.hpp"
#include "schema_text.hpp"
#include "schema_types.hpp"

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

bool is_repeated(const field_shape& field) { return field.present == presence::repeated; }
bool is_required(const field_shape& field) { return field.present == presence::required; }

/// One field in two schemas, ready to be reported.
struct compared_field {
    const both<field_shape>& field;
    const both<message_shape>& owner;
    schema_report& report;

    [[nodiscard]] const field_shape& earlier() const { return field.earlier(); }
    [[nodiscard]] const field_shape& later() const { return field.later(); }
    [[nodiscard]] change changed() const {
        return {place_of(later(), owner.later()), declaration_of(earlier(), owner.earlier()),
                declaration_of(later(), owner.later())};
    }
    void add(rule which, const std::string& advice) const {
        if (report.asks_for(which)) report.add(which, changed(), advice);
    }
    void add_first(std::initializer_list<schema_report::suspicion> suspicions, const std::string& advice) const {
        for (const auto& one : suspicions)
            if (one.is_broken) return report.add_first(suspicions, changed(), advice);
    }
};

void compare_types(const compared_field& it) {
    const reading read = reading_of(it.field);
    if (read == reading::narrowed)
        it.add(rule::value_narrowed, "make sure that no event has a larger value, or keep the wider type");
    it.add_first({{rule::type_changed, read == reading::broken},
                  {rule::json_type_changed, !same_in_json(it.field)},
                  {rule::source_type_changed, !same_in_source(it.field, it.owner)}},
                 "keep the type and add a field with a new number, or " + it.report.new_version());
}

/// Whoever requires a field relies on a writer who did, too.
bool is_newly_required(const both<field_shape>& field) {
    return is_required(field.reader) && !is_required(field.writer);
}

void compare_cardinality(const compared_field& it) {
    const field_shape& before = it.earlier();
    const field_shape& after = it.later();
    if (is_repeated(it.field.writer) && !it.field.writer.is_map() && it.field.reader.is_map())
        it.add(rule::repeated_made_map, "make sure that no event has two entries with one key");
    const bool stayed_outside_oneofs = before.oneof < 0 && after.oneof < 0;
    const rule required = it.field.reader_is_later ? rule::required_added : rule::required_removed;
    it.add_first({{rule::cardinality_changed, is_repeated(before) != is_repeated(after)},
                  {required, is_newly_required(it.field)},
                  {rule::json_map_changed, before.is_map() != after.is_map()},
                  {rule::source_cardinality_changed, before.present != after.present && stayed_outside_oneofs}},
                 "keep the label and add a field with a new number, or " + it.report.new_version());
}

/// A closed enum drops what it does not know, and then the field is missing.
void compare_required_enums(const compared_field& it) {
    const field_shape& read = it.field.reader;
    if (!it.field.reader_is_later || !is_required(read) || !read.closed_enum) return;
    if (!read.enumeration || !it.field.writer.enumeration) return;
    for (const auto* value : it.field.writer.enumeration->values)
        if (!read.enumeration->has(value->number()))
            it.report.add(rule::required_enum_value_removed,
                          {place_of(it.later(), it.owner.later()) + ", " + value->name(), declaration_of(*value), ""},
                          "put the value back, or " + it.report.new_version());
}

void compare_defaults(const compared_field& it) {
    const both<field_shape>& field = it.field;
    const bool may_be_unset = !is_repeated(field.writer) && !is_repeated(field.reader) && !is_required(field.writer);
    if (!may_be_unset || reading_of(field) == reading::broken) return;
    const std::string before = default_of(it.earlier());
    const std::string after = default_of(it.later());
    if (before == after) return;
    change what = it.changed();
    // The first value of an enum is its default without being declared.
    what.before += fmt::format(" // unset is {}", before);
    what.after += fmt::format(" // unset is {}", after);
    it.report.add(rule::default_changed, std::move(what), "keep the default, or " + it.report.new_version());
}

void compare_text(const compared_field& it) {
    using proto_field = google::protobuf::FieldDescriptorProto;
    if (it.field.reader.checks_utf8 && !it.field.writer.checks_utf8 &&
        it.field.writer.type() == proto_field::TYPE_STRING)
        it.report.add(rule::utf8_checking_changed,
                      {place_of(it.later(), it.owner.later()),
                       declaration_of(it.earlier(), it.owner.earlier()) +
                           (it.owner.earlier().is_proto3() ? " // proto3" : " // proto2"),
                       declaration_of(it.later(), it.owner.later()) +
                           (it.owner.later().is_proto3() ? " // proto3" : " // proto2")},
                      "leave the file its syntax, or " + it.report.new_version());
}

void compare_marks(const compared_field& it) {
    if (it.earlier().personal == it.later().personal) return;
    it.add(it.later().personal ? rule::personal_mark_added : rule::personal_mark_removed,
           it.report.new_version() + ", or allow this rule if no stored event holds such data");
}

void compare_names(const compared_field& it) {
    const std::string advice =
        "keep the name; where nothing reads these events by names (JSON, SQL, declared upcasters), ask for the level "
        "wire";
    if (it.earlier().name() != it.later().name()) it.add(rule::field_renamed, advice);
    else if (it.report.asks_for(rule::json_name_changed) && it.earlier().json_name() != it.later().json_name())
        it.add(rule::json_name_changed, advice);
}

std::string oneof_name(const field_shape& field, const message_shape& owner) {
    return field.oneof < 0 ? "" : owner.proto->oneof_decl(field.oneof).name();
}

void compare_oneof(const compared_field& it) {
    const message_shape& before = it.owner.earlier();
    const message_shape& after = it.owner.later();
    if (oneof_name(it.earlier(), before) == oneof_name(it.later(), after)) return;
    it.report.add(rule::source_oneof_changed,
                  {place_of(it.later(), after), oneof_declaration(before, it.earlier().oneof),
                   oneof_declaration(after, it.later().oneof)},
                  "leave the field where it was, or " + it.report.new_version());
}

}  // namespace

void report_removed(const field_shape& field, const both<message_shape>& owner, schema_report& report) {
    const change gone{place_of(field, owner.earlier()), declaration_of(field, owner.earlier()), ""};
    const bool is_reserved = owner.later().reserved.numbers.cover(field.number(), field.number());
    const std::string reserve = fmt::format("put \"reserved {};\" into {}", field.number(), owner.later().full_name);
    if (is_reserved) report.add(rule::source_field_removed, gone, "keep the field");
    else
        report.add_first({{rule::field_removed, true}, {rule::source_field_removed, true}}, gone,
                         owner.later().is_map_entry() ? report.new_version() : reserve);
    if (!owner.later().reserved.holds_name(field.name()) && !owner.later().is_map_entry())
        report.add(rule::field_name_not_reserved, gone,
                   fmt::format("put \"reserved \"{}\";\" into {}", field.name(), owner.later().full_name));
    if (is_required(field) && !owner.reader_is_later)
        report.add(rule::required_removed, gone, "keep the field, or " + report.new_version());
}

void report_added(const field_shape& field, const both<message_shape>& owner, schema_report& report) {
    if (is_required(field) && owner.reader_is_later)
        report.add(rule::required_added, {place_of(field, owner.later()), "", declaration_of(field, owner.later())},
                   "make it optional, or " + report.new_version());
}

void compare_fields(const both<field_shape>& field, const both<message_shape>& owner, schema_report& report) {
    const compared_field it{field, owner, report};
    compare_types(it);
    compare_cardinality(it);
    compare_required_enums(it);
    compare_defaults(it);
    compare_text(it);
    compare_marks(it);
    compare_names(it);
    compare_oneof(it);
}

}  // namespace foldline::inline v0
