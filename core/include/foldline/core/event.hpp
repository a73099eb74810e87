#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event_type.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/core/stream_id.hpp>
#include <foldline/core/stream_version.hpp>
#include <foldline/core/uuid.hpp>

#include <optional>
#include <string>

namespace foldline::inline v0 {

struct event_view;

/// An event before it is stored; `codec.hpp` makes one from a message.
///
/// value.
struct event_data {
    event_type type;                       ///< its name must live until the append returns
    std::string payload;                   ///< the encoded message
    std::string metadata;                  ///< as `encode(metadata)` gives it
    std::optional<timestamp> occurred_at;  ///< the business time; absent: the time it is recorded at
    std::optional<event_id> id;            ///< absent: the store gives it one
    const event_schema* schema = nullptr;  ///< stored with the first event of its type; none for bytes of unknown make
};

/// An owned copy of a stored event.
///
/// value.
struct recorded_event {
    explicit recorded_event(const event_view& view, event_type type);

    std::string type_name;
    std::uint32_t type_version;
    stream_id stream;
    stream_version version;
    global_position position;
    event_id id;
    timestamp recorded_at;
    timestamp occurred_at;
    std::string metadata;
    std::string payload;
};

}  // namespace foldline::inline v0
