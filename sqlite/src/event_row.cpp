// The checksum of an event row is XXH3-64 of the payload, seeded with XXH3-64 of the head. All numbers of the head are
// little-endian; lengths are in bytes:
//
//     position 8 | version 8 | event id 16 | recorded_at 8 | occurred_at 8, or 0 | 1 if occurred_at stands there, else 0
//     | format 1 | type version 4 | length of category 4 | of id 4 | of type name 4 | of metadata 4 | of payload 4
//     | category | id | type name | metadata
//
// It covers the names of stream and type, and not their numbers, so that a damaged row of log_streams or log_types is
// seen as well.
#include "event_row.hpp"

#include "row_values.hpp"

#include <bit>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0::sqlite {
namespace {

template <class Integer>
void put(char*& to, Integer value) {
    static_assert(std::endian::native == std::endian::little, "the head is written as it lies in memory");
    std::memcpy(to, &value, sizeof value);
    to += sizeof value;
}
void put_bytes(char*& to, std::string_view bytes) {
    if (bytes.empty()) return;  // an empty view may point nowhere
    std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
}
void put_length(char*& to, std::string_view bytes) { put(to, static_cast<std::uint32_t>(bytes.size())); }

constexpr std::size_t fixed_part = 8 + 8 + 16 + 8 + 8 + 1 + 1 + 4 + 5 * 4;

}  // namespace

event_view view_of(const event_row& row, event_type_id type) {
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

std::int64_t row_checksum::of(const event_row& row) {
    const std::size_t size =
        fixed_part + row.stream.category.size() + row.stream.id.size() + row.type.name.size() + row.metadata.size();
    if (head_.size() < size) head_.resize(size);
    char* to = head_.data();
    put(to, row.position);
    put(to, row.version);
    put_bytes(to, bytes_of(row.id));
    put(to, micros(row.recorded_at));
    put(to, row.occurred_at ? micros(*row.occurred_at) : std::int64_t{0});
    put(to, static_cast<std::uint8_t>(row.occurred_at ? 1 : 0));
    put(to, row.format);
    put(to, row.type.version);
    put_length(to, row.stream.category);
    put_length(to, row.stream.id);
    put_length(to, row.type.name);
    put_length(to, row.metadata);
    put_length(to, row.payload);
    put_bytes(to, row.stream.category);
    put_bytes(to, row.stream.id);
    put_bytes(to, row.type.name);
    put_bytes(to, row.metadata);
    const XXH64_hash_t seed = XXH3_64bits(head_.data(), size);
    return static_cast<std::int64_t>(XXH3_64bits_withSeed(row.payload.data(), row.payload.size(), seed));
}

}  // namespace foldline::inline v0::sqlite
