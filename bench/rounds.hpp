#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline_bench {

using seconds = std::chrono::duration<double>;

enum class better { higher, lower };

struct unit {
    std::string_view name;
    better which;
};
inline constexpr unit events_per_second{"events/s", better::higher};
inline constexpr unit microseconds{"µs", better::lower};
inline constexpr unit wall_seconds{"s", better::lower};
inline constexpr unit instructions{"instr.", better::lower};
inline constexpr unit bytes_per_event{"bytes", better::lower};
inline constexpr unit mebibytes{"MiB", better::lower};

enum class side { ours, raw };
[[nodiscard]] constexpr std::string_view name_of(side which) { return which == side::ours ? "ours" : "raw"; }

/// Two programs that do the same work. Each call runs one round of it, and gives the round's figure.
struct contest {
    std::function<double()> ours;
    std::function<double()> raw;
};
/// Runs one round of one side. Never inlined, so that a profiler can be told to look at nothing else.
double run_round_of(const contest& both, side which);

/// Which of its rounds stands for a side: the best one, or the middle one where a lucky round says nothing.
enum class stands_for { best_round, middle_round };

/// The figures of the rounds that stand for both.
///
/// value.
struct standing {
    double ours = 0;
    double raw = 0;

    /// Ours over raw, in the unit.
    [[nodiscard]] double ratio() const { return ours / raw; }
};

/// Runs one round of each, the one that was second before first, so that neither always runs in the other's wake.
class alternation {
public:
    alternation(contest both, unit measured, stands_for which)
        : both_(std::move(both)), unit_(measured), stands_for_(which) {}

    void run_round();
    /// After at least one round.
    [[nodiscard]] standing result() const { return {figure_of(ours_), figure_of(raw_)}; }

private:
    [[nodiscard]] double figure_of(std::vector<double> rounds) const;

    contest both_;
    unit unit_;
    stands_for stands_for_;
    std::vector<double> ours_;
    std::vector<double> raw_;
};

[[nodiscard]] inline seconds since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::steady_clock::now() - begin;
}

/// The middle one of many times, in µs.
[[nodiscard]] double middle_us(std::vector<seconds> times);

/// Calls `work` again and again for this long; gives how long one call took.
template <class Work>
[[nodiscard]] seconds time_of_call(seconds round, Work work) {
    const auto begin = std::chrono::steady_clock::now();
    std::int64_t calls = 0;
    seconds passed{0};
    do {
        work();
        ++calls;
        passed = since(begin);
    } while (passed < round);
    return passed / static_cast<double>(calls);
}

/// How long one call of `work` took.
template <class Work>
[[nodiscard]] seconds time_of(Work work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return since(begin);
}

}  // namespace foldline_bench
