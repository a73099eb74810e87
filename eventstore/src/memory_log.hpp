#pragma once

#include <foldline/core/append_request.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/core/read_query.hpp>

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace foldline::inline v0::detail {

/// An event as it lies in memory.
struct stored_event {
    const stream_id* stream = nullptr;
    stream_version version;
    global_position position;
    event_id id;
    event_type_id type{};
    timestamp recorded_at;
    std::optional<timestamp> occurred_at;
    std::string metadata;
    std::string payload;

    [[nodiscard]] event_view view() const;
};

/// The events of one request. A block is never resized, so that its events never move.
using event_block = std::vector<stored_event>;

/// Some events of a log, borrowed: they neither move nor change for as long as the log lives, locked or not.
struct event_slice {
    std::array<const stored_event*, 64> events;
    std::size_t count = 0;

    [[nodiscard]] std::span<const stored_event* const> span() const { return {events.data(), count}; }
};

/// What a memory store holds, and the rules of an append.
///
/// Threads: confined.
class memory_log {
public:
    /// `copies` are the events of the request in its order, with everything that only the log knows left out.
    [[nodiscard]] append_result append(const append_request& request, ids_from ids, event_block copies, timestamp now);

    /// The first events of the stream, or of the log, that lie between the bounds of `query`, up to `limit` and up to
    /// `horizon`. Category and filters are the caller's to look at, without the lock.
    [[nodiscard]] event_slice first(const read_query& query, std::size_t limit, global_position horizon) const;
    /// Whether there is any, however far.
    [[nodiscard]] bool holds_any(const read_query& query) const;

    [[nodiscard]] std::optional<earlier_append> find_append(const event_id& first) const;
    [[nodiscard]] global_position head() const { return global_position{std::ssize(events_)}; }
    [[nodiscard]] std::vector<event_type_id> stored_types() const;
    [[nodiscard]] std::vector<event_schema> stored_schemas(event_type_id type) const;

private:
    using event_list = std::vector<const stored_event*>;
    struct hash_of_stream {
        std::size_t operator()(const stream_id& stream) const noexcept;
    };
    using stream_map = std::unordered_map<stream_id, event_list, hash_of_stream>;
    /// Where a write whose ids the caller gave was stored.
    struct earlier_write {
        const stream_map::value_type* stream;
        stream_version last;
        std::size_t count;
    };
    struct kept_schema {
        event_type_id type;
        const event_schema* schema;

        friend bool operator==(const kept_schema&, const kept_schema&) = default;
    };
    /// Where a request goes; there is room for all of it.
    struct append_plan {
        std::vector<stream_map::value_type*> of_write;
        std::map<event_id, earlier_write> repeatable;  ///< what to keep of writes whose ids the caller gave
        std::vector<kept_schema> schemas;              ///< those that are new
    };

    [[nodiscard]] stream_version version_of(const stream_id& stream) const;
    [[nodiscard]] std::optional<append_result> answer_to_repeat(const append_request& request) const;
    [[nodiscard]] std::optional<version_conflict> first_conflict(const append_request& request) const;
    void note_schemas(const append_request& request, const event_block& copies, std::vector<kept_schema>& fresh) const;
    [[nodiscard]] append_plan plan(const append_request& request, ids_from ids, const event_block& copies);
    appended store(const append_request& request, event_block copies, append_plan target, timestamp now) noexcept;

    [[nodiscard]] static bool repeats(const stream_write& write, const earlier_write& earlier);
    [[nodiscard]] static appended result_of(const earlier_write& write);
    [[nodiscard]] static appended result_of(const stored_event& last, stored when);
    [[nodiscard]] const event_list& list_of(const read_query::scope& where) const;
    [[nodiscard]] std::span<const stored_event* const> between_bounds(const read_query& query,
                                                                      global_position horizon) const;

    std::vector<event_block> blocks_;
    event_list events_;
    stream_map streams_;
    std::map<event_id, earlier_write> earlier_writes_;  // by the id of the write's first event
    std::vector<bool> type_is_stored_;                  // by event_type_id
    std::vector<kept_schema> schemas_;                  // oldest first
    timestamp last_recorded_at_ = timestamp::min();
};

}  // namespace foldline::inline v0::detail
