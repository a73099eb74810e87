#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

/// What is known of an event beside what happened. An empty field is an absent one.
///
/// value.
struct metadata {
    std::string correlation_id{};  ///< shared by everything that one outside request set off
    std::string causation_id{};    ///< the event or command that this event follows from
    std::string actor{};           ///< who did it
    std::string traceparent{};     ///< W3C trace context of the call that wrote it
    std::vector<std::pair<std::string, std::string>> headers{};  ///< free, in this order

    friend bool operator==(const metadata&, const metadata&) = default;
};

/// The bytes that a store keeps: a `foldline.storage.Metadata` message; none for metadata that says nothing.
/// Throws `invalid_request` if a field is not UTF-8.
[[nodiscard]] std::string encode(const metadata& data);

/// Reads those bytes. Throws `event_failure` without a place if they are not metadata.
[[nodiscard]] metadata decode_metadata(std::string_view bytes);

/// The correlation id alone, borrowed from the bytes; much cheaper than all of it. Empty if there is none, or the bytes
/// are not metadata.
[[nodiscard]] std::string_view correlation_of(std::string_view encoded_metadata) noexcept;

}  // namespace foldline::inline v0
