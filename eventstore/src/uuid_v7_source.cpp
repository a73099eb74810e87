// The 128 bits of an id, from the left:
//
//     48  milliseconds since 1970, or later ones if the counter ran over or the clock went back
//      4  version: 7
//     12  counter, high bits
//      2  variant: binary 10
//      6  counter, low bits
//     56  random
#include <foldline/eventstore/uuid_v7_source.hpp>

#include <algorithm>
#include <array>
#include <functional>

namespace foldline::inline v0 {
namespace {

constexpr std::uint32_t counter_limit = 1U << 18U;
// A counter begins in the lower half, so that each millisecond has room for 131,072 ids at least.
constexpr std::uint32_t counter_start_mask = (counter_limit / 2) - 1;

std::mt19937_64 seeded_by_the_machine() {
    std::random_device device;
    std::array<std::uint32_t, 8> entropy{};
    std::generate(entropy.begin(), entropy.end(), std::ref(device));
    std::seed_seq sequence(entropy.begin(), entropy.end());
    return std::mt19937_64{sequence};
}

/// Writes the lowest `count` bytes of `value`, the highest of them first.
void put(uuid& id, std::size_t at, std::size_t count, std::uint64_t value) {
    for (std::size_t i = 0; i < count; ++i)
        id.bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * (count - 1 - i)));
}

}  // namespace

uuid_v7_source::uuid_v7_source(const clock& time) : time_(time), state_(seeded_by_the_machine()) {}

uuid_v7_source::uuid_v7_source(const clock& time, std::uint64_t seed) : time_(time), state_(std::mt19937_64{seed}) {}

uuid uuid_v7_source::next() {
    const auto since_1970 = std::chrono::floor<std::chrono::milliseconds>(time_.now().time_since_epoch());
    return state_.with([&](state& current) {
        current.advance_to(since_1970.count());
        return current.make();
    });
}

void uuid_v7_source::state::advance_to(std::int64_t clock_ms) {
    const bool new_millisecond = clock_ms > last_ms || last_ms < 0;
    const bool counter_is_full = !new_millisecond && ++counter == counter_limit;
    if (!new_millisecond && !counter_is_full) return;
    last_ms = std::max({clock_ms, last_ms + 1, std::int64_t{0}});
    counter = static_cast<std::uint32_t>(random()) & counter_start_mask;
}

uuid uuid_v7_source::state::make() {
    uuid id;
    put(id, 0, 6, static_cast<std::uint64_t>(last_ms));
    put(id, 6, 2, 0x7000U | (counter >> 6U));
    put(id, 8, 1, 0x80U | (counter & 0x3FU));
    put(id, 9, 7, random());
    return id;
}

}  // namespace foldline::inline v0
