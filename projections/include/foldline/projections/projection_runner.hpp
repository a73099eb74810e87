#pragma once

#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/eventstore/subscription_runner.hpp>
#include <foldline/projections/group_worker.hpp>
#include <foldline/projections/projector.hpp>

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

struct projection_runner_options {
    /// How long it sleeps at most, and who is told what ended it.
    runner_options running{};
    /// Shares the work with other processes: the partitions to work on are this worker's. Its heart beats on a thread of
    /// its own, so that a handler that takes long does not cost the lease. Outlives the runner. Null: the projector
    /// claims what it finds free.
    group_worker* group = nullptr;
    /// When every projection has stopped: end (and let `wait_until` throw), or look again every second whether somebody
    /// has mended what was wrong.
    bool keep_looking = false;
};

/// Keeps read models up to date on a thread of its own: catches up, then follows.
///
/// Threads: shared; the projector and its projections belong to the runner's thread until it is destroyed.
class projection_runner {
public:
    projection_runner(projector& projector, commit_signal& commits, projection_runner_options options = {});
    ~projection_runner();
    projection_runner(const projection_runner&) = delete;
    projection_runner& operator=(const projection_runner&) = delete;

    /// Waits until all the rows stand at `position` or further, so that whoever has just appended reads what it wrote;
    /// false if that took longer than `patience`. Throws what stopped the runner, if something did.
    bool wait_until(global_position position, std::chrono::milliseconds patience);

    /// False once something stopped it.
    [[nodiscard]] bool running() const { return runner_->running(); }
    /// Also while a handler is at work, or hangs.
    [[nodiscard]] std::vector<projection_status> status() const { return projector_.status(); }
    /// Says that a projection began to do something else (see `activity`): a hint to look at `status`. Slots run on
    /// the runner's thread.
    [[nodiscard]] commit_signal& changes();

    /// Ends the work after the batch at hand, and gives up the leases. Called by the destructor.
    void stop();

private:
    struct progress;
    class heartbeat;
    bool step();
    void take_partitions();

    projector& projector_;
    projection_runner_options options_;
    std::unique_ptr<progress> progress_;
    std::unique_ptr<heartbeat> heartbeat_;
    std::unique_ptr<subscription_runner> runner_;  // last, since its thread uses the members above
};

/// For rows that another process keeps: waits until they stand at `position` or further; false if that took longer than
/// `patience`.
[[nodiscard]] bool wait_for_rows(const read_model_store& models, std::string_view projection, global_position position,
                                 std::chrono::milliseconds patience);

}  // namespace foldline::inline v0
