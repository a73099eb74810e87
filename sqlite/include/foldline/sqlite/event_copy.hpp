#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/sqlite/event_import.hpp>

#include <functional>
#include <vector>

namespace foldline::inline v0::sqlite {

/// What stands in a copy for an event, or for a part of one.
///
/// value.
struct copied_event {
    stream_id stream;
    event_data data;  ///< without an id: that of the event, or one that belongs to it where there are several
};

/// Adds to `copies` what is to stand in the copy for `event`: nothing, one event, or several. An event that was decoded
/// by a decorator has its message.
using event_transform =
    std::function<void(const event_view& event, event_type type, std::vector<copied_event>& copies)>;

/// The bytes of an event, and all that is said of it, as they are; its schemas come from the store.
[[nodiscard]] copied_event copy_of(const event_view& event, event_type type);

/// Imports the events of `from` that match `query`, with their ids and times, as `transform` makes them, and the
/// schemas of their types. `to` numbers them anew; `file` is what `from` reads. A write whose ids the caller gave is known by its first id in the copy too, if each of its events is
/// there once; otherwise the same request would be taken for a new one there.
///
/// Gives how many stored events were read. Fails as both stores do, and with what `transform` throws.
std::int64_t copy_events(const database& file, const event_store& from, const read_query& query, event_import& to,
                         const event_transform& transform, const progress_report& report = {});

}  // namespace foldline::inline v0::sqlite
