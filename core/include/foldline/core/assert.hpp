#pragma once

namespace foldline::inline v0::detail {

/// Prints the broken promise on stderr and stops the process.
[[noreturn]] void assertion_failed(const char* condition, const char* what, const char* file, int line) noexcept;

}  // namespace foldline::inline v0::detail

/// A promise between developers, kept in release builds too: a store that goes on after one is broken loses events.
#define FOLDLINE_ASSERT(condition, what) \
    ((condition) ? void(0) : ::foldline::detail::assertion_failed(#condition, what, __FILE__, __LINE__))
