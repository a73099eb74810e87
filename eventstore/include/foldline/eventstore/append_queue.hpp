#pragma once

#include <foldline/core/append_request.hpp>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/group_appender.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>

namespace foldline::inline v0 {

/// The queue holds as much as it may: nothing was stored, and the same append may be taken later.
class queue_full : public error {
public:
    using error::error;
};

/// The queue was closed before it took the append: nothing was stored.
class queue_closed : public error {
public:
    using error::error;
};

/// An append was still waiting when its deadline passed: nothing was stored.
class deadline_exceeded : public error {
public:
    using error::error;
};

/// How an append ended: with `result`, or else with `failure`.
///
/// value.
struct append_outcome {
    std::optional<append_result> result{};
    std::exception_ptr failure{};  ///< what `event_store::append` would have thrown, or a `deadline_exceeded`

    /// The result. Throws the failure.
    [[nodiscard]] const append_result& get() const;

    /// Whether it is certain that no event of the request is stored by this append. False for an `appended`, and for a
    /// `storage_error` whose outcome is unknown: look the event ids up, or send the same ids again.
    [[nodiscard]] bool nothing_stored() const;
};

/// What becomes of a caller who finds the queue full.
enum class when_full {
    wait,    ///< until there is room, first come, first served
    refuse,  ///< throws `queue_full`
};

struct append_queue_options {
    /// Appends that the queue holds at once. One counts from when it is taken until it has ended and its completion, if
    /// it has one, has returned (those of a large queue are counted off several at a time). So slow completions hold up
    /// callers, and never commits.
    std::size_t capacity = 4'096;
    /// Memory of those, about. A larger append is taken when the queue holds nothing else.
    std::size_t capacity_bytes = 64U << 20U;
    when_full full = when_full::wait;

    /// Appends that are committed together, and their memory; a larger append goes alone.
    std::size_t group_appends = 1'000;
    std::size_t group_bytes = 4U << 20U;

    /// The limits of the store, so that it is the caller who hears of a request beyond them.
    append_limits limits{};

    /// Gets what a completion throws, on the thread that called the completion. Without one it is dropped.
    std::function<void(std::exception_ptr)> on_error{};
};

/// What a queue holds at one moment.
struct append_queue_load {
    std::size_t appends = 0;
    std::size_t bytes = 0;
    std::size_t callers = 0;  ///< waiting until there is room
};

/// Appends without waiting for the commit. What waits is committed together, in the order in which it was taken, and
/// each append ends on its own: with its result, or with its error.
///
/// An append that the queue has taken ends exactly once, whatever happens. One that `append` throws for was not taken:
/// nothing of it is stored, and its completion is never called.
///
/// The queue owns no thread. An `append_queue_runner` drives it, or a loop or a test that calls `run_batch` and
/// `run_completions`. A future becomes ready as soon as its append has ended; those of one group do in any order. A
/// completion is called by `run_completions` only, never by a thread that appends or commits.
///
/// Threads: shared. The store outlives it, and so do the names of the event types that wait in it.
class append_queue {
public:
    using deadline = std::chrono::steady_clock::time_point;
    using completion = std::function<void(const append_outcome&)>;
    static constexpr deadline no_deadline = deadline::max();

    explicit append_queue(group_appender& store, append_queue_options options = {});
    /// Closes it.
    ~append_queue();
    append_queue(const append_queue&) = delete;
    append_queue& operator=(const append_queue&) = delete;

    /// Takes an append. If it still waits when `until` passes it ends with `deadline_exceeded`; once its commit has
    /// begun it has its true outcome, however late.
    ///
    /// Throws `invalid_request` and `limit_exceeded` as `event_store::append` does, `queue_closed`, and when the queue
    /// is full: `queue_full` if it is to refuse, `deadline_exceeded` if `until` passes while the caller waits for room.
    [[nodiscard]] std::future<append_result> append(append_request request, deadline until = no_deadline);

    /// The same with a callback. Completions are called one at a time, in the order in which the appends ended.
    ///
    /// A completion may append again. It is never made to wait: in a full queue its first append takes the place of the
    /// one that has completed, and any further one throws `queue_full`. The same is true, but for the place, of whatever
    /// a commit calls. A completion that needs another thread posts itself there.
    void append(append_request request, completion done, deadline until = no_deadline);

    /// Commits one group of what waits. True while more waits. One thread commits at a time: a call beside another one
    /// does nothing and returns false.
    bool run_batch();

    /// Calls the completions of what has ended, on this thread. True while more waits. One thread calls them at a time,
    /// as above. It also ends what waited beyond its deadline, so that this need not wait for a commit that takes long.
    bool run_completions();

    /// Takes no more appends, and returns when all that were taken have ended and their completions have returned.
    /// What no runner does for the queue is done here, on this thread. Callers who wait for room get `queue_closed`.
    /// Called by a completion, or by what a commit calls, it does not wait for the end.
    void close();

    [[nodiscard]] append_queue_load load() const;

private:
    friend class append_queue_runner;
    struct state;
    std::unique_ptr<state> state_;
};

/// Who calls the completions of a queue that has a runner.
enum class completions_run {
    on_own_thread,
    by_hand,  ///< the program calls `run_completions`, from an event loop for example
};

/// Drives a queue: commits on a thread of its own as soon as something waits, and calls completions on another one.
///
/// Threads: shared. A queue has one runner, and outlives it.
class append_queue_runner {
public:
    explicit append_queue_runner(append_queue& queue, completions_run completions = completions_run::on_own_thread);
    /// Closes the queue, and so finishes what was taken. Not to be destroyed by a completion.
    ~append_queue_runner();
    append_queue_runner(const append_queue_runner&) = delete;
    append_queue_runner& operator=(const append_queue_runner&) = delete;

private:
    append_queue& queue_;
    std::jthread committing_;
    std::jthread completing_;
};

}  // namespace foldline::inline v0
