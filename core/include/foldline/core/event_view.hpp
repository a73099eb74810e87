#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event_type.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/core/stream_id.hpp>
#include <foldline/core/stream_version.hpp>
#include <foldline/core/uuid.hpp>

#include <cstdint>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace foldline::inline v0 {

/// A stored event, borrowed: everything it points to lives until the sink that received it returns.
///
/// value, of borrowed parts.
struct event_view {
    event_type_id type{};
    stream_ref stream;
    stream_version version;
    global_position position;
    event_id id;
    timestamp recorded_at;
    timestamp occurred_at;      ///< the recorded time where the writer gave none
    std::string_view metadata;  ///< for `decode_metadata`
    std::string_view payload;   ///< as stored; after an upcast still the old event's

    /// Set by a decorator that has the event as a message already; `type` is then that message's.
    const google::protobuf::Message* message = nullptr;
    /// Which part of the stored event this is, where an upcaster made several of one.
    std::uint32_t part = 0;
};

}  // namespace foldline::inline v0
