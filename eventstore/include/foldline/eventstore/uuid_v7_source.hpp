#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/guarded.hpp>
#include <foldline/core/id_source.hpp>

#include <cstdint>
#include <random>

namespace foldline::inline v0 {

/// Gives out UUIDs of version 7 (RFC 9562). Each is greater than the one before, also within a millisecond and when
/// the clock goes back. They are unique, not secret: who has seen many can guess the next.
///
/// Threads: shared. The clock outlives it.
class uuid_v7_source final : public id_source {
public:
    /// Random bits that no other process has.
    explicit uuid_v7_source(const clock& time);
    /// The same seed and the same times give the same UUIDs.
    uuid_v7_source(const clock& time, std::uint64_t seed);

    [[nodiscard]] uuid next() override;

private:
    struct state {
        explicit state(std::mt19937_64 seeded) : random(seeded) {}

        void advance_to(std::int64_t clock_ms);
        [[nodiscard]] uuid make();

        std::mt19937_64 random;
        std::int64_t last_ms = -1;
        std::uint32_t counter = 0;
    };

    const clock& time_;
    guarded<state> state_;
};

}  // namespace foldline::inline v0
