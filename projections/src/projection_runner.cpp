#include <foldline/projections/projection_runner.hpp>

#include <foldline/core/error.hpp>
#include <foldline/core/guarded.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace foldline::inline v0 {
namespace {

using namespace std::chrono_literals;

constexpr auto rest_of_the_stopped = 1s;
constexpr auto first_look = 1ms;
constexpr auto longest_look = 20ms;

}  // namespace

/// What those wait for who want the rows to have come somewhere. The runner below has no wait with an end to it.
struct projection_runner::progress {
    std::mutex mutex;
    std::condition_variable changed;
    std::exception_ptr failure;
    guarded<std::exception_ptr> heart_stopped;
    std::atomic<bool> over{false};  // the runner has ended
    commit_signal changes;

    // The runner's thread alone uses what follows.
    std::vector<activity> doing;
    std::uint64_t assignment = 0;
    std::vector<partition_claim> taken;
    std::uint32_t failures = 0;
    std::optional<std::chrono::nanoseconds> rest;  // before it looks again, after something failed as a whole

    void note(std::exception_ptr what = {}) {
        {
            std::scoped_lock lock{mutex};
            if (what) failure = std::move(what);
        }
        changed.notify_all();
    }
};

/// Calls the group's `step` in time, whatever the runner's thread is busy with.
class projection_runner::heartbeat {
public:
    /// `moved` is called when the claims are others, `failed` when nothing can be expected of the group any more. It
    /// stops where `over` is true: whoever works no more must not seem to live.
    heartbeat(group_worker& group, const std::atomic<bool>& over, std::function<void()> moved,
              std::function<void(std::exception_ptr)> failed)
        : group_(group),
          over_(over),
          moved_(std::move(moved)),
          failed_(std::move(failed)),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

private:
    void run(const std::stop_token& stop) {
        try {
            beat(stop);
        } catch (...) {
            failed_(std::current_exception());
        }
        group_.leave();
    }

    void beat(const std::stop_token& stop) {
        std::mutex alone;
        std::condition_variable_any pause;
        while (!stop.stop_requested() && !over_) {
            const std::uint64_t before = group_.changes();
            group_.step();
            if (group_.changes() != before) moved_();
            std::unique_lock lock{alone};
            pause.wait_for(lock, stop, group_.options().beat, [] { return false; });
        }
    }

    group_worker& group_;
    const std::atomic<bool>& over_;
    std::function<void()> moved_;
    std::function<void(std::exception_ptr)> failed_;
    std::jthread thread_;
};

projection_runner::projection_runner(projector& projector, commit_signal& commits, projection_runner_options options)
    : projector_(projector), options_(std::move(options)), progress_(std::make_unique<progress>()) {
    if (options_.group) projector_.work_on({});
    options_.running.next_due = [this] { return progress_->rest ? progress_->rest : projector_.next_retry(); };
    runner_ = std::make_unique<subscription_runner>(
        commits, [this] { return step(); }, options_.running);
    if (options_.group)
        heartbeat_ = std::make_unique<heartbeat>(
            *options_.group, progress_->over, [this] { runner_->wake(); },
            [this](std::exception_ptr thrown) {
                progress_->heart_stopped.with([&](auto& kept) { kept = std::move(thrown); });
                runner_->wake();
            });
}

projection_runner::~projection_runner() { stop(); }

void projection_runner::stop() {
    runner_->stop();
    // Only when no batch runs any more are the leases given up.
    heartbeat_.reset();
}

commit_signal& projection_runner::changes() { return progress_->changes; }

bool projection_runner::step() {
    progress_->rest.reset();
    bool more = false;
    try {
        take_partitions();
        more = projector_.run_batch();
        progress_->failures = 0;
    } catch (...) {
        const auto thrown = std::current_exception();
        const bool of_storage = class_of(thrown) == failure_class::storage;
        if (!of_storage && !options_.keep_looking) {
            progress_->over = true;
            progress_->note(thrown);
            progress_->changes.emit(projector_.position());
            throw;
        }
        progress_->rest = of_storage ? backoff{}.delay_after(++progress_->failures, progress_->assignment)
                                     : std::chrono::nanoseconds{rest_of_the_stopped};
    }
    progress_->note();
    std::vector<activity> doing;
    for (const projection_status& each : projector_.status()) doing.push_back(each.doing);
    if (doing != std::exchange(progress_->doing, doing)) progress_->changes.emit(projector_.position());
    return more;
}

void projection_runner::take_partitions() {
    if (!options_.group) return;
    if (const auto thrown = progress_->heart_stopped.with([](const auto& kept) { return kept; }))
        std::rethrow_exception(thrown);
    const std::uint64_t assignment = options_.group->changes();
    if (assignment == progress_->assignment) return;
    std::vector<partition_claim> claims = options_.group->claims();
    projector_.work_on(claims);
    const auto same = [](const partition_claim& one, const partition_claim& other) {
        return one.projection == other.projection && one.part == other.part && one.epoch == other.epoch;
    };
    for (const partition_claim& old : progress_->taken)
        if (std::none_of(claims.begin(), claims.end(), [&](const auto& now) { return same(old, now); }))
            options_.group->given_up(old);
    progress_->taken = std::move(claims);
    progress_->assignment = assignment;
}

bool projection_runner::wait_until(global_position position, std::chrono::milliseconds patience) {
    // Asked to look at once: a commit of another process has given no signal.
    runner_->wake();
    std::unique_lock lock{progress_->mutex};
    progress_->changed.wait_for(lock, patience,
                                [&] { return progress_->failure || projector_.position() >= position; });
    if (projector_.position() >= position) return true;
    if (progress_->failure) std::rethrow_exception(progress_->failure);
    return false;
}

bool wait_for_rows(const read_model_store& models, std::string_view projection, global_position position,
                   std::chrono::milliseconds patience) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    std::chrono::milliseconds pause = first_look;
    for (;;) {
        const auto state = models.find(projection);
        if (state && state->position() >= position) return true;
        const auto now = std::chrono::steady_clock::now();
        if (now >= give_up) return false;
        std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(pause, give_up - now));
        pause = std::min<std::chrono::milliseconds>(2 * pause, longest_look);
    }
}

}  // namespace foldline::inline v0
