#pragma once

#include "rounds.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace foldline_bench {

/// Appends that are made and not measured.
struct uncounted_appends {
    side which;
    std::size_t events;
};

/// One event a call, with synchronous=off, to a log that is removed at the end.
void run_uncounted(const uncounted_appends& appends);

/// Whether there is a valgrind, whose callgrind counts instructions: exactly, and where the machine has no counter.
[[nodiscard]] bool can_count_instructions();
/// The instructions of one such append, without those of starting and opening.
[[nodiscard]] double instructions_an_append(side which, const std::filesystem::path& folder);
/// The instructions of one quick round of one side of another row.
[[nodiscard]] double instructions_of_round(side which, const std::string& row, const std::filesystem::path& folder);

}  // namespace foldline_bench
