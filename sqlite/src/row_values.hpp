#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/uuid.hpp>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace foldline::inline v0::sqlite {

// How values of core stand in columns.

[[nodiscard]] inline std::int64_t micros(timestamp time) { return time.time_since_epoch().count(); }
[[nodiscard]] inline timestamp timestamp_from(std::int64_t micros) {
    return timestamp{std::chrono::microseconds{micros}};
}

/// Borrowed from `id`.
[[nodiscard]] inline std::string_view bytes_of(const uuid& id) {
    return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}
[[nodiscard]] inline std::optional<uuid> uuid_from(std::string_view bytes) {
    uuid id;
    if (bytes.size() != id.bytes.size()) return std::nullopt;
    std::memcpy(id.bytes.data(), bytes.data(), id.bytes.size());
    return id;
}

}  // namespace foldline::inline v0::sqlite
