#pragma once

#include <foldline/core/event_type.hpp>
#include <foldline/core/event_view.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace foldline::inline v0::cli {

/// What an event is, and what it is stored as: the same unless it was upcast.
///
/// value, of borrowed names.
struct event_label {
    event_type shown;
    event_type stored;

    /// `order-placed@2`; upcast `order-placed@3 (stored @2)`, or `order-placed@1 (stored order-made@1)`.
    [[nodiscard]] std::string to_string() const;
};

/// Everything about an event but its payload.
[[nodiscard]] nlohmann::ordered_json head_of(const event_view& event, const event_label& label);

}  // namespace foldline::inline v0::cli
