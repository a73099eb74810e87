#pragma once

#include "growth.hpp"
#include "histories.hpp"
#include "rounds.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>

namespace foldline_bench {

/// How much is measured.
struct effort {
    int rounds;
    seconds round;
    std::size_t events;  ///< in the logs that are read
    std::size_t growth;  ///< events in the logs that grow; a multiple of 10'000

    /// Best of 7, the least that tells a difference of some percent.
    [[nodiscard]] static effort normal() { return {7, seconds{1.0}, 400'000, 5'000'000}; }
    /// Tells whether something is badly wrong, no more.
    [[nodiscard]] static effort quick() { return {3, seconds{0.2}, 100'000, 300'000}; }
};

/// Where the measuring is done: a folder that is removed at the end, and the logs that several rows read.
///
/// confined.
class lab {
public:
    /// Makes a folder in TMPDIR, or in the current directory if that is not set.
    explicit lab(effort chosen);
    lab(const lab&) = delete;
    lab& operator=(const lab&) = delete;
    ~lab();

    [[nodiscard]] const effort& how_much() const { return effort_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    /// A path at which there is no file.
    [[nodiscard]] std::filesystem::path fresh_file();

    /// Made at first use.
    [[nodiscard]] const histories& windows();
    [[nodiscard]] const histories& scattered();
    [[nodiscard]] const grown& grown_windows();
    [[nodiscard]] const grown& grown_uniform();

private:
    effort effort_;
    std::filesystem::path folder_;
    int files_ = 0;
    std::optional<histories> windows_;
    std::optional<histories> scattered_;
    std::optional<grown> grown_windows_;
    std::optional<grown> grown_uniform_;
};

/// Removes an SQLite database with what stands beside it.
void remove_database(const std::filesystem::path& file);

/// The middle time of many `fdatasync` of one page in this folder, in µs: what all durable figures stand on. 50 on a
/// quiet machine with a good disk; thousands beside a compiler.
[[nodiscard]] double sync_time_us(const std::filesystem::path& folder);

}  // namespace foldline_bench
