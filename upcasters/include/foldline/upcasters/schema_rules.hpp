#pragma once

#include <foldline/core/event_type.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// What must stay as it is when a message changes; each level asks for all that the ones before it ask for.
enum class schema_level {
    wire,    ///< stored bytes mean the same
    json,    ///< and so do events that were written as JSON: names of fields and of enum values stay
    source,  ///< and code that was generated from one compiles with the other
};

/// Who must understand whose events. `transitive`: as compared with every schema that was ever stored, and not only with
/// the last one.
enum class compatibility_mode {
    none,
    backward,  ///< this program reads what older ones wrote
    backward_transitive,
    forward,  ///< older programs read what this one writes
    forward_transitive,
    full,  ///< both
    full_transitive,
};

/// What a store, or a build, asks of the schemas of one event type.
///
/// value.
struct compatibility {
    compatibility_mode mode = compatibility_mode::backward_transitive;
    schema_level level = schema_level::wire;
    std::vector<std::string> allowed{};  ///< rules that are not applied, by name: "personal-mark-added"
};

enum class gravity {
    lossy,     ///< reported: values may be cut off, but nothing is misread
    breaking,  ///< refused
};

/// One rule that a change breaks, in words for whoever made it.
///
/// value.
struct schema_finding {
    std::string rule;  ///< its stable name, as `schema_rules` lists it: "field-removed"
    schema_level level = schema_level::wire;
    gravity weight = gravity::breaking;
    std::string
        where;  ///< the full name of the field, value or message, with its number: "shop.v2.OrderPlaced.total = 7"
    std::string before;  ///< as it stood in the `.proto`; empty where it was not there
    std::string after;
    std::string advice;  ///< what to do

    /// One line: rule, place, before and after, advice.
    [[nodiscard]] std::string to_string() const;
};

/// A rule, for whoever asks what is looked at.
struct schema_rule {
    std::string_view name;
    schema_level level;
    gravity weight;
    std::string_view explanation;
};

/// Every rule, in the order of levels. Theirs are those that Buf and Confluent apply to Protobuf; ours are about events.
[[nodiscard]] std::span<const schema_rule> schema_rules();

/// What a reader that knows `reader` cannot rely on in events that were written by `writer`, the earlier of the two, by all
/// rules up to `level`. Fields are matched by their numbers, messages and enums through the fields that hold them. Schemas
/// of the same descriptors are compatible without a look at them.
///
/// Throws `definition_error` for descriptors that cannot be read, or that hold too much to be compared (a million fields).
[[nodiscard]] std::vector<schema_finding> compare(const event_schema& writer, const event_schema& reader,
                                                  schema_level level);

/// What keeps `candidate` from joining the schemas under which events of its type were stored, oldest first. A finding is
/// told once, for the first stored schema that it holds against. Rules about history (what is reserved, personal data) are
/// applied in every mode but `none`, those about reading only for the readers that the mode asks about.
[[nodiscard]] std::vector<schema_finding> check(std::span<const event_schema> stored, const event_schema& candidate,
                                                const compatibility& asked);

/// Whether one of them refuses.
[[nodiscard]] bool is_breaking(std::span<const schema_finding> findings);

/// Throws `incompatible_schema` with a line for each breaking finding of `check`.
void require_compatible(std::span<const event_schema> stored, const event_schema& candidate,
                        const compatibility& asked);

}  // namespace foldline::inline v0
