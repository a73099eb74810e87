#pragma once

#include "window_rows.hpp"

#include <foldline/core/global_position.hpp>
#include <foldline/projections/detail/window_rules.hpp>

#include <compare>

namespace foldline::inline v0::detail {

/// The order in which parts are merged: by time, then as the log has them.
struct part_place {
    timestamp at;
    global_position position;
    std::uint32_t part = 0;
    friend auto operator<=>(const part_place&, const part_place&) = default;
};

[[nodiscard]] inline part_place place_of(const sql_row& row) {
    return {time_of(row, 0), global_position{row.integer(1)}, static_cast<std::uint32_t>(row.integer(2))};
}

/// Less than every part that is later than `time`, and more than every other.
[[nodiscard]] inline part_place first_after(timestamp time) {
    return {time + std::chrono::microseconds{1}, global_position{}, 0};
}

/// Up to when windows and parts are of use. A window (t - size, t] holds what occurs at t, so it is not closed before
/// the watermark has passed t; a part is in windows that end up to `size` after it.
class sliding_bounds {
public:
    explicit sliding_bounds(const window_rules& rules) : size_(rules.size), kept_(*kept_behind(rules)) {}

    /// What the watermark comes to when the window that ends at `at` closes.
    [[nodiscard]] timestamp closes(timestamp at) const { return at + std::chrono::microseconds{1}; }
    /// What the watermark comes to when that window is not kept any more: from then on parts of it are removed.
    [[nodiscard]] timestamp left_behind(timestamp at) const { return closes(at) + kept_; }

    /// What the watermark comes to when a part is removed.
    [[nodiscard]] timestamp removed(timestamp at) const { return at + size_ + kept_; }
    [[nodiscard]] timestamp last_removed(timestamp watermark) const { return watermark - size_ - kept_; }

private:
    std::chrono::microseconds size_;
    std::chrono::microseconds kept_;
};

}  // namespace foldline::inline v0::detail
