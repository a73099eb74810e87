#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/projection.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// Which of several projections want an event: a table from type id to their handlers, filled as types turn up, since a
/// type may get its number at any time.
///
/// confined. What it is given outlives it.
class event_routes {
public:
    static constexpr int other_version = -1;

    struct route {
        std::size_t target;  ///< in the order of `add`
        int wanted;          ///< index into the target's events(), or `other_version`: it handles other versions only
    };
    struct of_type {
        event_type type;
        std::vector<route> routes;
        message_ptr reused;               ///< to decode into; null where every route is `other_version`
        message_ptr (*make)() = nullptr;  ///< made it
        bool known = false;
    };

    explicit event_routes(const event_store& store) : store_(store) {}

    void add(const projection& target);
    /// The same projections, and nothing looked up yet.
    [[nodiscard]] event_routes afresh() const {
        event_routes fresh{store_};
        fresh.targets_ = targets_;
        return fresh;
    }
    /// Throws `definition_error` if two projections give one type different classes.
    [[nodiscard]] of_type& of(event_type_id type) {
        const auto index = static_cast<std::size_t>(type);
        return index < by_type_.size() && by_type_[index].known ? by_type_[index] : look_up(type);
    }

private:
    [[nodiscard]] of_type& look_up(event_type_id type);

    const event_store& store_;
    std::vector<const projection*> targets_;
    std::vector<of_type> by_type_;
};

/// Which handler of `target` gets events of `type`: an index into its events(), `event_routes::other_version`, or
/// nothing.
[[nodiscard]] std::optional<int> find_handler(const projection& target, event_type type);

/// In a handler of exceptions: throws what is in flight as the failure of this event in this projection, unless it is no
/// fault of the event (the disk, damaged data, memory, a service that is not there), which is thrown on as it is.
[[noreturn]] void throw_as_failure_of(const projection& target, event_type type, const event_view& event);
/// To pass over an event that is wanted in other versions only would give wrong rows without a word.
[[noreturn]] void throw_other_version(const projection& target, event_type type, const event_view& event);

}  // namespace foldline::inline v0
