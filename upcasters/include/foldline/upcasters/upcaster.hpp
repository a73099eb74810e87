#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/decider.hpp>
#include <foldline/core/event_type.hpp>

#include <cstddef>
#include <functional>
#include <string>
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

namespace detail {

/// Where the events go that an upcaster makes.
class upcast_output {
public:
    /// A reused message of the class of the upcaster's `target`-th type, to be overwritten.
    virtual google::protobuf::Message& next(std::size_t target) = 0;

protected:
    ~upcast_output() = default;
};

template <class E, class... Es>
constexpr std::size_t index_of() {
    std::size_t index = 0;
    ((std::is_same_v<E, Es> ? false : (++index, true)) && ...);
    return index;
}

}  // namespace detail

/// What an upcaster calls with each event that it makes of the old one, in their order; without a call the old event
/// is dropped. Only ever a parameter.
template <class... Events>
class emits {
public:
    explicit emits(detail::upcast_output& output) : output_(output) {}

    template <class E>
        requires detail::listed<std::remove_cvref_t<E>, event_list<Events...>>
    void operator()(E&& event) const {
        using event_class = std::remove_cvref_t<E>;
        static_cast<event_class&>(output_.next(detail::index_of<event_class, Events...>())) = std::forward<E>(event);
    }

private:
    detail::upcast_output& output_;
};

/// The step from one old schema to the newer ones, without their C++ types.
///
/// value.
struct upcaster {
    struct target {
        event_type type;
        message_ptr (*new_message)();
    };

    event_type from;
    message_ptr (*new_source)();
    std::vector<target> to;
    std::function<void(const google::protobuf::Message& old, detail::upcast_output& made)> upcast;

    /// Written `order-placed@1 -> order-placed@2, note-added@1`.
    [[nodiscard]] std::string to_string() const;
};

namespace detail {

template <class E>
message_ptr new_message_of() {
    return message_ptr{new E};
}

template <class New, class Old, class F>
upcaster one_to_one(F upcast) {
    return {type_of_event<Old>(),
            &new_message_of<Old>,
            {{type_of_event<New>(), &new_message_of<New>}},
            [upcast = std::move(upcast)](const google::protobuf::Message& old, upcast_output& made) {
                // The chain hands a step only messages of the class that the step itself makes.
                New current = upcast(static_cast<const Old&>(old));
                static_cast<New&>(made.next(0)) = std::move(current);
            }};
}

template <class Old, class... News, class F>
upcaster one_to_many(F upcast, std::type_identity<emits<News...>>) {
    return {type_of_event<Old>(),
            &new_message_of<Old>,
            {{type_of_event<News>(), &new_message_of<News>}...},
            [upcast = std::move(upcast)](const google::protobuf::Message& old, upcast_output& made) {
                upcast(static_cast<const Old&>(old), emits<News...>{made});
            }};
}

template <class F, class New, class Old>
    requires(!std::is_void_v<New>)
upcaster upcaster_from(F upcast, std::type_identity<New(const Old&)>) {
    return one_to_one<New, Old>(std::move(upcast));
}
template <class F, class Old, class... News>
upcaster upcaster_from(F upcast, std::type_identity<void(const Old&, emits<News...>)>) {
    return one_to_many<Old>(std::move(upcast), std::type_identity<emits<News...>>{});
}
template <class F, class Signature>
upcaster upcaster_from(const F&, std::type_identity<Signature>) {
    upcaster_must_take_a_const_event_and_return_or_emit_events<F> error;
    return {};
}

template <class Member>
struct upcast_signature {
    static constexpr bool is_const = false;
};
template <class F, class R, class... Args>
struct upcast_signature<R (F::*)(Args...) const> : std::type_identity<R(Args...)> {
    static constexpr bool is_const = true;
};
template <class F, class R, class... Args>
struct upcast_signature<R (F::*)(Args...) const noexcept> : upcast_signature<R (F::*)(Args...) const> {};

template <class F>
concept has_one_call_operator = requires {
    &F::operator();
};

}  // namespace detail

/// The step that a callable describes: `v2::OrderPlaced(const v1::OrderPlaced&)`, or with 0..n results
/// `void(const v1::OrderPlaced&, emits<v2::OrderPlaced, NoteAdded>)`. It must be pure: it is called by many readers at
/// once and again at every replay, and its results are never stored.
template <class F>
    requires(!std::is_pointer_v<F>)
[[nodiscard]] upcaster make_upcaster(F upcast) {
    if constexpr (!detail::has_one_call_operator<F>) {
        upcaster_must_name_its_event_types<F> error;
        return {};
    } else if constexpr (!detail::upcast_signature<decltype(&F::operator())>::is_const) {
        upcaster_must_not_be_mutable<F> error;
        return {};
    } else {
        using signature = typename detail::upcast_signature<decltype(&F::operator())>::type;
        return detail::upcaster_from(std::move(upcast), std::type_identity<signature>{});
    }
}
/// The same for a plain function.
template <class R, class... Args>
[[nodiscard]] upcaster make_upcaster(R (*upcast)(Args...)) {
    return make_upcaster([upcast](Args... args) -> R { return upcast(std::forward<Args>(args)...); });
}

}  // namespace foldline::inline v0
