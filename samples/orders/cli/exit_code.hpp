#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace shop {

/// What a script learns from a run.
namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int failed = 1;  ///< the domain refused, or something else went wrong
inline constexpr int wrong_usage = 2;
inline constexpr int not_found = 3;     ///< no such file, store or order
inline constexpr int conflict = 4;      ///< the order has changed since the user looked
inline constexpr int incompatible = 5;  ///< no store, or one that this program is too old for
inline constexpr int damaged = 6;
inline constexpr int in_use = 7;  ///< another process writes
inline constexpr int interrupted = 130;
}  // namespace exit_code

/// The user has stopped a long work.
class interrupted : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Prints `orders: …` on stderr, and returns `code`.
int fail(int code, std::string_view what);

/// The same for an exception, whose kind gives the code.
int fail(const std::exception& error);

}  // namespace shop
