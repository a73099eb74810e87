// The checksum of an event row is XXH3-64 of the payload, seeded with XXH3-64 of the head. All numbers of the head are
// little-endian:
//
//     position 8 | version 8 | event id 16 | recorded_at 8 | occurred_at 8, or 0 | name of the stream 8 | type 8
//     | 1 if occurred_at stands there, else 0 | format 1 | metadata
//
// where the name of the stream is XXH3-64 of category and id in one, seeded with the length of the category, and the type
// is XXH3-64 of its name, seeded with its version. So the checksum covers the names of stream and type, and not their
// numbers, and a damaged row of log_streams or log_types is seen as well; and who reads many events hashes a name once.
#include "event_row.hpp"

#include "row_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0::sqlite {
namespace {

/// All of the head but the metadata, as it lies in memory.
struct head_numbers {
    std::int64_t position;
    std::int64_t version;
    uuid id;
    std::int64_t recorded_at;
    std::int64_t occurred_at;
    std::uint64_t stream;
    std::uint64_t type;
    std::uint8_t has_occurred_at;
    std::uint8_t format;
};
static_assert(std::endian::native == std::endian::little && offsetof(head_numbers, format) == 65);
constexpr std::size_t size_of_numbers = 66;

constexpr std::size_t longest_name = 255;  // of a category, and of an id

}  // namespace

std::uint64_t hash_of(const stream_ref& stream) {
    const std::size_t size = stream.category.size() + stream.id.size();
    // What is longer than any name was damaged, and need not be fast.
    std::array<char, 2 * longest_name> usual;
    std::string longer(size > usual.size() ? size : 0, '\0');
    char* const name = longer.empty() ? usual.data() : longer.data();
    std::copy(stream.id.begin(), stream.id.end(), std::copy(stream.category.begin(), stream.category.end(), name));
    return XXH3_64bits_withSeed(name, size, stream.category.size());
}

std::uint64_t hash_of(const event_type& type) {
    return XXH3_64bits_withSeed(type.name.data(), type.name.size(), type.version);
}

std::int64_t row_checksum::of(const event_row& row, const name_hashes& names) {
    const std::size_t size = size_of_numbers + row.metadata.size();
    if (head_.size() < size) head_.resize(size);
    const head_numbers numbers{row.position,
                               row.version,
                               row.id,
                               micros(row.recorded_at),
                               row.occurred_at ? micros(*row.occurred_at) : 0,
                               names.stream,
                               names.type,
                               static_cast<std::uint8_t>(row.occurred_at ? 1 : 0),
                               row.format};
    std::memcpy(head_.data(), &numbers, size_of_numbers);
    if (!row.metadata.empty())  // an empty view may point nowhere
        std::memcpy(head_.data() + size_of_numbers, row.metadata.data(), row.metadata.size());
    const XXH64_hash_t seed = XXH3_64bits(head_.data(), size);
    return static_cast<std::int64_t>(XXH3_64bits_withSeed(row.payload.data(), row.payload.size(), seed));
}

}  // namespace foldline::inline v0::sqlite
