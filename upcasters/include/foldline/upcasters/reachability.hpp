#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/upcasters/event_catalog.hpp>
#include <foldline/upcasters/upcaster_chain.hpp>

#include <vector>

namespace foldline::inline v0 {

/// What to make of stored events whose name a program has never heard of. Several programs may share a store.
enum class unknown_events { allowed, refused };

/// The start-up check: every stored schema whose name the program knows leads, by the chain, only to schemas of the
/// catalog, and what its steps need is there: a class, or a schema that the store keeps, and rules that suit both.
/// Found here, and not when a user loads the one stream that still holds an old event.
///
/// Returns the stored types of unknown name. Throws `definition_error` with a line for each problem that says what to
/// do about it.
std::vector<event_type> require_reachable(const event_store& store, const upcaster_chain& chain,
                                          const event_catalog& known, unknown_events unknown = unknown_events::allowed);

}  // namespace foldline::inline v0
