#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace foldline_bench {

/// Runs a program and waits for it; what it says, on both streams, goes to `output`. Gives its exit status, or -1 if it
/// cannot be run.
int run_child(std::vector<std::string> words, const std::filesystem::path& output);
inline int run_silently(std::vector<std::string> words) { return run_child(std::move(words), "/dev/null"); }

/// The file that is running.
[[nodiscard]] std::string this_program();

}  // namespace foldline_bench
