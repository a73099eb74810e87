#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/core/stream_version.hpp>

#include <string>
#include <variant>

namespace foldline::inline v0 {

/// As it is now.
struct latest {};

/// As it was once its `version`-th event had happened; the whole stream if it is shorter.
struct at_version {
    stream_version version;
    explicit at_version(stream_version at) : version(at) {}
    explicit at_version(std::int64_t at) : version(at) {}
};

/// As it was when the store as a whole stood at `position`.
struct at_position {
    global_position position;
    explicit at_position(global_position at) : position(at) {}
    explicit at_position(std::int64_t at) : position(at) {}
};

/// As this store knew it at `time`: the events recorded by then, which are a prefix of the stream.
struct as_of_recorded {
    timestamp time;
    template <class Duration>
    explicit as_of_recorded(std::chrono::sys_time<Duration> at) : time(to_timestamp(at)) {}
};

/// As it really was at `time`: the events that had occurred by then, whenever they were recorded, in version order.
struct as_of_occurred {
    timestamp time;
    template <class Duration>
    explicit as_of_occurred(std::chrono::sys_time<Duration> at) : time(to_timestamp(at)) {}
};

/// Which state of a stream is asked for.
using as_of = std::variant<latest, at_version, at_position, as_of_recorded, as_of_occurred>;

/// How far a fold has come. All of it is 0 (1970) before the first event.
///
/// value.
struct fold_progress {
    stream_version version;  ///< of the last event folded
    global_position position;
    timestamp recorded_at;      ///< of the last event folded
    timestamp latest_occurred;  ///< the latest business time among the events folded

    [[nodiscard]] bool exists() const { return version > stream_version{0}; }
};

/// Whether a state that was folded this far may be taken up to answer `when`: it holds nothing that the answer must
/// not hold, and lacks nothing that only an earlier start would bring.
[[nodiscard]] bool serves(const fold_progress& folded, const as_of& when);

}  // namespace foldline::inline v0
