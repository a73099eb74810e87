#pragma once

#include <foldline/core/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// An event as far as causes and effects are concerned.
///
/// value.
struct traced_event {
    std::string id;
    std::string cause;  ///< its causation id; empty if it names none
    std::string stream;
    std::int64_t version = 0;
    std::int64_t position = 0;
    std::string event;  ///< what is stored, or read
    timestamp recorded_at{};
};

/// How a line of a tree came where it is.
enum class branch {
    first,    ///< names no cause
    effect,   ///< of the line above it that is one less deep
    command,  ///< no event: the command that the effects below came from
    missing,  ///< no event: the cause that the effects below name, and that is none of the traced events
    cycle,    ///< an event that follows from itself, by a chain of causes
    again,    ///< an event that was drawn before, at the end of such a chain
};

/// value, of borrowed parts.
struct tree_line {
    branch how;
    std::size_t depth;
    const traced_event* event;  ///< null for what is no event
    std::string cause;          ///< of what is no event: the id that the effects name
    std::size_t effects = 0;    ///< direct ones
    bool is_last = true;        ///< nothing else follows from the same cause
};

/// The events, in the order of the log, as trees: each below its cause. Every event is in it, whatever causes say.
[[nodiscard]] std::vector<tree_line> tree_of(const std::vector<traced_event>& events);

}  // namespace foldline::inline v0::cli
