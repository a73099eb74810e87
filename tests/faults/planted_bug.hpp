#pragma once

#include <string_view>

namespace foldline_tests {

/// Whether this run has the named bug planted: the environment variable FAULT_PLANT names it. Every attack that the bug
/// belongs to must fail then; README.md of this folder tells which. Throws for a name in FAULT_PLANT that is no bug's.
[[nodiscard]] bool is_planted(std::string_view bug);

}  // namespace foldline_tests
