#pragma once

#include "console.hpp"

#include <functional>
#include <variant>

namespace foldline::inline v0::cli {

/// What a command line asks for; gives the exit code, and throws what foldline throws.
using asked_work = std::function<int(const console& to)>;

/// What the arguments ask for; or the exit code, where the answer was printed already: a help, a version or a completion
/// script as data, or what is wrong with the arguments, and a hint, as a note.
[[nodiscard]] std::variant<asked_work, int> read_command_line(int argc, const char* const* argv, const console& to);

}  // namespace foldline::inline v0::cli
