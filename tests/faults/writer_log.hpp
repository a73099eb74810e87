#pragma once

#include <foldline/core/event_view.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace foldline_tests {

/// Says in an event's payload which append of which writer it belongs to, and where in it.
struct event_mark {
    std::int32_t writer = 0;
    std::int32_t number = 0;
    std::int32_t index = 0;

    [[nodiscard]] std::string to_payload() const;
    /// Nothing if no mark was made of these bytes.
    [[nodiscard]] static std::optional<event_mark> of(std::string_view payload);
    friend bool operator==(const event_mark&, const event_mark&) = default;
};

enum class write_answer : std::int32_t { begun, stored, conflict, nothing_stored, unknown };

/// One append as its writer saw it: what was asked when, and what was answered when. Times are of the monotonic clock,
/// which is one for all processes of a machine.
struct write_record {
    static constexpr std::int64_t any = -1;

    std::int32_t writer = 0;
    std::int32_t number = 0;
    std::int32_t stream = 0;
    std::int32_t events = 0;
    std::int64_t expected = any;
    std::int64_t begun_ns = 0;
    std::int64_t ended_ns = 0;  ///< 0 while it is not answered
    write_answer answer = write_answer::begun;
    std::int32_t padding = 0;
    std::int64_t version = 0;   ///< stored: of its last event; conflict: where the stream was
    std::int64_t position = 0;  ///< stored: of its last event
};

/// One event as a reader of the whole store met it.
struct read_record {
    std::int64_t position = 0;
    std::int64_t version = 0;
    std::int32_t stream = 0;
    event_mark mark;

    [[nodiscard]] static read_record of(const foldline::event_view& event);
    friend bool operator==(const read_record&, const read_record&) = default;
};

/// Nanoseconds of the monotonic clock.
[[nodiscard]] std::int64_t monotonic_ns();

}  // namespace foldline_tests
