#pragma once

#include <compare>
#include <cstdint>

namespace foldline::inline v0 {

/// An event's place among all events of a store, in the order in which they were committed, without gaps; the first is
/// at 1. A reader that has seen one position never later meets a smaller one.
///
/// value.
struct global_position {
    std::int64_t value = 0;

    constexpr global_position() = default;
    constexpr explicit global_position(std::int64_t position) : value(position) {}
    [[nodiscard]] constexpr global_position next(std::int64_t steps = 1) const {
        return global_position{value + steps};
    }
    friend constexpr auto operator<=>(global_position, global_position) = default;
};

}  // namespace foldline::inline v0
