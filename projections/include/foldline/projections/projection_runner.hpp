#pragma once

#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/eventstore/subscription_runner.hpp>
#include <foldline/projections/projector.hpp>

#include <chrono>
#include <memory>

namespace foldline::inline v0 {

/// Keeps a read model up to date on a thread of its own: catches up, then follows.
///
/// Threads: shared; the projector and its projection belong to the runner's thread until it is destroyed.
class projection_runner {
public:
    projection_runner(projector& projector, commit_signal& commits, runner_options options = {});
    ~projection_runner();
    projection_runner(const projection_runner&) = delete;
    projection_runner& operator=(const projection_runner&) = delete;

    /// Waits until the rows stand at `position` or further; false if that took longer than `patience`. Throws what
    /// stopped the runner, if something did.
    bool wait_until(global_position position, std::chrono::milliseconds patience);

    /// False once something stopped it.
    [[nodiscard]] bool running() const { return runner_.running(); }

private:
    struct progress;
    bool step();

    projector& projector_;
    std::unique_ptr<progress> progress_;
    subscription_runner runner_;  // last, since its thread uses the members above
};

}  // namespace foldline::inline v0
