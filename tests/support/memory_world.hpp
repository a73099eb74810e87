#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace foldline_tests {

/// A memory store with a clock that a test moves and ids that a test can foresee.
struct memory_world {
    foldline::testing::manual_clock time;
    foldline::testing::sequential_ids ids;
    foldline::memory_event_store store{time, ids};
};

/// Appends messages to a stream, wherever it stands, as events of one business time.
template <class... Messages>
foldline::append_result append_to(foldline::event_store& store, const foldline::stream_id& stream,
                                  std::optional<foldline::timestamp> occurred_at, const Messages&... messages) {
    std::vector<foldline::event_data> events;
    (events.push_back(foldline::to_event(messages)), ...);
    for (auto& event : events) event.occurred_at = occurred_at;
    return store.append(foldline::append_request::to(stream, foldline::expected_version::any(), std::move(events)));
}

}  // namespace foldline_tests
