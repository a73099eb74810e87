#include "schema_registry.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>

#include <algorithm>
#include <cstddef>

namespace foldline::inline v0::sqlite {
namespace {

/// A program that is refused tries again with the same few classes.
constexpr std::size_t most_refusals = 256;

/// Format 1 stored the whole files of an event: its rows are compared by what the event is made of.
bool is_same(const event_schema& one, const event_schema& other) {
    return one.message == other.message && pruned_descriptor_set(one.descriptor_set, one.message) ==
                                               pruned_descriptor_set(other.descriptor_set, other.message);
}

}  // namespace

void schema_registry::admit(connection& db, std::int64_t type, const event_schema& schema, std::int64_t position) {
    if (holds_schema(db, type, schema)) return;
    require_not_refused(db, type, schema);
    const std::vector<schema_row> stored = schemas_of(db, type, schema.type);
    if (std::any_of(stored.begin(), stored.end(), [&](const auto& row) { return is_same(row.schema, schema); })) return;
    require_compatible(db, type, stored, schema);
    add_schema(db, type, {newest_schema(db, type).revision + 1, position, schema});
}

void schema_registry::require_compatible(connection& db, std::int64_t type, const std::vector<schema_row>& stored,
                                         const event_schema& schema) {
    if (stored.empty() || asked_.mode == compatibility_mode::none) return;
    std::vector<event_schema> before;
    for (const schema_row& row : stored) before.push_back(row.schema);
    try {
        foldline::require_compatible(before, schema, asked_);
    } catch (const incompatible_schema& refused) {
        if (refusals_.size() == most_refusals) refusals_.clear();
        refusals_.push_back({type, &schema, newest_schema(db, type), refused.what()});
        throw;
    }
}

void schema_registry::require_not_refused(connection& db, std::int64_t type, const event_schema& schema) {
    const auto known = std::find_if(refusals_.begin(), refusals_.end(),
                                    [&](const refusal& each) { return each.type == type && each.schema == &schema; });
    if (known == refusals_.end()) return;
    // Another program may have stored a schema since, perhaps this very one.
    if (known->newest == newest_schema(db, type)) throw incompatible_schema(known->why);
    refusals_.erase(known);
}

}  // namespace foldline::inline v0::sqlite
