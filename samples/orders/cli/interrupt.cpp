#include "cli/interrupt.hpp"

#include <csignal>

namespace shop {
namespace {

volatile std::sig_atomic_t was_interrupted = 0;

}  // namespace

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { was_interrupted = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() { return was_interrupted != 0; }

}  // namespace shop
