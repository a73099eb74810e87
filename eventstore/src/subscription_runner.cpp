#include <foldline/eventstore/subscription_runner.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace foldline::inline v0 {

/// What the thread, the callers and the signal's slot share. The slot owns a part of it, because a slot may still run
/// when its connection is gone.
struct subscription_runner::shared_state {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::uint64_t calls = 0;      // how often somebody asked to look
    std::uint64_t caught_up = 0;  // all that was committed before this call was dealt with
    std::uint64_t steps = 0;      // how many steps have ended
    std::thread::id worker;
    bool finished = false;
    std::exception_ptr failure;

    template <class Change>
    void change(Change make) {
        {
            std::scoped_lock lock{mutex};
            make();
        }
        changed.notify_all();
    }

    std::uint64_t call() {
        std::uint64_t number = 0;
        change([&] { number = ++calls; });
        return number;
    }

    std::uint64_t calls_so_far() {
        std::scoped_lock lock{mutex};
        return calls;
    }

    /// With `mutex` held.
    void rethrow_if_failed() const {
        if (failure) std::rethrow_exception(failure);
    }
};

subscription_runner::subscription_runner(commit_signal& commits, step work, runner_options options)
    : work_(std::move(work)),
      options_(std::move(options)),
      state_(std::make_shared<shared_state>()),
      connection_(commits.connect([state = state_](global_position) { state->call(); })),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

subscription_runner::subscription_runner(step work, runner_options options)
    : work_(std::move(work)),
      options_(std::move(options)),
      state_(std::make_shared<shared_state>()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

subscription_runner::~subscription_runner() = default;

void subscription_runner::run(const std::stop_token& stop) {
    state_->change([&] { state_->worker = std::this_thread::get_id(); });
    std::exception_ptr failure;
    try {
        work_until_stopped(stop);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure && options_.on_failure) {
        try {
            options_.on_failure(failure);
        } catch (...) {
            // What ended the runner is kept below, and matters more.
        }
    }
    state_->change([&] {
        state_->failure = failure;
        state_->finished = true;
    });
}

void subscription_runner::work_until_stopped(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        // Read before the step: a call that comes while the step runs makes the number differ, and nobody sleeps.
        const std::uint64_t seen = state_->calls_so_far();
        const bool more = work_();
        state_->change([&] {
            ++state_->steps;
            if (!more) state_->caught_up = seen;
        });
        if (more) continue;
        const auto due = options_.next_due ? options_.next_due() : std::nullopt;
        const std::chrono::nanoseconds longest = options_.fallback_interval;
        std::unique_lock lock{state_->mutex};
        state_->changed.wait_for(lock, stop, due ? std::min(*due, longest) : longest,
                                 [&] { return state_->calls != seen; });
    }
}

void subscription_runner::stop() {
    thread_.request_stop();
    std::unique_lock lock{state_->mutex};
    if (state_->worker == std::this_thread::get_id()) return;
    state_->changed.wait(lock, [&] { return state_->finished; });
}

void subscription_runner::wake() { state_->call(); }

bool subscription_runner::wait_until_caught_up() {
    const std::uint64_t call = state_->call();
    std::unique_lock lock{state_->mutex};
    state_->changed.wait(lock, [&] { return state_->caught_up >= call || state_->finished; });
    if (state_->caught_up >= call) return true;
    state_->rethrow_if_failed();
    return false;
}

bool subscription_runner::wait_until(const std::function<bool()>& reached) {
    std::unique_lock lock{state_->mutex};
    while (true) {
        const std::uint64_t steps = state_->steps;
        const bool finished = state_->finished;
        lock.unlock();
        if (reached()) return true;
        lock.lock();
        if (finished) break;
        state_->changed.wait(lock, [&] { return state_->steps != steps || state_->finished; });
    }
    state_->rethrow_if_failed();
    return false;
}

bool subscription_runner::running() const {
    std::scoped_lock lock{state_->mutex};
    return !state_->finished;
}

void subscription_runner::rethrow_if_failed() const {
    std::scoped_lock lock{state_->mutex};
    state_->rethrow_if_failed();
}

}  // namespace foldline::inline v0
