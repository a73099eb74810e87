#pragma once

#include <foldline/core/append_request.hpp>
#include <foldline/core/clock.hpp>
#include <foldline/core/decision.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/core/metadata.hpp>
#include <foldline/core/uuid.hpp>

#include <cstddef>
#include <optional>
#include <variant>

namespace foldline::inline v0 {

/// What comes with a command beside the command.
///
/// value.
struct command_context {
    /// Makes the command idempotent for ever: sent again with the same id, it has its first result.
    std::optional<command_id> id{};
    /// Goes with every event that the command emits.
    metadata meta{};
    /// The business time of those events; absent: the time they are recorded at.
    std::optional<timestamp> occurred_at{};
    /// The version that whoever sends the command has seen. If the stream is elsewhere the command is `conflicted` at
    /// once, since deciding again would not ask them.
    std::optional<stream_version> seen{};

    /// The context of a command that an event sets off: the same correlation, the event as cause.
    [[nodiscard]] static command_context caused_by(const event_view& event);
};

/// The command was decided and its events, if any, are stored.
struct accepted {
    stream_version version;  ///< of the stream's last event
    global_position
        position;  ///< of the last event that the command emitted; of the stream's last one if it emitted none
    std::size_t events = 0;  ///< how many the command emitted
    stored when = stored::now;
};

/// Nothing was stored: other writers were faster at each attempt, or the stream is not where `seen` says.
struct conflicted {
    stream_id stream;
    stream_version actual;
    int attempts;
};

/// What became of a command.
template <class Refusal>
using command_outcome = std::variant<accepted, rejected<Refusal>, conflicted, id_reused>;

}  // namespace foldline::inline v0
