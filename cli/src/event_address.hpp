#pragma once

#include "opened_store.hpp"
#include "requests.hpp"

#include <optional>
#include <string>

namespace foldline::inline v0::cli {

/// `4711`, `4,711`, `order-1234@3` or a UUID; empty for anything else.
[[nodiscard]] std::optional<event_address> address_from(const std::string& text);
[[nodiscard]] std::string to_string(const event_address& address);

/// The position of an event. Ids are not indexed: that of an append with ids of the caller is looked up, another one is
/// first looked for where its own time says, and then everywhere.
///
/// Fails: `interrupted` when the user has stopped it.
[[nodiscard]] std::optional<global_position> find_event(const opened_store& store, const event_address& address);

/// What there is instead of an event that was not found, to follow the sentence that says so; empty if nobody knows.
[[nodiscard]] std::string last_before(const opened_store& store, const event_address& address);

/// The first position at which an event was recorded at `time` or later; one behind the head if there is none.
[[nodiscard]] global_position first_recorded_from(const event_store& stored, timestamp time);

}  // namespace foldline::inline v0::cli
