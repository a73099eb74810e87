#pragma once

#include <exception>
#include <string>

namespace foldline::inline v0 {

/// What an exception says of itself.
[[nodiscard]] std::string text_of(const std::exception_ptr& thrown);

}  // namespace foldline::inline v0
