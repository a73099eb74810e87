#pragma once

#include <foldline/projections/lease_store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// The claims of one worker: which it may work on, which it shall let go of, which it has let go of.
///
/// confined; two threads take turns by a lock around it.
class held_claims {
public:
    explicit held_claims(std::chrono::nanoseconds lease) : lease_(lease) {}

    /// What may be worked on at `now`; whoever asks may work on it from then on.
    [[nodiscard]] std::vector<partition_claim> hand_out(std::chrono::nanoseconds now);
    /// Raised whenever that is another set.
    [[nodiscard]] std::uint64_t changes(std::chrono::nanoseconds now);
    /// The worker works on it no longer.
    void give_up(const partition_claim& claim, std::chrono::nanoseconds now);

    /// For which a sign of life is due: also what the worker has yet to let go of.
    [[nodiscard]] std::vector<partition_claim> to_beat() const;
    /// Of those these are still good, and were beaten at `when`. The others are lost.
    void keep(std::span<const partition_claim> good, std::chrono::nanoseconds when);

    void add(partition_claim claim, std::chrono::nanoseconds now);
    [[nodiscard]] std::size_t count(std::string_view projection) const;
    [[nodiscard]] bool has(std::string_view projection, partition part) const;
    /// The worker shall let go of so many of the projection; the same ones as before, as far as they go.
    void let_go_of(std::string_view projection, std::size_t surplus, std::chrono::nanoseconds now);

    /// What nobody works on any more.
    [[nodiscard]] std::vector<partition_claim> to_release() const;
    void remove(std::span<const partition_claim> released);
    void clear(std::chrono::nanoseconds now);

private:
    struct held {
        partition_claim claim;
        bool handed_out = false;
        bool surplus = false;
        bool given_up = false;
    };

    /// Where the time or a change has made it another set, counts that.
    void settle(std::chrono::nanoseconds now);
    [[nodiscard]] std::vector<partition_claim> workable() const;

    std::chrono::nanoseconds lease_;
    std::vector<held> held_;
    std::chrono::nanoseconds beaten_{};

    std::vector<partition_claim> shown_;  // as of the last `settle`
    std::uint64_t changes_ = 0;
    bool fenced_ = false;
    bool touched_ = false;
};

}  // namespace foldline::inline v0
