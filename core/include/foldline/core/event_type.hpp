#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// The identity of an event's schema: the stable name and the version of its `(foldline.event)` option.
/// `name` is borrowed; generated event classes and the tables of a store keep it for as long as they live.
///
/// value.
struct event_type {
    std::string_view name;
    std::uint32_t version = 0;

    /// Written `order-placed@2`.
    [[nodiscard]] std::string to_string() const;
    friend auto operator<=>(const event_type&, const event_type&) = default;
};

/// A dense number for an event type within one open store, for tables instead of string compares; never stored.
enum class event_type_id : std::uint32_t {};

/// The schema of an event type, as the file keeps it so that it can be read without the program that wrote it.
///
/// value; its type's name is borrowed as any other. Whatever is appended points to one that lives as long as the store
/// is open, which those of `schema_of` do.
struct event_schema {
    event_type type;
    std::string message;  ///< full name of the Protobuf message
    /// A serialised FileDescriptorSet of what the message is made of: its files, imports first, with only those messages
    /// and enums that it reaches. Well-known files are left out.
    std::string descriptor_set;
};

}  // namespace foldline::inline v0
