#pragma once

#include <foldline/upcasters/event_catalog.hpp>
#include <foldline/upcasters/upcaster_chain.hpp>

namespace shop {

/// Every event that the shop handles, in its newest version.
[[nodiscard]] foldline::event_catalog known_events();

/// How events that the shop wrote in earlier years become those of today.
[[nodiscard]] foldline::upcaster_chain old_events();

}  // namespace shop
