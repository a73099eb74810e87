#pragma once

#include <foldline/cli/exit_code.hpp>

#include <exception>
#include <string_view>

namespace shop {

namespace exit_code = foldline::cli::exit_code;

/// Prints `orders: …` on stderr, and returns `code`.
int fail(int code, std::string_view what);

/// The same for an exception, whose kind gives the code.
int fail(const std::exception& error);

/// Says on stderr what a user should know of a result that is there all the same.
void note(std::string_view what);

}  // namespace shop
