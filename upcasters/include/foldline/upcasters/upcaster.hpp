#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/event_type.hpp>
#include <foldline/upcasters/detail/upcast_parameters.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

// The compiler names one of these for each classic mistake. They are never defined.
template <class Upcaster>
struct upcaster_must_name_its_event_types;  // `const auto&` does not say which event it starts from
template <class Upcaster>
struct upcaster_must_not_be_mutable;  // many readers call it at once, and replay calls it again
template <class Upcaster>
struct upcaster_must_take_a_const_event_and_return_or_emit_events;
template <class Upcaster>
struct upcaster_must_take_old_event_then_context_then_earlier_events_then_emits;
template <class Upcaster>
struct upcaster_of_a_dynamic_event_must_say_of_which_type;  // `chain.add_dynamic({"order-placed", 1}, …)`

class declared_upcaster;
class dynamic_event;

/// The step from one old schema to the newer ones, without their C++ types. `make_upcaster`, `carried_over`, `renamed`
/// and `make_dynamic_upcaster` make it.
///
/// value.
struct upcaster {
    /// An event type and its class; without one its messages are made of the schema that the store keeps.
    struct event_class {
        event_type type;
        message_ptr (*new_message)() = nullptr;
    };
    /// Whether the old event is decoded for the step, or comes as the bytes that are to be read as another class.
    enum class input { message, bytes };

    event_type from;
    message_ptr (*new_source)() = nullptr;  ///< null: as a class without one
    std::vector<event_class> to{};
    std::function<void(detail::upcast_call&)> upcast{};
    input takes = input::message;
    std::vector<event_class> earlier{};
    /// Throws `definition_error` if the step does not suit two schemas; only of steps that can tell without an event.
    std::function<void(const google::protobuf::Descriptor& old, const google::protobuf::Descriptor& made)> check{};
    /// What else tells this step from others between the same types; part of the fingerprint.
    std::string kind{};
    /// The rules of a step that is data, for stores that keep such; null for one that is code.
    std::shared_ptr<const declared_upcaster> declared{};
    /// Keeps the names of types that no class has.
    std::shared_ptr<const void> names{};

    /// Written `order-placed@1 -> order-placed@2, note-added@1`.
    [[nodiscard]] std::string to_string() const;
};

namespace detail {

// Let a step start from a type, and lead to one, that it knows by name alone; the name is copied.
void start_from(upcaster& step, event_type from);
void lead_to(upcaster& step, event_type to);

template <class E>
message_ptr new_message_of() {
    return message_ptr{new E};
}

template <class E>
upcaster::event_class class_of_event() {
    return {type_of_event<E>(), &new_message_of<E>};
}

template <class P>
void add_earlier(upcaster& step) {
    if constexpr (upcast_parameter<P>::kind == parameter_kind::earlier)
        step.earlier.push_back(class_of_event<typename upcast_parameter<P>::event>());
}

template <class P>
void add_emitted(upcaster&, std::type_identity<P>) {}
template <class... News>
void add_emitted(upcaster& step, std::type_identity<emits<News...>>) {
    (step.to.push_back(class_of_event<News>()), ...);
}

/// How a step takes an event of a class.
template <class Old>
struct old_event {
    static const Old& of(const upcast_call& call) {
        // The store hands a step only messages of the class that the step itself makes.
        return static_cast<const Old&>(*call.old);
    }
};

/// Fills in what the signature `R(const Old&, Ps...)` says of a step, or names the mistake in it.
template <class Old, class R, class... Ps, class F>
void complete(upcaster& step, F upcast) {
    using parameters = upcast_parameters<Ps...>;
    if constexpr (!parameters::are_known || parameters::emit != std::is_void_v<R>) {
        upcaster_must_take_a_const_event_and_return_or_emit_events<F> error;
    } else if constexpr (!parameters::are_in_order()) {
        upcaster_must_take_old_event_then_context_then_earlier_events_then_emits<F> error;
    } else if constexpr (parameters::emit) {
        (add_earlier<Ps>(step), ...);
        (add_emitted(step, std::type_identity<std::remove_cvref_t<Ps>>{}), ...);
        step.upcast = [upcast = std::move(upcast)](upcast_call& call) {
            parameters::call(upcast, old_event<Old>::of(call), call);
        };
    } else {
        (add_earlier<Ps>(step), ...);
        step.to.push_back(class_of_event<R>());
        step.upcast = [upcast = std::move(upcast)](upcast_call& call) {
            R current = parameters::call(upcast, old_event<Old>::of(call), call);
            static_cast<R&>(call.next(0)) = std::move(current);
        };
    }
}

template <class F, class R, class Old, class... Ps>
upcaster upcaster_from(F upcast, std::type_identity<R(const Old&, Ps...)>) {
    upcaster step{type_of_event<Old>(), &new_message_of<Old>};
    complete<Old, R, Ps...>(step, std::move(upcast));
    return step;
}
template <class F, class R, class... Ps>
upcaster upcaster_from(const F&, std::type_identity<R(const dynamic_event&, Ps...)>) {
    upcaster_of_a_dynamic_event_must_say_of_which_type<F> error;
    return {};
}
template <class F, class Signature>
upcaster upcaster_from(const F&, std::type_identity<Signature>) {
    upcaster_must_take_a_const_event_and_return_or_emit_events<F> error;
    return {};
}

/// A plain function as an object with a call operator, as the other callables are.
template <class F>
    requires(!std::is_pointer_v<F>)
F as_object(F callable) { return callable; }
template <class R, class... Ps>
auto as_object(R (*function)(Ps...)) {
    return [function](Ps... arguments) -> R { return function(std::forward<Ps>(arguments)...); };
}

/// The step that `make(callable, signature)` returns; names the mistake where the callable has no one signature.
template <class F, class Make>
upcaster with_signature_of(F callable, Make make) {
    if constexpr (!has_one_call_operator<F>) {
        upcaster_must_name_its_event_types<F> error;
        return {};
    } else if constexpr (!upcast_signature<decltype(&F::operator())>::is_const) {
        upcaster_must_not_be_mutable<F> error;
        return {};
    } else {
        using signature = typename upcast_signature<decltype(&F::operator())>::type;
        return make(std::move(callable), std::type_identity<signature>{});
    }
}

}  // namespace detail

/// The step that a callable describes: `v2::OrderPlaced(const v1::OrderPlaced&)`, or with 0..n results
/// `void(const v1::OrderPlaced&, emits<v2::OrderPlaced, NoteAdded>)`. Between the old event and `emits` it may ask for
/// a `const upcast_context&`, and then for `const earlier<E>&` of any number of classes. It must be pure: it is called
/// by many readers at once and again at every replay, and its results are never stored.
template <class F>
[[nodiscard]] upcaster make_upcaster(F upcast) {
    return detail::with_signature_of(detail::as_object(std::move(upcast)), [](auto object, auto signature) {
        return detail::upcaster_from(std::move(object), signature);
    });
}

}  // namespace foldline::inline v0
