#include <foldline/eventstore/read_ahead_runner.hpp>

#include "page_copy.hpp"

#include <foldline/core/error.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

struct read_ahead_runner::slot {
    event_batch events;
    page reached;
    std::exception_ptr failure;

    /// Nothing comes behind it.
    [[nodiscard]] bool is_last() const { return failure || reached.at_end; }
};

/// The batches, filled and used in turns. A batch that is being filled or used belongs to one thread, and only the
/// counts are shared.
struct read_ahead_runner::ring {
    explicit ring(std::size_t batches) : slots(batches) {}

    [[nodiscard]] slot& at(std::size_t number) { return slots[number % slots.size()]; }

    template <class Change>
    void change(Change make) {
        {
            std::scoped_lock lock{mutex};
            make();
        }
        changed.notify_all();
    }

    std::vector<slot> slots;
    std::mutex mutex;
    std::condition_variable_any changed;
    std::size_t filled = 0;  // since the beginning, as `used`
    std::size_t used = 0;
    bool finished = false;  // the thread fills no more
};

read_ahead_runner::read_ahead_runner(const event_store& store, read_query query, read_ahead_options options)
    : options_(std::move(options)), reached_(query.empty_page()) {
    if (options_.batches < 2) throw invalid_request("reading ahead takes two batches: one is filled, one is used");
    ring_ = std::make_unique<ring>(options_.batches);
    thread_ = std::jthread{
        [this, &store, query = std::move(query)](const std::stop_token& stop) { fill(stop, store, query); }};
}

read_ahead_runner::~read_ahead_runner() = default;

void read_ahead_runner::fill(const std::stop_token& stop, const event_store& store, const read_query& query) {
    page reached = query.empty_page();
    std::size_t number = 0;
    bool last = false;
    while (!last) {
        {
            std::unique_lock lock{ring_->mutex};
            const auto has_room = [&] { return ring_->filled - ring_->used < ring_->slots.size(); };
            if (!ring_->changed.wait(lock, stop, has_room) || stop.stop_requested()) break;
        }
        auto& filling = ring_->at(number++);
        detail::page_copy copy{store, query, options_.batch, reached, filling.events};
        reached = filling.reached = copy.reached;
        filling.failure = std::move(copy.failure);
        prepare(filling);
        last = filling.is_last();  // asked before the slot is given away
        ring_->change([&] { ++ring_->filled; });
    }
    ring_->change([&] { ring_->finished = true; });
}

void read_ahead_runner::prepare(slot& filled) const {
    if (!options_.prepare) return;
    try {
        options_.prepare(filled.events);
    } catch (...) {
        filled.failure = std::current_exception();
    }
}

bool read_ahead_runner::next(batch_sink sink) {
    for (;;) {
        {
            std::unique_lock lock{ring_->mutex};
            ring_->changed.wait(lock, [&] { return ring_->filled > ring_->used || ring_->finished; });
            if (ring_->filled == ring_->used) return false;
        }
        auto& ready = ring_->at(ring_->used);
        const bool has_events = !ready.events.empty();
        if (has_events) sink(ready.events.events());
        reached_ = ready.reached;
        if (ready.is_last()) {
            // The last one stays, so that each further call meets its end again.
            ready.events.clear();
            if (has_events) return true;
            if (ready.failure) std::rethrow_exception(ready.failure);
            return false;
        }
        ring_->change([&] { ++ring_->used; });
        if (has_events) return true;
    }
}

void read_ahead_runner::stop() { thread_.request_stop(); }

}  // namespace foldline::inline v0
