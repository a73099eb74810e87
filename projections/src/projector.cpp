#include <foldline/projections/projector.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

std::string beyond_head(const checkpoint& reached, global_position head) {
    return fmt::format("stand at position {}, but the store ends at {}", reached.position.value, head.value);
}

/// Why rows that stand at `reached` cannot go on from a store of this identity and head; empty if they can.
std::string why_foreign(const store_identity& identity, global_position head, const checkpoint& reached) {
    if (reached.source.store != identity.store)
        return fmt::format("were made from the events of another store ({}, not {})", reached.source.store.to_string(),
                           identity.store.to_string());
    if (reached.source.history != identity.history)
        return fmt::format(
            "were made from another history of this store ({}, not {}): it was restored or branched since",
            reached.source.history.to_string(), identity.history.to_string());
    if (reached.position > head) return beyond_head(reached, head);
    return {};
}

std::string why_foreign(const event_store& store, const checkpoint& reached) {
    return why_foreign(store.identity(), store.head(), reached);
}

}  // namespace

bool is_continuable(const event_store& store, const projection& projection, const checkpoint& reached) {
    return reached.projection_version == projection.version() && why_foreign(store, reached).empty();
}

void require_continuable(const event_store& store, const read_model_store& models, const projection& projection,
                         const checkpoint& reached) {
    if (const std::string why = why_foreign(store, reached); !why.empty())
        throw incompatible_store(
            fmt::format("the rows of projection {} in {} {}; name the file that belongs to this store, or rebuild the "
                        "projection",
                        projection.name(), models.place(), why));
    if (reached.projection_version < projection.version())
        throw definition_error(
            fmt::format("the rows of projection {} in {} are of its version {}, the program has version {}: "
                        "rebuild it",
                        projection.name(), models.place(), reached.projection_version, projection.version()));
    if (reached.projection_version > projection.version())
        throw definition_error(
            fmt::format("the rows of projection {} in {} are of its version {}, the program has only "
                        "version {}: use the newer program, or rebuild it",
                        projection.name(), models.place(), reached.projection_version, projection.version()));
}

projector::projector(const event_store& store, read_model_store& models, projection& projection, batch_limit batch)
    : store_(store), models_(models), dispatch_(store, projection), batch_(batch) {}

bool projector::run_batch() {
    if (is_at(store_.head())) return false;
    try {
        return apply_next(read_query::all());
    } catch (const event_failure& failure) {
        // What the batch did before the failing event went with it, and was right: it is done again, up to there.
        if (failure.position > position()) apply_next(read_query::all().before(failure.position));
        throw;
    }
}

void projector::catch_up() {
    // To where the store ends now: one that is written faster than it is read would keep the caller for ever.
    const global_position head = store_.head();
    while (run_batch() && position() < head) {}
}

bool projector::is_at(global_position head) {
    if (looked_ && position() != head) return false;
    // Nothing to do, it seems. But a rebuild may have put the rows elsewhere, so the checkpoint has the last word; to
    // read it takes no write transaction.
    position_ = find_position().value;
    looked_ = true;
    return position() == head;
}

global_position projector::find_position() {
    const projection& projection = dispatch_.target();
    if (const auto reached = models_.find_checkpoint(projection.name())) {
        require_continuable(store_, models_, projection, *reached);
        return reached->position;
    }
    models_.create(projection, store_.identity());
    return global_position{0};
}

bool projector::apply_next(const read_query& range) {
    const auto session = models_.begin(dispatch_.target());
    require_continuable(store_, models_, dispatch_.target(), session->reached());
    const global_position before = session->reached().position;
    position_ = before.value;
    const page page =
        store_.read(range.after(before), batch_, [&](const event_view& event) { dispatch_.apply(event, *session); });
    if (page.last_position > before) session->commit(page.last_position);
    position_ = page.last_position.value;
    return !page.at_end;
}

}  // namespace foldline::inline v0
