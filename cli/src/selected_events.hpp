#pragma once

#include "opened_store.hpp"
#include "requests.hpp"

#include <foldline/core/event_store.hpp>

namespace foldline::inline v0::cli {

/// The events that are wanted, whatever their direction and number.
[[nodiscard]] read_query query_of(const event_selection& which);

[[nodiscard]] bool exists(const event_store& events, const stream_id& stream);
/// Throws `unknown_name` where one stream is wanted and is not there.
void require_stream(const event_store& events, const event_selection& which, const std::filesystem::path& store);
/// Throws it also where a category is wanted that has no stream, or a type of which no event is stored, since an empty
/// answer would hide a slip; not in a store that is empty itself.
void require_known(const opened_store& store, const event_selection& which, const std::filesystem::path& file);

}  // namespace foldline::inline v0::cli
