#include <foldline/projections/projector.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

global_position furthest(const projection_state& state) {
    global_position last;
    for (const partition_state& part : state.partitions) last = std::max(last, part.position);
    return last;
}

/// Why rows of this state cannot go on from the store; empty if they can.
std::string why_foreign(const event_store& store, const projection_state& state) {
    const store_identity identity = store.identity();
    if (state.source.store != identity.store)
        return fmt::format("were made from the events of another store ({}, not {})", state.source.store.to_string(),
                           identity.store.to_string());
    if (state.source.history != identity.history)
        return fmt::format(
            "were made from another history of this store ({}, not {}): it was restored or branched since",
            state.source.history.to_string(), identity.history.to_string());
    if (furthest(state) > store.head())
        return fmt::format("stand at position {}, but the store ends at {}", furthest(state).value, store.head().value);
    return {};
}

std::string why_other(const projection& projection, const projection_state& state) {
    if (state.version < projection.version())
        return fmt::format("are of its version {}, the program has version {}: rebuild it", state.version,
                           projection.version());
    if (state.version > projection.version())
        return fmt::format(
            "are of its version {}, the program has only version {}: use the newer program, or rebuild it",
            state.version, projection.version());
    const std::string definition = definition_of(projection);
    if (state.definition.empty() || state.definition == definition) return {};
    return fmt::format("were made by another definition of the same version {}: {}. Raise its version, and rebuild it",
                       state.version, definition_difference(state.definition, definition));
}

}  // namespace

bool is_continuable(const event_store& store, const projection& projection, const projection_state& state) {
    return why_foreign(store, state).empty() && why_other(projection, state).empty();
}

void require_continuable(const event_store& store, const read_model_store& models, const projection& projection,
                         const projection_state& state) {
    if (const std::string why = why_foreign(store, state); !why.empty())
        throw incompatible_store(
            fmt::format("the rows of projection {} in {} {}; name the file that belongs to this store, or rebuild the "
                        "projection",
                        projection.name(), models.place(), why));
    if (const std::string why = why_other(projection, state); !why.empty())
        throw definition_error(
            fmt::format("the rows of projection {} in {} {}", projection.name(), models.place(), why));
}

}  // namespace foldline::inline v0
