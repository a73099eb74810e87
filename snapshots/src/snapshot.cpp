// The bytes under a snapshot's checksum. Integers are little-endian, times are microseconds since 1970.
//
//     head   u32 length | category | u32 length | id
//            i64 version | i64 position | i64 recorded_at | i64 latest_occurred | u64 fingerprint
//     state  its bytes
//
//     checksum = XXH3-64(state, seed = XXH3-64(head))
//
// The head seeds the hash of the state, so that a large state is not copied to stand behind it.
#include <foldline/snapshots/snapshot.hpp>

#include <cstddef>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0 {
namespace {

void put(std::string& bytes, std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) bytes.push_back(static_cast<char>((value >> (8U * i)) & 0xFFU));
}

void put(std::string& bytes, const std::string& text) {
    put(bytes, text.size(), 4);
    bytes += text;
}

void put(std::string& bytes, std::int64_t value) { put(bytes, static_cast<std::uint64_t>(value), 8); }

}  // namespace

std::uint64_t checksum_of(const snapshot& taken) {
    std::string head;
    put(head, taken.stream.category());
    put(head, taken.stream.id());
    put(head, taken.progress.version.value);
    put(head, taken.progress.position.value);
    put(head, taken.progress.recorded_at.time_since_epoch().count());
    put(head, taken.progress.latest_occurred.time_since_epoch().count());
    put(head, taken.fingerprint, 8);
    return XXH3_64bits_withSeed(taken.state.data(), taken.state.size(), XXH3_64bits(head.data(), head.size()));
}

}  // namespace foldline::inline v0
