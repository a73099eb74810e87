#pragma once

#include <foldline/core/event_batch.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/eventstore/subscription.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

namespace foldline::inline v0 {

struct read_ahead_options {
    batch_limit batch{1000};
    /// Kept at once at most, with those being filled and used; at least 2. They bound its memory.
    std::size_t batches = 4;
    /// Called on the runner's thread with each batch that was read, to decode it there for instance. What it throws
    /// counts as thrown by the store behind that batch.
    std::function<void(event_batch&)> prepare{};
};

/// Reads a query to its end on a thread of its own, some batches ahead of whoever uses the events: what it costs to find,
/// check and upcast them is spent on another core than what it costs to decode and fold them. For a rebuild, an export
/// or anything else that goes over much; whoever follows goes on with a `subscription` from `reached()`.
///
/// Threads: `next` and `reached` are confined to one thread, `stop` may be called by any. The store outlives it.
class read_ahead_runner {
public:
    read_ahead_runner(const event_store& store, read_query query, read_ahead_options options = {});
    /// Stops it.
    ~read_ahead_runner();
    read_ahead_runner(const read_ahead_runner&) = delete;
    read_ahead_runner& operator=(const read_ahead_runner&) = delete;

    /// Hands the next batch to `sink`, waiting for it if need be; the views live until `sink` returns. When it throws,
    /// the batch comes again. False, without a call, at the end of the query or if it was stopped: see `reached`.
    /// Throws what the store threw, once everything that came before was handed out, and again at each further call.
    bool next(batch_sink sink);

    /// How far what `next` has handed out goes, for `read_query::from`.
    [[nodiscard]] const page& reached() const { return reached_; }

    /// Reads no further. Batches that are ready are still handed out.
    void stop();

private:
    struct ring;
    struct slot;

    void fill(const std::stop_token& stop, const event_store& store, const read_query& query);
    void prepare(slot& filled) const;

    read_ahead_options options_;
    page reached_;
    std::unique_ptr<ring> ring_;
    std::jthread thread_;  // last, since it uses the members above
};

}  // namespace foldline::inline v0
