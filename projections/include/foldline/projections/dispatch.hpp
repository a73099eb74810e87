#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/projection.hpp>

#include <memory>

namespace foldline::inline v0 {

/// Hands the events of one store to a projection: by a table from type id to handler, decoded into reused messages.
/// Events that the projection does not want are passed over undecoded.
///
/// confined. `store` and `target` outlive it.
class projection_dispatch {
public:
    projection_dispatch(const event_store& store, projection& target);
    projection_dispatch(projection_dispatch&&) noexcept;
    ~projection_dispatch();

    /// Applies one event. Throws `event_failure` that names it if it does not decode, if the handler throws, or if the
    /// projection wants this event in other versions only: to pass over it would give wrong rows without a word.
    /// What is no fault of the event (the disk, damaged data, memory, `unavailable`) passes as it is.
    void apply(const event_view& event, sql_session& rows);

    [[nodiscard]] projection& target() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0
