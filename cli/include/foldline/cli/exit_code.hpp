#pragma once

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string_view>

namespace foldline::inline v0::cli {

/// What a script learns from a run: the same numbers in every program.
namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int failed = 1;  ///< the domain refused, something is bad, or something else went wrong
inline constexpr int wrong_usage = 2;
inline constexpr int not_found = 3;     ///< no such file, store, stream or projection
inline constexpr int conflict = 4;      ///< somebody has changed it since the user looked
inline constexpr int incompatible = 5;  ///< no store, or one that this program is too old for
inline constexpr int damaged = 6;
inline constexpr int in_use = 7;  ///< another process writes, and wants to be alone
inline constexpr int interrupted = 130;
}  // namespace exit_code

/// What the user named is not there.
class unknown_name : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The user has stopped a long work.
class interrupted : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The code for what foldline throws; `failed` for everything else.
[[nodiscard]] int code_of(const std::exception& error);

/// Prints `PROGRAM: …`, with nothing in it that a terminal would obey, and returns `code`.
int fail(std::string_view program, int code, std::string_view what, std::FILE* to = stderr);

/// Writes out what was printed on `out`, and returns `code`; a full disk shows only now, and is a failure.
int with_output_written(std::string_view program, int code, std::FILE* out = stdout, std::FILE* err = stderr);

}  // namespace foldline::inline v0::cli
