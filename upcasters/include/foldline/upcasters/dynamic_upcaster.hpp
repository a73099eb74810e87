#pragma once

#include <foldline/upcasters/declared_upcaster.hpp>
#include <foldline/upcasters/dynamic_event.hpp>
#include <foldline/upcasters/upcaster.hpp>

#include <type_traits>
#include <utility>

namespace foldline::inline v0 {

// The compiler names one of these for each classic mistake. They are never defined.
template <class Upcaster>
struct dynamic_upcaster_must_take_a_const_dynamic_event_and_return_or_emit_events;
template <class Upcaster>
struct dynamic_upcaster_to_a_type_must_take_a_const_dynamic_event_and_the_message_to_make;

namespace detail {

template <>
struct old_event<dynamic_event> {
    static dynamic_event of(const upcast_call& call) { return dynamic_event{*call.old}; }
};

template <class F, class R, class... Ps>
void complete_dynamic(upcaster& step, F upcast, std::type_identity<R(const dynamic_event&, Ps...)>) {
    complete<dynamic_event, R, Ps...>(step, std::move(upcast));
}
template <class F, class Signature>
void complete_dynamic(upcaster&, const F&, std::type_identity<Signature>) {
    dynamic_upcaster_must_take_a_const_dynamic_event_and_return_or_emit_events<F> error;
}

template <class F, class... Ps>
void complete_dynamic_to(upcaster& step, F upcast,
                         std::type_identity<void(const dynamic_event&, google::protobuf::Message&, Ps...)>) {
    using parameters = upcast_parameters<Ps...>;
    if constexpr (parameters::emit || !parameters::are_known) {
        dynamic_upcaster_to_a_type_must_take_a_const_dynamic_event_and_the_message_to_make<F> error;
    } else if constexpr (!parameters::are_in_order()) {
        upcaster_must_take_old_event_then_context_then_earlier_events_then_emits<F> error;
    } else {
        (add_earlier<Ps>(step), ...);
        step.upcast = [upcast = std::move(upcast)](upcast_call& call) {
            google::protobuf::Message& made = call.next(0);
            made.Clear();
            const auto make = [&](const dynamic_event& old, const auto&... more) { upcast(old, made, more...); };
            parameters::call(make, dynamic_event{*call.old}, call);
        };
    }
}
template <class F, class Signature>
void complete_dynamic_to(upcaster&, const F&, std::type_identity<Signature>) {
    dynamic_upcaster_to_a_type_must_take_a_const_dynamic_event_and_the_message_to_make<F> error;
}

}  // namespace detail

/// The step from an event whose class is gone: it is read by the newest schema of it that the store keeps, unless the
/// chain itself knows a class for it. The callable is as one of `make_upcaster`, with a `const dynamic_event&` for the
/// old event.
template <class F>
[[nodiscard]] upcaster make_dynamic_upcaster(event_type from, F upcast) {
    upcaster step;
    detail::start_from(step, from);
    step.kind = "dynamic";
    return detail::with_signature_of(detail::as_object(std::move(upcast)), [&](auto object, auto signature) {
        detail::complete_dynamic(step, std::move(object), signature);
        return std::move(step);
    });
}
/// The same to an event without a class: `void(const dynamic_event& old, google::protobuf::Message& made)` fills an
/// empty message, made of the schema that the store keeps of `to`. After `made` it may ask for a
/// `const upcast_context&` and for `const earlier<E>&`.
template <class F>
[[nodiscard]] upcaster make_dynamic_upcaster(event_type from, event_type to, F upcast) {
    upcaster step;
    detail::start_from(step, from);
    detail::lead_to(step, to);
    step.kind = "dynamic";
    return detail::with_signature_of(detail::as_object(std::move(upcast)), [&](auto object, auto signature) {
        detail::complete_dynamic_to(step, std::move(object), signature);
        return std::move(step);
    });
}

/// The step that is data. Its old and new event are of the classes that other steps of the chain have for them, else
/// made of the schemas that the store keeps.
[[nodiscard]] upcaster make_upcaster(const declared_upcaster& declared);
/// The same to a class of this program, of which no event need be stored yet. Throws `definition_error` if `declared`
/// leads to another type.
template <class New>
[[nodiscard]] upcaster make_upcaster(const declared_upcaster& declared);

namespace detail {
[[nodiscard]] upcaster declared_to_class(const declared_upcaster& declared, upcaster::event_class made);
}

template <class New>
upcaster make_upcaster(const declared_upcaster& declared) {
    return detail::declared_to_class(declared, detail::class_of_event<New>());
}

}  // namespace foldline::inline v0
