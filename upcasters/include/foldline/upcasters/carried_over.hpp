#pragma once

#include <foldline/upcasters/upcaster.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace foldline::inline v0 {

// The compiler names this one; it is never defined. Written `[](v2::OrderPlaced& event) { … }`.
template <class Fill>
struct carried_over_must_take_the_new_event_by_reference;

namespace detail {

/// Parses the bytes of an event of another class; throws if they are none.
void read_as(std::string_view bytes, google::protobuf::Message& made);
template <class F, class R, class New, class... Ps>
void carry_over(upcaster& step, F fill, std::type_identity<R(New&, Ps...)>) {
    using parameters = upcast_parameters<Ps...>;
    if constexpr (std::is_const_v<New> || !std::is_void_v<R> || parameters::emit || !parameters::are_known) {
        carried_over_must_take_the_new_event_by_reference<F> error;
    } else if constexpr (!parameters::are_in_order()) {
        upcaster_must_take_old_event_then_context_then_earlier_events_then_emits<F> error;
    } else {
        step.takes = upcaster::input::bytes;
        step.kind = "carried over";
        (add_earlier<Ps>(step), ...);
        step.to.push_back(class_of_event<New>());
        step.upcast = [fill = std::move(fill)](upcast_call& call) {
            New& made = static_cast<New&>(call.next(0));
            read_as(call.bytes, made);
            parameters::call(fill, made, call);
        };
    }
}
template <class F, class Signature>
void carry_over(upcaster&, const F&, std::type_identity<Signature>) {
    carried_over_must_take_the_new_event_by_reference<F> error;
}

template <class F>
upcaster carried_over(upcaster step, F fill) {
    return with_signature_of(as_object(std::move(fill)), [&](auto object, auto signature) {
        carry_over(step, std::move(object), signature);
        return std::move(step);
    });
}

}  // namespace detail

/// A step between schemas of which the newer one keeps the numbers of the older: its bytes are read as the new class at
/// once, and `fill(New&)` gives fields that the old one had not a value. What no field takes stays as unknown fields.
/// After the new event `fill` may ask for a `const upcast_context&` and for `const earlier<E>&`.
///
///     chain.add(carried_over<v1::OrderPlaced>([](v2::OrderPlaced& event) { event.set_currency("GBP"); }));
template <class Old, class F>
[[nodiscard]] upcaster carried_over(F fill) {
    return detail::carried_over(upcaster{detail::type_of_event<Old>(), &detail::new_message_of<Old>}, std::move(fill));
}
/// The same from a schema whose class is gone.
template <class F>
[[nodiscard]] upcaster carried_over(event_type from, F fill) {
    upcaster step;
    detail::start_from(step, from);
    return detail::carried_over(std::move(step), std::move(fill));
}

/// A step for events that were stored under another name, or under another version of it, and are otherwise the same.
///
///     chain.add(renamed<OrderPlaced>({"order-created", 1}));
template <class E>
[[nodiscard]] upcaster renamed(event_type from) {
    upcaster step = carried_over(from, [](E&) {});
    step.kind = "renamed";
    return step;
}

}  // namespace foldline::inline v0
