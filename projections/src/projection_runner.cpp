#include <foldline/projections/projection_runner.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

namespace foldline::inline v0 {

/// What those wait for who want the rows to have come somewhere. The runner below has no wait with an end to it.
struct projection_runner::progress {
    std::mutex mutex;
    std::condition_variable changed;
    std::exception_ptr failure;

    void note(std::exception_ptr what = {}) {
        {
            std::scoped_lock lock{mutex};
            if (what) failure = std::move(what);
        }
        changed.notify_all();
    }
};

projection_runner::projection_runner(projector& projector, commit_signal& commits, runner_options options)
    : projector_(projector),
      progress_(std::make_unique<progress>()),
      runner_(
          commits, [this] { return step(); }, std::move(options)) {}

projection_runner::~projection_runner() = default;

bool projection_runner::step() {
    try {
        const bool more = projector_.run_batch();
        progress_->note();
        return more;
    } catch (...) {
        progress_->note(std::current_exception());
        throw;
    }
}

bool projection_runner::wait_until(global_position position, std::chrono::milliseconds patience) {
    // Asked to look at once: a commit of another process has given no signal.
    runner_.wake();
    std::unique_lock lock{progress_->mutex};
    progress_->changed.wait_for(lock, patience,
                                [&] { return progress_->failure || projector_.position() >= position; });
    if (projector_.position() >= position) return true;
    if (progress_->failure) std::rethrow_exception(progress_->failure);
    return false;
}

}  // namespace foldline::inline v0
