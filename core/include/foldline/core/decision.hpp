#pragma once

#include <foldline/core/codec.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

/// The events of an aggregate; they may be declared only.
template <class... Events>
struct event_list {};

/// The commands of an aggregate; they may be declared only.
template <class... Commands>
struct command_list {};

/// The domain says no. Stored nothing, and is no error.
template <class Refusal>
struct rejected {
    Refusal reason;

    friend bool operator==(const rejected&, const rejected&) = default;
};
template <class Refusal>
rejected(Refusal) -> rejected<Refusal>;

struct no_events_t {
    explicit no_events_t() = default;
};
/// The command is satisfied already: nothing has to happen.
inline constexpr no_events_t no_events{};

namespace detail {
template <class Event, class List>
inline constexpr bool listed = false;
template <class Event, class... Events>
inline constexpr bool listed<Event, event_list<Events...>> = (std::is_same_v<Event, Events> || ...);
}  // namespace detail

template <class Events, class Refusal>
class decision;

/// What a decider answers: the events that now happen, or `rejected{reason}`, or `no_events`.
///
///     return OrderPaid{…};          return {first, second};          return rejected{refusal::unpaid};
///
/// value, move only. The events are kept behind pointers: a variant over fifty of them costs its user thirty seconds
/// of compile time.
template <class... Events, class Refusal>
class [[nodiscard]] decision<event_list<Events...>, Refusal> {
public:
    using refusal = Refusal;

    decision(no_events_t) {}  // NOLINT(google-explicit-constructor): `return no_events;`
    decision(rejected<Refusal> no) : rejection_(std::move(no)) {}  // NOLINT(google-explicit-constructor)

    template <class... Es>
        requires(sizeof...(Es) > 0 && (detail::listed<std::remove_cvref_t<Es>, event_list<Events...>> && ...))
    decision(Es&&... events) {  // NOLINT(google-explicit-constructor): `return event;`
        events_.reserve(sizeof...(Es));
        (add(std::forward<Es>(events)), ...);
    }

    /// Lets one more event happen after those that are there.
    template <class E>
    requires detail::listed<std::remove_cvref_t<E>, event_list<Events...>> decision& add(E&& event) {
        events_.emplace_back(new std::remove_cvref_t<E>(std::forward<E>(event)));
        return *this;
    }

    [[nodiscard]] const std::vector<message_ptr>& events() const { return events_; }
    [[nodiscard]] const std::optional<rejected<Refusal>>& rejection() const { return rejection_; }

private:
    std::vector<message_ptr> events_;
    std::optional<rejected<Refusal>> rejection_;
};

}  // namespace foldline::inline v0
