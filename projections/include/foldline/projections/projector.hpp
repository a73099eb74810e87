#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/projections/error_policy.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/projection_status.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

struct projector_options {
    batch_limit batch{1000};
    error_policy on_failure;  ///< of projections that are added without one of their own
    /// Who works. Nobody in particular: keeps no lease, and takes every partition that has no owner.
    worker_id worker{};
    /// Where there is much to do, events are read and decoded some batches ahead on a thread of its own: for rebuilds.
    bool read_ahead = false;
    /// Into how many a projection that never ran is divided, for that many workers at most.
    std::size_t partitions = 1;
    /// Without progress for this long, although there is more to do, one counts as stalled.
    std::chrono::milliseconds stalled_after{30'000};
    /// Null: the time of the process.
    const clock* time = nullptr;
    const monotonic_clock* ticks = nullptr;
};

/// Brings read models up to date, batch by batch. Rows, checkpoint and what was parked change in one transaction, so
/// that each event is applied exactly once whatever happens between. The first batch makes the tables of a projection
/// that never ran.
///
/// Projections that stand at the same place share one read, one decode and, in one file, one transaction. One that
/// falls behind (it is new, it failed, it was rebuilt) catches up alone, and shares again when it has come to where
/// others stand. An event that no projection wants is not decoded.
///
/// One that fails is dealt with by its policy, and disturbs no other one. What makes it stop is kept in its status;
/// `run_batch` throws it if no other projection is left to work on, once.
///
/// confined, but for `status` and `position`. What it is given outlives it.
class projector {
public:
    explicit projector(const event_store& store, projector_options options = {});
    /// For one projection.
    projector(const event_store& store, read_model_store& models, projection& projection,
              projector_options options = {});
    ~projector();
    projector(const projector&) = delete;
    projector& operator=(const projector&) = delete;

    /// Throws `definition_error` for a second projection of one name in one file.
    projector& add(projection& projection, read_model_store& models, std::optional<error_policy> on_failure = {});

    /// Works on the partitions of these claims and on no other; without a call it claims whatever is free by itself.
    /// Partitions that were worked on before and are not named are let go of after their last batch, unreleased.
    void work_on(std::vector<partition_claim> claims);

    /// Applies the next batch of those that stand at one place, each place in its turn; true while there may be more to
    /// do at once. Fails, where a projection stops: incompatible_store where its rows are of another store or history,
    /// or beyond its head; definition_error where they are of another version or definition; event_failure where an
    /// event cannot be applied and is not to be parked: everything before that event is applied, and nothing of it;
    /// limit_exceeded where too much is parked.
    bool run_batch();
    /// Applies everything that is stored by now, but for what is being waited for: retries, owners of other partitions.
    void catch_up();

    /// How long until something is to be tried again; empty if nothing is.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> next_retry() const;

    /// How far all of them have come. Threads: any.
    [[nodiscard]] global_position position() const;
    /// One for each partition that it works on, or would. Threads: any.
    [[nodiscard]] std::vector<projection_status> status() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

/// Throws `incompatible_store` or `definition_error` unless rows of this state can go on from `store`, as this
/// projection.
void require_continuable(const event_store& store, const read_model_store& models, const projection& projection,
                         const projection_state& state);
/// Whether that function would return.
[[nodiscard]] bool is_continuable(const event_store& store, const projection& projection,
                                  const projection_state& state);

}  // namespace foldline::inline v0
