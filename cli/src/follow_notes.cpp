#include "follow_notes.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/terminal.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

namespace foldline::inline v0::cli {
namespace {

constexpr std::string_view clear_line = "\r\x1b[K";

bool is_trouble(activity doing) {
    return doing == activity::retrying || doing == activity::stalled || doing == activity::stopped;
}

std::int64_t whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

/// What all of them together are like.
struct summary {
    explicit summary(const std::vector<projection_status>& all) {
        for (const projection_status& each : all) {
            // What is parked is known of the projection, not of each partition.
            std::uint64_t& of_this = parked_of[each.projection];
            of_this = std::max(of_this, each.parked);
            elsewhere += each.doing == activity::elsewhere;
            troubled += is_trouble(each.doing);
            if (each.doing == activity::elsewhere || each.doing == activity::paused) continue;
            behind = std::max(behind, each.lag_events());
            lag = std::max(lag, each.lag);
            rate = std::max(rate, each.rate);
        }
        for (const auto& [name, count] : parked_of) parked += count;
    }

    std::map<std::string_view, std::uint64_t> parked_of;
    std::int64_t behind = 0;
    std::chrono::nanoseconds lag{};
    double rate = 0;
    std::uint64_t parked = 0;
    std::int64_t elsewhere = 0;
    std::int64_t troubled = 0;
};

}  // namespace

std::string follow_line(const std::vector<projection_status>& all) {
    const summary sum{all};
    std::string line = counted(std::ssize(sum.parked_of), "projection") + ": ";
    if (sum.elsewhere == std::ssize(all)) return line + "others have the work";
    if (sum.behind == 0) line += "current";
    else
        line += fmt::format("{} behind ({} s), {} a second", counted(sum.behind, "event"),
                            std::chrono::duration_cast<std::chrono::seconds>(sum.lag).count(),
                            grouped(static_cast<std::int64_t>(sum.rate)));
    if (sum.parked > 0) line += fmt::format(", {} parked", grouped(whole(sum.parked)));
    if (sum.troubled > 0) line += fmt::format(", {} in trouble", grouped(sum.troubled));
    return line;
}

follow_notes::follow_notes(std::string program, std::FILE* out)
    : program_(std::move(program)), out_(out), has_line_(is_terminal(out)) {}

follow_notes::~follow_notes() { clear(); }

void follow_notes::tell(const std::vector<projection_status>& all) {
    for (const projection_status& each : all) {
        known& before = known_[{each.projection, each.part}];
        const bool is_news = (each.doing != before.doing && is_trouble(each.doing)) || each.parked > before.parked;
        before = {each.doing, each.parked};
        if (is_news) complain(each);
    }
    if (!has_line_) return;
    fmt::print(out_, "{}{}", clear_line, follow_line(all));
    std::fflush(out_);
    is_shown_ = true;
}

void follow_notes::say(const std::string& line) {
    clear();
    fmt::print(out_, "{}: {}\n", printable(program_), printable(line));
    std::fflush(out_);
}

void follow_notes::complain(const projection_status& one) {
    for (const std::string& complaint : health_of({one}).complaints) say(complaint);
}

void follow_notes::clear() {
    if (is_shown_) fmt::print(out_, "{}", clear_line);
    is_shown_ = false;
}

}  // namespace foldline::inline v0::cli
