#pragma once

#include <foldline/core/error.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/upcasters/event_catalog.hpp>
#include <foldline/upcasters/schema_rules.hpp>
#include <foldline/upcasters/schema_set.hpp>
#include <foldline/upcasters/upcaster_chain.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// What stands between a program and one event type of its past.
///
/// value.
struct schema_problem {
    std::string type;  ///< "order-placed@2"
    std::string rule;  ///< of `schema_rules` or `past_rules`
    std::string text;  ///< the rule, what is wrong, and what to do
    gravity weight = gravity::breaking;

    [[nodiscard]] std::string to_string() const { return type + ": " + text; }
};

/// What a program would do to its past.
///
/// value.
struct compatibility_report {
    std::vector<schema_problem> problems;  ///< by type
    std::vector<std::string> notes;        ///< what could not be looked at, or may be as it should

    /// Whether a problem refuses.
    [[nodiscard]] bool is_breaking() const;
    /// A line for each problem, and after them one for each note.
    [[nodiscard]] std::string to_string() const;
};

/// The rules that are about more than one schema; those of one message and its earlier revisions are `schema_rules`.
[[nodiscard]] std::span<const schema_rule> past_rules();

/// Throws `definition_error` for a rule among `asked.allowed` that does not exist: it would allow nothing.
void require_known_rules(const compatibility& asked);

/// As options write them: `backward_transitive`, `wire`.
[[nodiscard]] std::string_view word_of(compatibility_mode mode);
[[nodiscard]] std::string_view word_of(schema_level level);
[[nodiscard]] std::span<const compatibility_mode> every_compatibility_mode();
[[nodiscard]] std::span<const schema_level> every_schema_level();

/// Compares the messages that a program was compiled with, old ones among them, with its past: each with the schemas of
/// its type by `check`; and whether every type that was released, or whose class is still there, leads by the chain to
/// the newest version of an event. Without a chain it is only noted which types need a way. What a person has let into
/// a history once is not told again.
///
/// Throws `definition_error` for descriptors that cannot be read.
[[nodiscard]] compatibility_report check_schemas(const schema_past& past, const schema_set& messages,
                                                 const upcaster_chain* chain, const compatibility& asked);

/// The same for the events that a running program handles: each of them is a good end of a way, also where several
/// versions of one event are among them.
[[nodiscard]] compatibility_report check_schemas(const schema_past& past, const event_catalog& handled,
                                                 const upcaster_chain* chain, const compatibility& asked);

/// What a report says of a chain that is ambiguous or cyclic, which is why it could not be built.
[[nodiscard]] schema_problem refused_chain(const definition_error& why);

/// The start-up check: throws `definition_error` with a line for each problem that refuses.
void require_compatible_schemas(const event_store& store, const event_catalog& handled, const upcaster_chain& chain,
                                const compatibility& asked = {});

}  // namespace foldline::inline v0
