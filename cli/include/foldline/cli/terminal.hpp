#pragma once

#include <cstdio>

namespace foldline::inline v0::cli {

/// Whether a human sees this at a terminal that can do more than print; `TERM=dumb` cannot.
[[nodiscard]] bool is_terminal(std::FILE* stream);

/// Whether to write colours and symbols: on a terminal, unless NO_COLOR is set; elsewhere only if CLICOLOR_FORCE is.
[[nodiscard]] bool wants_colour(std::FILE* stream);

}  // namespace foldline::inline v0::cli
