#pragma once

#include <compare>
#include <cstdint>

namespace foldline::inline v0 {

/// The version of a stream is that of its last event: the first event is at 1, an absent stream at 0.
///
/// value.
struct stream_version {
    std::int64_t value = 0;

    constexpr stream_version() = default;
    constexpr explicit stream_version(std::int64_t version) : value(version) {}
    [[nodiscard]] constexpr stream_version next(std::int64_t steps = 1) const { return stream_version{value + steps}; }
    friend constexpr auto operator<=>(stream_version, stream_version) = default;
};

}  // namespace foldline::inline v0
