#include <foldline/cli/interrupt.hpp>

#include <atomic>
#include <csignal>

namespace foldline::inline v0::cli {
namespace {

// Set by a signal's handler and read by any thread.
std::atomic<int> signal_seen = 0;
static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int signal) { signal_seen = signal; };
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() { return signal_seen != 0; }
bool is_terminated() { return signal_seen == SIGTERM; }

}  // namespace foldline::inline v0::cli
