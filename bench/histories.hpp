#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace foldline_bench {

/// The same events twice: in a log of foldline's, and in one that the raw program wrote.
struct histories {
    std::filesystem::path ours;
    std::filesystem::path raw;
    std::size_t events;
};

/// Streams of ten events, a thousand alive at a time.
[[nodiscard]] histories write_windows(const std::filesystem::path& ours, const std::filesystem::path& raw,
                                      std::size_t events);

/// Streams of several lengths, the events of each spread over the whole log.
[[nodiscard]] histories write_scattered(const std::filesystem::path& ours, const std::filesystem::path& raw,
                                        std::size_t events);

struct streams_of_length {
    std::int64_t events;
    int streams;
};
/// What `write_scattered` writes beside the filling; several of each, so that a load does not always meet the pages of
/// the one before.
inline constexpr std::array<streams_of_length, 4> scattered_streams{{{10, 1000}, {100, 100}, {1000, 10}, {10'000, 3}}};
[[nodiscard]] std::string scattered_name(std::int64_t length, int which);

}  // namespace foldline_bench
