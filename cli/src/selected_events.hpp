#pragma once

#include "requests.hpp"

#include <foldline/core/event_store.hpp>

namespace foldline::inline v0::cli {

/// The events that are wanted, whatever their direction and number.
[[nodiscard]] read_query query_of(const event_selection& which);

[[nodiscard]] bool exists(const event_store& events, const stream_id& stream);
/// Throws `unknown_name` where one stream is wanted and is not there.
void require_stream(const event_store& events, const event_selection& which, const std::filesystem::path& store);

}  // namespace foldline::inline v0::cli
