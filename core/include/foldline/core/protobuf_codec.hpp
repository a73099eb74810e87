#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/event_type.hpp>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <string>

namespace foldline::inline v0 {

/// The part of the codec that speaks of Protobuf: for code that handles messages by their descriptors.

/// The type that the `(foldline.event)` option of a message names; version 0 where there is none.
[[nodiscard]] event_type event_type_of(const google::protobuf::Descriptor& descriptor);

/// A serialised FileDescriptorSet that holds a message's file and all that it imports, imports first, without
/// descriptor.proto, the well-known files and `foldline/options.proto`.
[[nodiscard]] std::string descriptor_set_of(const google::protobuf::Descriptor& descriptor);

/// Changes whenever the fields of the message, or of any message inside it, change in number, name, type or
/// cardinality; the same on every machine.
[[nodiscard]] std::uint64_t fingerprint_of(const google::protobuf::Descriptor& descriptor);

/// Throws `invalid_request`, with the field named, for a message that could be serialised but never parsed again.
void require_readable_back(const google::protobuf::Message& message);

/// A typed event with what is known of it.
///
/// value, of borrowed parts: lives until the sink that received the view returns.
template <class Event>
struct envelope {
    const Event& event;
    const event_view& view;
};

}  // namespace foldline::inline v0
