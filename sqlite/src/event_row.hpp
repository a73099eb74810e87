#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event_type.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/core/stream_id.hpp>
#include <foldline/core/uuid.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0::sqlite {

/// Everything that one row of `log_events` says, with the names that its numbers stand for. Borrowed.
struct event_row {
    std::int64_t position = 0;
    stream_ref stream;
    std::int64_t version = 0;
    event_type type;
    uuid id;
    timestamp recorded_at;
    std::optional<timestamp> occurred_at;
    std::uint8_t format = 0;
    std::string_view metadata;
    std::string_view payload;
};

/// The row as readers and inline projections get it; borrowed, as the row is.
[[nodiscard]] event_view view_of(const event_row& row, event_type_id type);

/// The only format so far: payload and metadata as they were given.
inline constexpr std::uint8_t plain_format = 0;

/// Computes the checksums of rows; keeps its buffer from row to row.
///
/// confined.
class row_checksum {
public:
    [[nodiscard]] std::int64_t of(const event_row& row);

private:
    std::string head_;
};

}  // namespace foldline::inline v0::sqlite
