#pragma once

#include "schema_report.hpp"

#include <deque>
#include <set>
#include <tuple>
#include <utility>

namespace foldline::inline v0 {

/// Walks two schemas at once, from their events' messages through the fields that hold others.
///
/// confined.
class schema_comparison {
public:
    schema_comparison(const both<schema_shape>& schemas, schema_report& report) : schemas_(schemas), report_(report) {}

    /// Throws `definition_error` for schemas that no person has written, which would take for ever.
    void run();

private:
    /// Two messages that are read as each other. `by` leads back to the one whose field holds them.
    struct meeting {
        const message_shape* writer;
        const message_shape* reader;
        const meeting* by = nullptr;
        const field_shape* held_by = nullptr;
    };

    void meet(const message_shape& writer, const message_shape& reader, const meeting* by, const field_shape* held_by);
    void look_at(const meeting& one);
    void look_at(const meeting& one, const both<message_shape>& owner, const both<field_shape>& field);
    void look_at_enums(const both<field_shape>& field);
    void spend(std::size_t steps);
    [[nodiscard]] static std::string path_of(const meeting& one);

    both<schema_shape> schemas_;
    schema_report& report_;
    std::deque<meeting> meetings_;  // in the order in which they were found; those that are done stay
    std::set<std::pair<const void*, const void*>> seen_;  // messages, files
    std::set<std::tuple<const void*, const void*, bool>> seen_enums_;
    std::size_t steps_ = 0;
};

// The rules, one part of a schema at a time. Each reports what it finds.

void compare_names(const both<message_shape>& events, schema_report& report);
void compare_syntax(const both<message_shape>& message, schema_report& report);
void compare_messages(const both<message_shape>& message, schema_report& report);
void compare_oneofs(const both<message_shape>& message, schema_report& report);
/// A field that only the earlier schema has.
void report_removed(const field_shape& field, const both<message_shape>& owner, schema_report& report);
/// A field that only the later schema has.
void report_added(const field_shape& field, const both<message_shape>& owner, schema_report& report);
void compare_fields(const both<field_shape>& field, const both<message_shape>& owner, schema_report& report);
/// `closed`: the reader's field drops values that it does not know.
void compare_enums(const both<enum_shape>& enumeration, bool closed, schema_report& report);

}  // namespace foldline::inline v0
