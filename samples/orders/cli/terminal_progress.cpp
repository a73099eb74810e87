#include "cli/terminal_progress.hpp"

#include "text/numbers.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace shop {
namespace {

using namespace std::chrono_literals;

constexpr auto between_updates = 100ms;
constexpr std::string_view clear_line = "\r\x1b[K";

bool is_terminal() {
    const char* kind = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && kind && std::string_view(kind) != "dumb";
}

std::string time_left(double seconds) {
    const auto whole = static_cast<std::int64_t>(seconds) + 1;
    return whole < 60 ? fmt::format("{} s", whole) : fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace

terminal_progress::terminal_progress(std::string doing, std::string unit)
    : doing_(std::move(doing)), unit_(std::move(unit)), is_wanted_(is_terminal()) {}

terminal_progress::~terminal_progress() {
    if (is_shown_) fmt::print(stderr, "{}", clear_line);
}

void terminal_progress::show(std::uint64_t done, std::uint64_t all) {
    const auto now = steady::now();
    if (!begun_) shown_ = *(begun_ = now);
    if (!is_wanted_ || now - shown_ < between_updates || done == 0) return;
    const double per_second = static_cast<double>(done) / std::chrono::duration<double>(now - *begun_).count();
    fmt::print(stderr, "{}{}: {} of {} {}, {} a second, {} left", clear_line, doing_,
               grouped(static_cast<std::int64_t>(done)), grouped(static_cast<std::int64_t>(all)), unit_,
               grouped(static_cast<std::int64_t>(per_second)), time_left(static_cast<double>(all - done) / per_second));
    std::fflush(stderr);
    shown_ = now;
    is_shown_ = true;
}

}  // namespace shop
