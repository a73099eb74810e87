#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace foldline_tests {

/// The seed of a random test: that of the environment variable FOLDLINE_TEST_SEED, else another one in each run.
/// The test prints it with `CAPTURE`.
inline std::uint64_t seed_of_this_run() {
    if (const char* given = std::getenv("FOLDLINE_TEST_SEED")) return std::stoull(given);
    return std::random_device{}();
}

/// Whether attacks go on for hours: FOLDLINE_FAULTS is "full".
inline bool is_full_run() {
    const char* size = std::getenv("FOLDLINE_FAULTS");
    return size && std::string(size) == "full";
}

}  // namespace foldline_tests
