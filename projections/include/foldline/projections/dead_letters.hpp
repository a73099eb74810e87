#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/codec.hpp>
#include <foldline/core/event.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// Which of a projection's parked events to list, in order of their positions.
///
/// value.
struct letter_filter {
    std::optional<std::string> order_key{};  ///< absent: of every key
    bool failed_only = false;
    global_position after{};
    std::size_t limit = 1000;
};

/// A parked event with what the store has of it.
struct letter_details {
    /// One event of it, as the projection would get it.
    struct part {
        recorded_event event;
        message_ptr message;  ///< null where the projection does not want it, or it does not decode
    };

    parked_event parked;
    std::vector<part> parts;  ///< none where upcasters make nothing of it, or it cannot be read
    std::string unreadable;   ///< why it cannot be read; empty if it can
};

/// What came of trying again.
struct replay_result {
    std::uint64_t applied = 0;
    std::uint64_t still_failing = 0;  ///< events that failed once more; what waits behind them was not tried
    std::string error;                ///< what the last of them said

    friend bool operator==(const replay_result&, const replay_result&) = default;
};

/// How far `retry_all` has come.
struct replay_progress {
    std::string_view order_key;  ///< the one at hand
    std::size_t keys_done = 0;
    std::size_t keys = 0;  ///< that stood still when it began
    replay_result so_far;
};

/// What an operator does about the events that a projection has parked: looks at them, tries them again, gives them up.
///
/// A retry reads each event from the store again, through whatever upcasters that has, and applies it where its rows
/// are; order within a key is kept, so it ends at the first that fails. It never moves the projection's position.
///
/// confined; works beside projectors of the same projection, which have an object of their own. What it is given
/// outlives it.
/// Fails: storage_error, and whatever is no fault of an event (`unavailable`, `corrupt_data`): the events that were
///        applied before stay so, but for the last thousand at most, which stay parked.
class dead_letters {
public:
    dead_letters(const event_store& store, read_model_store& models, projection& projection, const clock& time);
    ~dead_letters();
    dead_letters(const dead_letters&) = delete;
    dead_letters& operator=(const dead_letters&) = delete;

    [[nodiscard]] parked_counts count() const;
    [[nodiscard]] std::vector<parked_event> list(const letter_filter& filter = {}) const;
    /// The order keys that stand still.
    [[nodiscard]] std::vector<std::string> keys() const;

    /// Throws `invalid_request` where no event is parked at `position`.
    [[nodiscard]] letter_details show(global_position position) const;
    /// Why a key stands still: the event that failed, then what waits behind it, in order. Empty for a key that does not
    /// stand still.
    [[nodiscard]] std::vector<parked_event> explain(std::string_view order_key, std::size_t limit = 1000) const;
    /// The same for the key of the event that is parked at `position`; throws `invalid_request` where none is.
    [[nodiscard]] std::vector<parked_event> explain(global_position position, std::size_t limit = 1000) const;

    /// Tries the event at `position` again and no other. Throws `invalid_request` where none is parked there, or where
    /// another one of its key is in front of it.
    replay_result retry_one(global_position position);
    /// Tries what is parked under this key, until one fails. An event that the projection no longer wants counts as
    /// applied.
    replay_result retry_key(std::string_view order_key);
    /// Tries every key. `report` is called after each transaction, of a thousand events at most; what it throws
    /// interrupts.
    replay_result retry_all(const std::function<void(const replay_progress&)>& report = {});

    /// Gives an event up; that it was so is kept. Throws `invalid_request` without a reason; false if none is parked at
    /// `position`.
    bool drop(global_position position, std::string_view reason);
    /// What was given up, latest first.
    [[nodiscard]] std::vector<dropped_event> dropped(std::size_t limit = 1000) const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0
