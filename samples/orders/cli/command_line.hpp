#pragma once

#include "cli/requests.hpp"

#include <variant>

namespace shop {

/// What the arguments of the program ask for; or the exit code, where the answer was printed already: the help that was
/// asked for on stdout, or what is wrong with the arguments, and the usage, on stderr.
[[nodiscard]] std::variant<any_request, int> read_command_line(int argc, const char* const* argv);

}  // namespace shop
