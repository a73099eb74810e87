#include <foldline/projections/partition.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <bit>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0 {
namespace {

constexpr std::size_t most_partitions = 1024;
constexpr std::uint32_t all_bits = 0xFFFF'FFFF;

std::string numbers_of(partition part) { return fmt::format("(segment {}, mask {})", part.segment, part.mask); }

void require_partition(partition part) {
    if ((part.mask & (part.mask + 1)) != 0 || (part.segment & ~part.mask) != 0)
        throw invalid_request(fmt::format("{} is no partition: a mask is 2^n - 1, and a segment has no bits beyond it",
                                          numbers_of(part)));
}

}  // namespace

std::uint64_t order_hash(std::string_view order_key) { return XXH3_64bits(order_key.data(), order_key.size()); }

std::pair<partition, partition> halves_of(partition whole) {
    require_partition(whole);
    if (whole.mask == all_bits)
        throw invalid_request(
            fmt::format("the partition {} cannot be split: all the 32 bits of it count", to_string(whole)));
    const std::uint32_t new_bit = whole.mask + 1;
    const std::uint32_t mask = whole.mask | new_bit;
    return {partition{whole.segment, mask}, partition{whole.segment | new_bit, mask}};
}

partition whole_of(partition one, partition other) {
    require_partition(one);
    require_partition(other);
    const std::uint32_t mask = one.mask >> 1U;
    const std::uint32_t last_bit = one.mask & ~mask;
    if (one.mask != other.mask || one.is_whole() || (one.segment ^ other.segment) != last_bit)
        throw invalid_request(fmt::format(
            "the partitions {} and {} are no halves of one: those are of one size, and lie half of it apart",
            to_string(one), to_string(other)));
    return {one.segment & mask, mask};
}

std::vector<partition> partitions(std::size_t count) {
    if (count == 0) throw invalid_request("0 partitions hold nothing; ask for 1 at least");
    if (count > most_partitions) throw limit_exceeded("partitions", count, most_partitions);
    // As many of one size as there are in the power of two below, of which the first ones are split once more.
    const auto sized = static_cast<std::uint32_t>(std::bit_floor(count));
    std::vector<partition> made;
    for (std::uint32_t segment = 0; segment < sized; ++segment) {
        const partition part{segment, sized - 1};
        if (segment >= count - sized) {
            made.push_back(part);
            continue;
        }
        const auto [one, other] = halves_of(part);
        made.push_back(one);
        made.push_back(other);
    }
    std::sort(made.begin(), made.end());
    return made;
}

std::string to_string(partition part) {
    if (part.is_whole()) return "all";
    return fmt::format("{}/{}", part.segment, std::uint64_t{part.mask} + 1);
}

}  // namespace foldline::inline v0
