#pragma once

#include <foldline/core/event_batch.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/core/function_ref.hpp>
#include <foldline/core/read_query.hpp>

#include <memory>
#include <span>

namespace foldline::inline v0 {

/// Receives events by the batch; the views live until it returns. Only ever a parameter.
using batch_sink = function_ref<void(std::span<const event_view>)>;

/// Reads a store onwards, batch by batch, and remembers how far it came. It wakes up for nobody: `poll` is called by a
/// `subscription_runner`, by a loop or by a test.
///
/// Every event is handed out once, in order. When a sink throws, the event it was called with is handed out again by
/// the next poll, with all its parts, and none before it is. When the store throws, the same holds for the event that
/// it failed at. Nothing is buffered between two polls, so whoever is slow is simply behind, and falls out of nothing.
///
/// Threads: confined. The store outlives it.
class subscription {
public:
    /// Begins beyond the query's lower bound: `read_query::all().after(checkpoint)`. Throws `invalid_request` for a
    /// query that goes backward, and `incompatible_store` if the bound is a position beyond the store's head: it was
    /// reached in another store, or in another history of this one.
    subscription(const event_store& store, read_query query, batch_limit limit = batch_limit{500});

    /// Hands at most one batch to `sink`. True while there may be more.
    bool poll(event_sink sink);

    /// Hands at most one batch to `sink` in one call, or makes none if there is nothing. When the sink throws, the whole
    /// batch comes again; when the store throws, what came before is handed out first. Each event is copied, which
    /// `poll` saves.
    bool poll_batch(batch_sink sink);

    /// Where to begin after a restart, for a category or for everything: the position of an event whose sink returned,
    /// or of one behind it that the query's filters left out, or the query's own bound.
    [[nodiscard]] global_position position() const { return reached_.last_position; }
    /// The same for a stream.
    [[nodiscard]] stream_version version() const { return reached_.last_version; }
    /// Whether the last poll found the end.
    [[nodiscard]] bool caught_up() const { return reached_.at_end; }
    /// The same, but said once: at the first end, and then at each that was reached with new events.
    [[nodiscard]] bool just_caught_up() const { return just_caught_up_; }

private:
    template <class Read>
    bool read_on(Read read);

    const event_store& store_;
    read_query query_;
    batch_limit limit_;
    page reached_;
    std::unique_ptr<event_batch> batch_;  // made by the first `poll_batch`
    bool said_caught_up_ = false;
    bool just_caught_up_ = false;
};

}  // namespace foldline::inline v0
