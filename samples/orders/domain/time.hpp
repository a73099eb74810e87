#pragma once

#include <foldline/core/clock.hpp>

#include <cstdint>

namespace shop {

/// Times as the messages hold them, in the fields that end in _us.
[[nodiscard]] inline std::int64_t to_us(foldline::timestamp time) { return time.time_since_epoch().count(); }
[[nodiscard]] inline foldline::timestamp from_us(std::int64_t us) {
    return foldline::timestamp{std::chrono::microseconds{us}};
}

}  // namespace shop
