#include "schema_comparison.hpp"
#include "schema_reserved.hpp"
#include "schema_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace foldline::inline v0 {
namespace {

using value_proto = google::protobuf::EnumValueDescriptorProto;

void report_removed(const value_proto& value, const both<enum_shape>& enumeration, schema_report& report) {
    const enum_shape& after = enumeration.later();
    const change gone{place_of(value, enumeration.earlier()), declaration_of(value), ""};
    if (after.reserved.numbers.cover(value.number(), value.number()))
        report.add(rule::source_enum_value_removed, gone, "keep the value");
    else
        report.add_first({{rule::enum_value_removed, true}, {rule::source_enum_value_removed, true}}, gone,
                         fmt::format("put \"reserved {};\" into {}", value.number(), after.full_name));
    if (!after.reserved.holds_name(value.name()))
        report.add(rule::enum_value_name_not_reserved, gone,
                   fmt::format("put \"reserved \"{}\";\" into {}", value.name(), after.full_name));
}

/// A value may have several names, all of which JSON may hold.
void compare_names(const value_proto& value, const both<enum_shape>& enumeration, schema_report& report) {
    const auto& values = enumeration.later().values;
    std::string names;
    for (auto same = enumeration.later().find(value.number()); same != values.end(); ++same) {
        if ((*same)->number() != value.number()) break;
        if ((*same)->name() == value.name()) return;
        names += (names.empty() ? "" : " ") + declaration_of(**same);
    }
    report.add(rule::enum_value_renamed, {place_of(value, enumeration.earlier()), declaration_of(value), names},
               "keep the name (allow_alias lets a number have two), or give the event a new version");
}

void report_added(const value_proto& value, const both<enum_shape>& enumeration, bool closed, schema_report& report) {
    report.add(closed ? rule::closed_enum_value_added : rule::enum_value_added,
               {place_of(value, enumeration.later()), "", declaration_of(value)},
               closed ? report.new_version() : "let older programs expect values that they do not know");
}

}  // namespace

void compare_enums(const both<enum_shape>& enumeration, bool closed, schema_report& report) {
    compare_reserved(enumeration.earlier().reserved, enumeration.later().reserved, enumeration.later().full_name,
                     std::numeric_limits<std::int32_t>::max(), report);
    for (const value_proto* value : enumeration.earlier().values) {
        if (enumeration.later().has(value->number())) compare_names(*value, enumeration, report);
        else report_removed(*value, enumeration, report);
    }
    if (enumeration.reader_is_later) return;
    for (const value_proto* value : enumeration.later().values)
        if (!enumeration.earlier().has(value->number())) report_added(*value, enumeration, closed, report);
}

}  // namespace foldline::inline v0
