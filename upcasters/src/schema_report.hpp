#pragma once

#include <foldline/upcasters/schema_rules.hpp>

#include "schema_shape.hpp"

#include <bitset>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

namespace foldline::inline v0 {

/// The rules, in the order of `schema_rules()`.
enum class rule : std::size_t {
    field_removed,
    enum_value_removed,
    reserved_number_removed,
    reserved_name_removed,
    extension_range_removed,
    type_changed,
    cardinality_changed,
    fields_joined_in_oneof,
    oneof_split,
    oneof_member_removed,
    oneof_member_added,
    required_added,
    required_removed,
    default_changed,
    utf8_checking_changed,
    message_set_changed,
    required_enum_value_removed,
    closed_enum_value_added,
    enum_value_added,
    value_narrowed,
    repeated_made_map,
    personal_mark_added,
    personal_mark_removed,
    subject_id_changed,
    field_renamed,
    json_name_changed,
    enum_value_renamed,
    field_name_not_reserved,
    enum_value_name_not_reserved,
    json_type_changed,
    json_map_changed,
    source_field_removed,
    source_enum_value_removed,
    source_type_changed,
    source_cardinality_changed,
    source_oneof_changed,
    source_message_renamed,
    source_package_changed,
    source_syntax_changed,
    count
};

/// The rules that are asked for.
///
/// value.
class applied_rules {
public:
    applied_rules(schema_level level, const std::vector<std::string>& allowed);
    [[nodiscard]] bool hold(rule which) const { return applied_.test(static_cast<std::size_t>(which)); }

private:
    std::bitset<static_cast<std::size_t>(rule::count)> applied_;
};

/// Two states of one thing: who wrote with which and reads with which, and which of them came first.
template <class T>
struct both {
    const T& writer;
    const T& reader;
    bool reader_is_later;

    [[nodiscard]] const T& earlier() const { return reader_is_later ? writer : reader; }
    [[nodiscard]] const T& later() const { return reader_is_later ? reader : writer; }
    template <class U>
    [[nodiscard]] both<U> with(const U& of_writer, const U& of_reader) const {
        return {of_writer, of_reader, reader_is_later};
    }
};

/// A change of one thing, as it stands in the `.proto`.
struct change {
    std::string where;
    std::string before;
    std::string after;
};

/// Gathers findings of the rules that are applied.
class schema_report {
public:
    /// `later` is the type whose schema is the younger one.
    schema_report(const applied_rules& applied, event_type later) : applied_(applied), later_(later) {}

    /// `through` leads from the event's message to the one that is looked at; empty for its own.
    void look_at(std::string through) { through_ = std::move(through); }
    [[nodiscard]] bool asks_for(rule which) const { return applied_.hold(which); }
    void add(rule which, change what, std::string advice);
    /// The first of these rules that is broken and applied tells, and those after it keep silent: they would say the
    /// same once more.
    struct suspicion {
        rule which;
        bool is_broken;
    };
    void add_first(std::initializer_list<suspicion> suspicions, change what, const std::string& advice);

    /// "give the event version 3 and add an upcaster from version 2"
    [[nodiscard]] std::string new_version() const;
    [[nodiscard]] std::size_t size() const { return findings_.size(); }
    [[nodiscard]] std::vector<schema_finding> take() { return std::move(findings_); }

private:
    const applied_rules& applied_;
    event_type later_;
    std::string through_;
    std::vector<schema_finding> findings_;
};

}  // namespace foldline::inline v0
