#include <foldline/projections/rebuild.hpp>

#include <foldline/projections/projector.hpp>

#include <utility>

namespace foldline::inline v0 {
namespace {

/// An interrupted rebuild may have been of another version or history; what it left is of no use then.
void throw_away_unless_continuable(const event_store& store, read_model_store& beside, const projection& projection) {
    const auto reached = beside.find_checkpoint(projection.name());
    if (reached && !is_continuable(store, projection, *reached)) beside.create(projection, store.identity());
}

}  // namespace

void rebuild(const event_store& store, read_model_store& models, projection& projection,
             const std::function<void(const rebuild_progress&)>& report, batch_limit batch) {
    auto beside = models.beside(projection);
    throw_away_unless_continuable(store, *beside, projection);

    projector builder{store, *beside, projection, batch};
    for (bool more = true; more;) {
        more = builder.run_batch();
        if (report) report({builder.position(), store.head()});
    }
    // What was appended since, while the present rows are held where they are: nobody who has seen a position in them
    // may be sent back behind it.
    models.swap_in(projection, std::move(beside), [&] { builder.catch_up(); });
}

}  // namespace foldline::inline v0
