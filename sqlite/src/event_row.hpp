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
[[nodiscard]] inline event_view view_of(const event_row& row, event_type_id type) {
    event_view view;
    view.type = type;
    view.stream = row.stream;
    view.version = stream_version{row.version};
    view.position = global_position{row.position};
    view.id = {row.id};
    view.recorded_at = row.recorded_at;
    view.occurred_at = row.occurred_at.value_or(row.recorded_at);
    view.metadata = row.metadata;
    view.payload = row.payload;
    return view;
}

/// The only format so far: payload and metadata as they were given.
inline constexpr std::uint8_t plain_format = 0;

/// What stands for a row's names in its checksum. Streams and types come again and again, so a reader keeps these
/// beside the names.
struct name_hashes {
    std::uint64_t stream = 0;
    std::uint64_t type = 0;
};
[[nodiscard]] std::uint64_t hash_of(const stream_ref& stream);
[[nodiscard]] std::uint64_t hash_of(const event_type& type);

/// Computes the checksums of rows; keeps its buffer from row to row.
///
/// confined.
class row_checksum {
public:
    [[nodiscard]] std::int64_t of(const event_row& row) { return of(row, {hash_of(row.stream), hash_of(row.type)}); }
    /// The same, where the hashes of the row's names are known.
    [[nodiscard]] std::int64_t of(const event_row& row, const name_hashes& names);

private:
    std::string head_;
};

}  // namespace foldline::inline v0::sqlite
