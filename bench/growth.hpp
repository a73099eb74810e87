#pragma once

#include "histories.hpp"

#include <cstddef>
#include <filesystem>

namespace foldline_bench {

/// How fast a log took its first tenth of all events, and its last, in events/s.
///
/// value.
struct growth {
    double first;
    double last;
};

/// Two logs that grew, and stay where they are.
struct grown {
    histories logs;
    growth ours;
    growth raw;
};

// Both grow in turns, a tenth of the events at a time, so that none has the machine's better minutes to itself;
// 1,000 events a call, a commit each that does not wait for the disk.

/// Streams of ten events, a thousand alive at a time.
[[nodiscard]] grown grow_windows(const std::filesystem::path& ours, const std::filesystem::path& raw,
                                 std::size_t events);
/// Each event belongs to any of a tenth as many streams.
[[nodiscard]] grown grow_uniform(const std::filesystem::path& ours, const std::filesystem::path& raw,
                                 std::size_t events);

}  // namespace foldline_bench
