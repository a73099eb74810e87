#include <foldline/cli/interrupt.hpp>

#include <atomic>
#include <csignal>

namespace foldline::inline v0::cli {
namespace {

// Set by a signal's handler and read by any thread.
std::atomic<bool> was_interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { was_interrupted = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() { return was_interrupted; }

}  // namespace foldline::inline v0::cli
