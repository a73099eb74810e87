#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/event_view.hpp>

#include <cstddef>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// Events that are kept beyond the sink that received them: views whose bytes the batch owns. Its memory is reused, so
/// that a batch that is filled again and again asks for little.
///
/// Threads: confined.
class event_batch {
public:
    event_batch() = default;
    event_batch(const event_batch&) = delete;
    event_batch& operator=(const event_batch&) = delete;

    /// Keeps a copy of the event, with the message that a decorator made of it.
    void add(const event_view& event);
    /// Gives the event at `index` the message that its bytes decode to; the batch owns it, and reuses it when it is filled
    /// again. Leaves the event as it is if it has a message, or if its bytes do not decode: whoever decodes it later is
    /// told why. `make` makes the class of the event's `type`.
    void decode_at(std::size_t index, event_type type, message_ptr (*make)());
    /// Forgets the events behind the first `count`.
    void shorten_to(std::size_t count);
    void clear();

    /// Live until the batch is cleared.
    [[nodiscard]] std::span<const event_view> events() const { return events_; }
    [[nodiscard]] std::size_t size() const { return events_.size(); }
    [[nodiscard]] bool empty() const { return events_.empty(); }

private:
    struct pool {
        message_ptr (*make)();
        std::vector<message_ptr> messages;
        std::size_t used = 0;
    };

    [[nodiscard]] std::string_view kept(std::string_view bytes);
    [[nodiscard]] pool& pool_of(message_ptr (*make)());

    static constexpr std::size_t first_block = 16'384;
    std::pmr::monotonic_buffer_resource bytes_{first_block};
    std::vector<event_view> events_;
    std::vector<message_ptr> messages_;
    std::vector<pool> pools_;
};

}  // namespace foldline::inline v0
