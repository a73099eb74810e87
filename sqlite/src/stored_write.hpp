#pragma once

#include <foldline/core/append_request.hpp>
#include <foldline/core/event_store.hpp>

#include <optional>

namespace foldline::inline v0::sqlite {

/// A write as it should stand in a store: its events with their ids, the first at `position`.
///
/// value, of borrowed parts.
struct claimed_write {
    const stream_write& write;
    ids_from ids;
    timestamp recorded_at;
    global_position position;
    std::optional<stream_version> version;  ///< of the first event; absent: any
};

/// Throws `invalid_request` with what is different, unless the store holds exactly this there.
void require_stored(const event_store& store, const claimed_write& claimed);

}  // namespace foldline::inline v0::sqlite
