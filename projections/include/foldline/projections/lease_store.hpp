#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/core/uuid.hpp>
#include <foldline/projections/partition.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// Tells one worker from every other, in every process. The nil id is nobody in particular: who works under it keeps no
/// lease, and gives way to everyone.
///
/// value.
struct worker_id {
    uuid value;
    [[nodiscard]] bool is_nobody() const { return value == uuid{}; }
    friend bool operator==(const worker_id&, const worker_id&) = default;
};

/// A partition of a projection as its file has it.
///
/// value.
struct partition_state {
    partition part;
    global_position position;  ///< how far it has come
    timestamp reached;         ///< when the last event that it passed was recorded
    timestamp moved;           ///< when it last got further, for people
    std::uint64_t epoch = 0;   ///< raised whenever it changes hands or is put elsewhere
    std::uint64_t beat = 0;    ///< raised by every sign of life of its owner
    std::optional<worker_id> owner;
    bool owner_ended = false;  ///< the owner's process ran on this machine and certainly ended
};

/// The right to move one partition on from where it stands. It is good until somebody else claims the partition, and
/// each transaction looks whether it still is.
///
/// value.
struct partition_claim {
    std::string projection;
    partition part;
    worker_id owner;
    std::uint64_t epoch = 0;
    std::uint64_t revision = 0;  ///< of the projection
    global_position position;    ///< where it stands
};

/// The partition of a claim has another owner now, or was put elsewhere; nothing was changed. Look again.
class claim_lost : public error {
public:
    using error::error;
};

/// A worker of a group, and what it would work on.
struct worker_state {
    worker_id worker;
    std::uint64_t beat = 0;
    bool ended = false;  ///< its process ran on this machine and certainly ended
};

/// Who works on which partition.
///
/// A lease ends in one of three ways: its owner gives it up, its owner's process is certainly gone, or nobody has seen
/// its beat change for as long as a lease lasts, on the watcher's own monotonic clock. No clock is compared with another
/// machine's or with one from before a restart, and none is stored but for people. If an owner was taken for dead and
/// was not, its next transaction fails: the epoch is another.
///
/// Threads: shared.
/// Fails:   storage_error.
class lease_store {
public:
    virtual ~lease_store() = default;

    /// Makes `worker` the owner, under a new epoch, if the partition has no owner, or is `worker`'s already, or nobody's
    /// in particular, or its owner certainly ended; or if it still stands at `watched` (epoch and beat), which the caller
    /// has seen unchanged for as long as a lease lasts. Nobody in particular waits out no lease: it gets only what has no
    /// owner, or one that certainly ended. Empty if not, or if the projection is paused or not there.
    [[nodiscard]] virtual std::optional<partition_claim> claim(std::string_view projection, partition part,
                                                               worker_id worker,
                                                               std::optional<partition_state> watched = {}) = 0;
    /// Shows that the owners of these claims live; gives those that are still good. Also whoever moves a partition on
    /// shows it.
    [[nodiscard]] virtual std::vector<partition_claim> beat(std::span<const partition_claim> claims) = 0;
    /// Gives claims up; those that are lost already are left alone.
    virtual void release(std::span<const partition_claim> claims) = 0;

    /// Shows that `worker` lives and would work on `projection`.
    virtual void enter(std::string_view projection, worker_id worker) = 0;
    virtual void leave(std::string_view projection, worker_id worker) = 0;
    [[nodiscard]] virtual std::vector<worker_state> members(std::string_view projection) const = 0;
    /// Removes a member that is taken for dead, if its beat is still `member.beat`.
    virtual void expel(std::string_view projection, const worker_state& member) = 0;

    /// Makes two partitions of one, both where it stood; or one of two, which must stand at the same position. All claims
    /// on the projection are lost. Throws `invalid_request` if `part` is none of the projection's, or where the two do
    /// not stand at one place or are no halves of one.
    virtual void split(std::string_view projection, partition part) = 0;
    virtual void merge(std::string_view projection, partition one, partition other) = 0;
};

}  // namespace foldline::inline v0
