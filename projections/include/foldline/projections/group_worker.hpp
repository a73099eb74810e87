#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/projections/lease_store.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace foldline::inline v0 {

/// The same for all workers of a group.
///
/// value.
struct lease_options {
    /// Whoever shows no sign of life for so long has lost its partitions to the others.
    std::chrono::milliseconds lease{10'000};
    /// How often `group_worker::step` is called; a few times in a lease, since a call can fail.
    std::chrono::milliseconds beat{3'000};
};

/// One worker of a group: shares the work on the partitions of some projections with others that work over the same
/// file, in this process and in others. Of P partitions each of M living workers gets P/M, rounded up or down, for each
/// projection and for all together; who is alone gets all. Nothing moves without a need: only when somebody comes, goes
/// or dies, or when partitions are split or merged.
///
/// It decides what the worker may work on, and works on nothing itself. `step` never waits for the worker: a lease is
/// kept through a batch that takes longer than it. A partition that another shall have leaves `claims` first; it is
/// released once the worker has said so by `given_up`, at the end of its batch.
///
/// No clock but its own decides: another is taken for dead if the file has shown the same beat of it for a lease, or if
/// its process certainly ended. Likewise, after a lease without a successful beat of its own it hands out no claims
/// until one succeeds.
///
/// Threads: `join`, `step` and `leave` belong to one thread, the rest is shared. What it is given outlives it.
class group_worker {
public:
    /// Throws `definition_error` for a worker that is nobody, and where a lease does not outlast two beats.
    group_worker(read_model_store& models, worker_id self, const monotonic_clock& ticks, lease_options options = {});
    ~group_worker();
    group_worker(const group_worker&) = delete;
    group_worker& operator=(const group_worker&) = delete;

    /// Works on this projection too, as soon as it has rows and is not paused. From the next step on.
    void join(std::string projection);

    /// Shows the others that this worker lives, looks for their signs of life, claims what is free and due, and marks
    /// what is to be given up. It throws nothing: a failure is kept and counted, and the next step tries again.
    void step();

    /// Releases everything and leaves the group: for when the worker has stopped. Throws nothing either; where it fails,
    /// the leases run out. A later step takes part again.
    void leave();

    /// What the worker may work on now; taken between two batches whenever `changes` has changed. The position of each
    /// is where it stood when it was claimed.
    [[nodiscard]] std::vector<partition_claim> claims() const;
    /// Raised whenever `claims` is another set.
    [[nodiscard]] std::uint64_t changes() const;
    /// The worker took this claim, and works on it no longer: it is no more in `claims`, or was lost.
    void given_up(const partition_claim& claim);

    [[nodiscard]] const lease_options& options() const;

    /// Steps that failed, ever.
    [[nodiscard]] std::uint64_t failures() const;
    /// What made the last step fail; null if it succeeded.
    [[nodiscard]] std::exception_ptr last_failure() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0
