#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace foldline::inline v0::cli {

/// Shows on one line of the terminal how far a work has come, how fast it goes and how long it will take. Only on stderr,
/// and only where that is a terminal; gone when the work is done.
///
/// confined.
class terminal_progress {
public:
    /// `doing`: "Importing". `unit`: what is counted, "rows"; without one the line tells per cent.
    explicit terminal_progress(std::string doing, std::string unit = {});
    terminal_progress(const terminal_progress&) = delete;
    terminal_progress& operator=(const terminal_progress&) = delete;
    ~terminal_progress();

    void show(std::uint64_t done, std::uint64_t all);

private:
    using steady = std::chrono::steady_clock;

    std::string doing_;
    std::string unit_;
    bool is_wanted_;
    bool is_shown_ = false;
    std::optional<steady::time_point> begun_;  // when it was first asked to show
    std::uint64_t done_before_ = 0;            // what was done by then: an interrupted work goes on
    steady::time_point shown_;
};

/// The line without the escapes that place it: "Importing: 12 of 40 rows, 6 a second, 5 s left".
/// `taken`: for what is done beyond `done_before`.
[[nodiscard]] std::string progress_line(const std::string& doing, const std::string& unit, std::uint64_t done,
                                        std::uint64_t all, std::chrono::duration<double> taken,
                                        std::uint64_t done_before = 0);

}  // namespace foldline::inline v0::cli
