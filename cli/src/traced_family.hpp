#pragma once

#include "causal_tree.hpp"
#include "opened_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// Events that hang together by causes, in the order of the log.
///
/// value.
struct traced_family {
    std::string correlation;                     ///< that they share; empty where causes alone hold them together
    std::vector<traced_event> events;            ///< none: nothing bears that id
    std::optional<global_position> asked_for{};  ///< the one by which the family was named
};

/// The events that a correlation id, an event's id or a position names. A position comes before a correlation of the same
/// digits, a correlation before an event's id.
///
/// Fails: `interrupted` when the user has stopped it.
[[nodiscard]] traced_family find_family(const opened_store& store, const std::string& what);

}  // namespace foldline::inline v0::cli
