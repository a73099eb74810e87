#pragma once

#include <foldline/core/as_of.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/core/function_ref.hpp>
#include <foldline/core/guarded.hpp>
#include <foldline/snapshots/snapshot_policy.hpp>
#include <foldline/snapshots/snapshot_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// What became of snapshots since a repository was made. Nothing happens to one without being counted here.
///
/// value.
struct snapshot_counters {
    std::uint64_t taken = 0;
    std::uint64_t used = 0;              ///< loads that began at one
    std::uint64_t dropped_damaged = 0;   ///< the checksum was wrong, or the state did not decode
    std::uint64_t dropped_outdated = 0;  ///< of another schema, chain, `state_version` or history
    std::uint64_t failed_to_save = 0;
    std::uint64_t failed_to_read = 0;  ///< looking one up or dropping it failed; replay took its place
    std::string last_error;            ///< of the latest failure or damage; empty if there was none
};

namespace detail {

/// The part of a snapshotting repository that does not depend on the aggregate's types, compiled once.
///
/// Threads: shared.
class snapshot_keeper {
public:
    /// `state_fingerprint` stands for the meaning of the state's bytes.
    snapshot_keeper(const event_store& store, snapshot_store& snapshots, snapshot_policy policy,
                    std::uint64_t state_fingerprint, std::int64_t state_version);

    /// Hands the bytes of the latest good snapshot that serves `when` to `restore`, which says whether they decoded,
    /// and returns how far its stream was folded into it. What is not good is dropped and the next older one tried.
    std::optional<fold_progress> recall(const stream_id& stream, const as_of& when,
                                        function_ref<bool(std::string_view)> restore);

    /// Takes a snapshot if the policy says so. A failure is counted and stays inside.
    void offer(const stream_id& stream, const fold_progress& progress, stream_version recalled,
               function_ref<std::string()> save);
    /// Takes a snapshot. A failure is counted and thrown.
    void take(const stream_id& stream, const fold_progress& progress, function_ref<std::string()> save);

    [[nodiscard]] snapshot_counters counters() const;

private:
    using counter = std::uint64_t snapshot_counters::*;

    std::optional<found_snapshot> look_up(const snapshot_query& query);
    [[nodiscard]] bool is_of_this_history(const snapshot& taken) const;
    void drop(const snapshot& taken, counter reason, std::string_view why);
    void count(counter which);
    void count(counter which, std::string why);

    const event_store& store_;
    snapshot_store& snapshots_;
    snapshot_policy policy_;
    std::uint64_t fingerprint_;
    guarded<snapshot_counters> counters_;
};

}  // namespace detail
}  // namespace foldline::inline v0
