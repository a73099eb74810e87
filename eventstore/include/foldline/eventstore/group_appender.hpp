#pragma once

#include <foldline/core/append_request.hpp>

#include <exception>
#include <optional>
#include <span>

namespace foldline::inline v0 {

/// One append of several that are stored together, and what became of it: either `result` or `failure`.
struct append_attempt {
    const append_request* request = nullptr;
    std::optional<append_result> result{};
    std::exception_ptr failure{};  ///< what `event_store::append` would have thrown
};

/// A store that can commit several appends at once. Each has its own outcome, as if it had been appended alone: one that
/// is refused, or fails, touches none of the others.
///
/// Threads: shared.
class group_appender {
public:
    virtual ~group_appender() = default;

    /// Settles every attempt, in order.
    virtual void append_group(std::span<append_attempt> attempts) noexcept = 0;
};

}  // namespace foldline::inline v0
