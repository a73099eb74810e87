#include <foldline/core/circuit_breaker.hpp>

namespace foldline::inline v0 {

bool circuit_breaker::lets_through(std::chrono::nanoseconds now) {
    if (!open_) return true;
    if (now < until_ || trying_) return false;
    trying_ = true;
    return true;
}

void circuit_breaker::succeeded() {
    failures_ = 0;
    open_ = false;
    trying_ = false;
}

void circuit_breaker::failed(std::chrono::nanoseconds now) {
    trying_ = false;
    if (!open_ && ++failures_ < limits_.failures) return;
    open_ = true;
    until_ = now + limits_.rest;
}

circuit_breaker::state circuit_breaker::current(std::chrono::nanoseconds now) const {
    if (!open_) return state::closed;
    return now < until_ ? state::open : state::half_open;
}

}  // namespace foldline::inline v0
