#pragma once

#include <foldline/core/clock.hpp>

#include <chrono>
#include <compare>
#include <string_view>

namespace foldline::inline v0 {

/// A stretch of event time: the events that occurred at `start` or later, and before `end`.
///
/// value.
struct window {
    timestamp start;
    timestamp end;

    [[nodiscard]] constexpr bool holds(timestamp time) const { return start <= time && time < end; }
    friend constexpr auto operator<=>(const window&, const window&) = default;
};

/// Windows that lie end to end: each event is in one. They begin at 1970-01-01T00:00Z plus `offset` plus a multiple of
/// `size`, also before 1970: windows of an hour begin on the hour, and those of a week, whose epoch was a Thursday, on a
/// Monday with an offset of 4 days.
///
/// value.
struct tumbling {
    std::chrono::microseconds size;
    std::chrono::microseconds offset{};
};

/// Windows of `size`, one of which begins `every` so often: each event is in `size / every` of them, one more or less
/// where that leaves a rest. `every` is at most `size`.
///
/// value.
struct hopping {
    std::chrono::microseconds size;
    std::chrono::microseconds every;
    std::chrono::microseconds offset{};
};

/// Windows that end at an instant and hold what occurred less than `size` before it: those at t are the events of
/// (t - size, t]. There is one for every instant.
///
/// value.
struct sliding {
    std::chrono::microseconds size;
};

/// What becomes of an event that occurred in a window that stays open for late ones no more.
enum class late {
    corrected,           ///< the window takes it all the same, as long as it is kept
    set_aside,           ///< it is left out, and a row says which and of which window
    ignored_and_counted  ///< it is left out, and counted
};
[[nodiscard]] std::string_view to_string(late choice);

/// Which events move a watermark.
enum class watermark_scope {
    per_key,  ///< each key has one, moved by its own events
    global    ///< all keys have the same one, moved by every event
};
[[nodiscard]] std::string_view to_string(watermark_scope scope);

}  // namespace foldline::inline v0
