#pragma once

#include <foldline/eventstore/commit_signal.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

namespace foldline::inline v0 {

struct runner_options {
    /// How long it sleeps at most: commits by other processes give no signal.
    std::chrono::milliseconds fallback_interval{100};
    /// Gets what ended the runner, on the runner's thread.
    std::function<void(std::exception_ptr)> on_failure{};
    /// Asked before it sleeps, on its thread: when there will be something to do although nothing is committed.
    std::function<std::optional<std::chrono::nanoseconds>()> next_due{};
};

/// Follows a store on a thread of its own: runs a step until the step has nothing more to do, then sleeps until
/// something is committed. A commit during a step wakes it too.
///
/// A step that throws ends the runner; what it threw is kept.
///
/// Threads: shared. The step runs on one thread only, and what it uses outlives the runner. The signal may go first.
class subscription_runner {
public:
    /// Does a part of the work: a `poll()` or a `run_batch()`. True while there may be more to do at once.
    using step = std::function<bool()>;

    subscription_runner(commit_signal& commits, step work, runner_options options = {});
    /// Without a signal: for a store that only other processes write.
    explicit subscription_runner(step work, runner_options options = {});
    /// Stops it.
    ~subscription_runner();
    subscription_runner(const subscription_runner&) = delete;
    subscription_runner& operator=(const subscription_runner&) = delete;

    /// Lets a step that has begun end, and begins no other. When it returns, no step runs any more, unless a step is
    /// what called it.
    void stop();

    /// Looks at once, as after a commit.
    void wake();

    /// Waits until the steps have dealt with everything that was committed before the call. False if the runner was
    /// stopped first; throws what ended it if it failed first.
    bool wait_until_caught_up();
    /// Waits until `reached()` is true; it is asked on the calling thread, at once and after each step. False and
    /// throws as above. Neither may be called by a step.
    bool wait_until(const std::function<bool()>& reached);

    [[nodiscard]] bool running() const;
    /// Throws what ended the runner, if something did.
    void rethrow_if_failed() const;

private:
    struct shared_state;

    void run(const std::stop_token& stop);
    void work_until_stopped(const std::stop_token& stop);

    step work_;
    runner_options options_;
    std::shared_ptr<shared_state> state_;
    commit_connection connection_;
    std::jthread thread_;  // last, since it uses the members above
};

}  // namespace foldline::inline v0
