#pragma once

#include "ledger.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace foldline_tests {

/// The seed of every attack in this process: that of FOLDLINE_TEST_SEED, else one drawn at the first call.
[[nodiscard]] std::uint64_t attack_seed();

/// What an attack did and found, printed as one line on stdout when it ends, however it ends:
///
///     kill: append: 300 kills, 66450 acknowledged, lost=0 dup=0 gap=0 half=0 ghost=0 wrong=0 seed=7 24.1 s
///
/// The test itself checks `found`, and what else must hold.
///
/// confined.
class attack_line {
public:
    explicit attack_line(std::string name);
    attack_line(const attack_line&) = delete;
    attack_line& operator=(const attack_line&) = delete;
    ~attack_line();

    disagreement found;
    /// Appends that stand in the log before one that had ended when they began; shown where an attack looks for them.
    std::optional<std::int64_t> reordered;

    /// Adds to what is counted under this name; names are shown in the order in which they came.
    void add(std::string_view what, std::int64_t number = 1);
    [[nodiscard]] std::int64_t count(std::string_view what) const;

    /// One stream of chance for each attack, from the run's seed: an attack alone meets what it met among others.
    [[nodiscard]] std::mt19937_64& random() { return random_; }

    [[nodiscard]] std::string to_string() const;

private:
    struct counted {
        std::string what;
        std::int64_t number;
    };

    std::string name_;
    std::vector<counted> counts_;
    std::mt19937_64 random_;
    std::chrono::steady_clock::time_point began_;
};

/// An attack that this machine cannot run, in one line on stdout that begins with SKIPPED.
void print_skipped(std::string_view attack, std::string_view reason);

}  // namespace foldline_tests
