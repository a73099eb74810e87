#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/event_type.hpp>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// The part of the codec that speaks of Protobuf: for code that handles messages by their descriptors.

/// The type that the `(foldline.event)` option of a message names; version 0 where there is none.
[[nodiscard]] event_type event_type_of(const google::protobuf::Descriptor& descriptor);

/// A serialised FileDescriptorSet of what the message is made of: its files, imports first, with only the messages and
/// enums that its fields reach, within their outer ones; of these everything but extensions. Changes exactly when the
/// event does, but for the order in which fields are declared. Well-known files and `foldline/options.proto` are left out.
[[nodiscard]] std::string descriptor_set_of(const google::protobuf::Descriptor& descriptor);
/// The same of a set that holds more: of one that an older program has stored. Gives the set as it is if it does not
/// hold all that the message is made of.
[[nodiscard]] std::string pruned_descriptor_set(std::string_view descriptor_set, std::string_view message);

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
