#pragma once

#include <foldline/core/global_position.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

/// A part of what a projection works on: the order keys (streams, unless the projection says otherwise) whose hash ends
/// in the bits of `segment`, of which `mask` says how many count. The whole is {0, 0}. A partition can be split at any
/// time, and two halves made one again, without touching the rows of the others.
///
/// value.
struct partition {
    std::uint32_t segment = 0;
    std::uint32_t mask = 0;  ///< 2^n - 1

    [[nodiscard]] constexpr bool owns(std::uint64_t hash) const {
        return (static_cast<std::uint32_t>(hash) & mask) == segment;
    }
    [[nodiscard]] constexpr bool is_whole() const { return mask == 0; }

    friend constexpr auto operator<=>(const partition&, const partition&) = default;
};

/// The same for ever, in every process: partitions and what stands in them are stored. 64 bits of XXH3.
[[nodiscard]] std::uint64_t order_hash(std::string_view order_key);

/// The two halves of a partition. Throws `invalid_request` for one that is a single key's already (32 bits).
[[nodiscard]] std::pair<partition, partition> halves_of(partition whole);
/// What `one` and `other` are the halves of. Throws `invalid_request` if they are not halves of one partition.
[[nodiscard]] partition whole_of(partition one, partition other);
/// `count` partitions of everything, of sizes that differ by a factor of two at most; in order of their segments.
/// Throws `invalid_request` for 0 and for more than 1,024.
[[nodiscard]] std::vector<partition> partitions(std::size_t count);
/// `all`, or `3/8`: the fourth of eight.
[[nodiscard]] std::string to_string(partition part);

}  // namespace foldline::inline v0
