#pragma once

#include <foldline/core/event_view.hpp>
#include <foldline/core/metadata.hpp>

namespace foldline::inline v0 {

/// Where and when the event was stored that is being upcast.
///
/// value, of borrowed parts: lives until the upcaster returns.
struct upcast_context {
    explicit upcast_context(const event_view& event)
        : stream(event.stream),
          version(event.version),
          position(event.position),
          id(event.id),
          recorded_at(event.recorded_at),
          occurred_at(event.occurred_at),
          encoded_metadata(event.metadata) {}

    stream_ref stream;
    stream_version version;
    global_position position;
    event_id id;
    timestamp recorded_at;
    timestamp occurred_at;  ///< the recorded time where the writer gave none
    std::string_view encoded_metadata;

    /// Decoded at each call. Throws `event_failure` if the bytes are not metadata.
    [[nodiscard]] foldline::metadata metadata() const { return decode_metadata(encoded_metadata); }
};

}  // namespace foldline::inline v0
