#pragma once

#include <foldline/core/decider.hpp>
#include <foldline/core/event_type.hpp>

namespace foldline::inline v0 {

namespace detail {
[[noreturn]] void throw_no_earlier(event_type type);
}

/// The last event of a class that was stored in the same stream before the one that is being upcast, as it was stored;
/// null where there is none. Asked for as a parameter, so that an event can be made of two:
///
///     chain.add([](const v1::AddressConfirmed& later, const earlier<v1::AddressEntered>& entered) { … });
///
/// What it holds follows from the beginning of the stream alone, so the event that is made of it is the same wherever a
/// reader starts. It costs a read each time that an event of the later type is met. The earlier event itself is handed
/// on as before; register an upcaster that drops it if it should not be.
///
/// value, of borrowed parts: lives until the upcaster returns.
template <class E>
class earlier {
public:
    explicit earlier(const E* event) : event_(event) {}

    [[nodiscard]] explicit operator bool() const { return event_ != nullptr; }
    [[nodiscard]] const E* get() const { return event_; }
    /// Throws `definition_error` where there is none: the later event then is an `event_failure`.
    const E& operator*() const {
        if (!event_) detail::throw_no_earlier(detail::type_of_event<E>());
        return *event_;
    }
    const E* operator->() const { return &**this; }

private:
    const E* event_;
};

}  // namespace foldline::inline v0
