#pragma once

#include <foldline/core/event.hpp>
#include <foldline/core/expected_version.hpp>
#include <foldline/core/stream_id.hpp>

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace foldline::inline v0 {

/// Events for one stream, in order.
struct stream_write {
    stream_id stream;
    expected_version expected;
    std::vector<event_data> events;
};

/// Asks that a stream that is not written stands where the caller saw it. Checked after the writes' expectations.
struct stream_condition {
    stream_id stream;
    expected_version expected;
};

/// What one append stores: every write of it or nothing.
///
/// The caller gives an id to each event of the request or to none. With ids the request is idempotent for ever: sent
/// again it has its first result, under any expectation.
struct append_request {
    std::vector<stream_write> writes;
    std::vector<stream_condition> conditions;

    [[nodiscard]] static append_request to(stream_id stream, expected_version expected,
                                           std::vector<event_data> events) {
        append_request request;
        request.writes.push_back({std::move(stream), expected, std::move(events)});
        return request;
    }
};

/// Whether the events were stored by this call or by an earlier one with the same ids.
enum class stored { now, before };

/// All events are stored; `version`, `position` and `recorded_at` are those of the request's last event.
struct appended {
    stream_version version;
    global_position position;
    timestamp recorded_at;
    stored when = stored::now;

    friend bool operator==(const appended&, const appended&) = default;
};

/// Nothing was stored: `stream` was not where the caller expected it.
struct version_conflict {
    stream_id stream;
    stream_version actual;

    friend bool operator==(const version_conflict&, const version_conflict&) = default;
};

/// Nothing was stored: this id was used before, for another append.
struct id_reused {
    event_id id;

    friend bool operator==(const id_reused&, const id_reused&) = default;
};

using append_result = std::variant<appended, version_conflict, id_reused>;

/// How much one append may carry. Every store has the same defaults.
struct append_limits {
    std::size_t events = 10'000;
    std::size_t request_bytes = 16U << 20U;  ///< payloads and metadata together
    std::size_t payload_bytes = 1U << 20U;
    std::size_t metadata_bytes = 64U << 10U;
};

/// Who gave the events of a request their ids.
enum class ids_from { store, caller };

/// The checks that need no store, the same for every backend. Throws `invalid_request` for a request without writes or
/// with an empty one, for a stream named twice, for ids on some events only or twice, for a type without name or
/// version; `limit_exceeded` beyond `limits`.
ids_from validate(const append_request& request, const append_limits& limits);

}  // namespace foldline::inline v0
