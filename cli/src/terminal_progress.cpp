#include <foldline/cli/terminal_progress.hpp>

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/terminal.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto between_updates = 100ms;
constexpr std::string_view clear_line = "\r\x1b[K";

std::string time_left(double seconds) {
    const auto whole = static_cast<std::int64_t>(seconds) + 1;
    return whole < 60 ? fmt::format("{} s", whole) : fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace

terminal_progress::terminal_progress(std::string doing, std::string unit)
    : doing_(std::move(doing)), unit_(std::move(unit)), is_wanted_(is_terminal(stderr)) {}

terminal_progress::~terminal_progress() {
    if (is_shown_) fmt::print(stderr, "{}", clear_line);
}

void terminal_progress::show(std::uint64_t done, std::uint64_t all) {
    const auto now = steady::now();
    if (!begun_) {
        shown_ = *(begun_ = now);
        // The first call may come when the first part is done: what is missing there is little.
        done_before_ = done;
    }
    if (!is_wanted_ || now - shown_ < between_updates || done == done_before_) return;
    fmt::print(stderr, "{}{}", clear_line, progress_line(doing_, unit_, done, all, now - *begun_, done_before_));
    std::fflush(stderr);
    shown_ = now;
    is_shown_ = true;
}

std::string progress_line(const std::string& doing, const std::string& unit, std::uint64_t done, std::uint64_t all,
                          std::chrono::duration<double> taken, std::uint64_t done_before) {
    // Others may add to the work while it is done, so the end is where it was last said to be, or beyond.
    all = std::max(done, all);
    const double per_second = static_cast<double>(done - std::min(done, done_before)) / taken.count();
    const std::string left = time_left(all == done ? 0 : static_cast<double>(all - done) / per_second);
    if (unit.empty()) return fmt::format("{}: {} %, {} left", doing, all == 0 ? 100 : done * 100 / all, left);
    return fmt::format("{}: {} of {} {}, {} a second, {} left", doing, grouped(static_cast<std::int64_t>(done)),
                       grouped(static_cast<std::int64_t>(all)), unit, grouped(static_cast<std::int64_t>(per_second)),
                       left);
}

}  // namespace foldline::inline v0::cli
