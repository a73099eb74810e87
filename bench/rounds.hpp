#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace foldline_bench {

using seconds = std::chrono::duration<double>;

enum class better { higher, lower };

struct unit {
    std::string_view name;
    better which;
};
inline constexpr unit events_per_second{"events/s", better::higher};
inline constexpr unit microseconds{"µs", better::lower};
inline constexpr unit bytes_per_event{"bytes", better::lower};

/// Two programs that do the same work. Each call runs one round of it, and gives the round's figure.
struct contest {
    std::function<double()> ours;
    std::function<double()> raw;
};

/// The best rounds of both.
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
    alternation(contest both, unit measured) : both_(std::move(both)), unit_(measured) {}

    void run_round();
    [[nodiscard]] const standing& best() const { return best_; }

private:
    void note(double& best, double figure) const;

    contest both_;
    unit unit_;
    standing best_;
    int rounds_ = 0;
};

[[nodiscard]] inline seconds since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::steady_clock::now() - begin;
}

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
