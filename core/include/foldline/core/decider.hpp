#pragma once

#include <foldline/core/decision.hpp>
#include <foldline/core/detail/aggregate_engine.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>
#include <vector>

namespace foldline::inline v0 {

/// An aggregate: a category, its events and commands, its state, and two pure functions.
///
///     struct order {
///         static constexpr std::string_view category = "order";
///         using events   = event_list<OrderPlaced, OrderPaid>;
///         using commands = command_list<place_order, pay_order>;
///         enum class refusal { unpaid };
///         struct state { bool paid = false; };                       // or a Protobuf message
///         using decision = foldline::decision<events, refusal>;
///         static void evolve(state&, const OrderPlaced&);            // one for each event; total, never rejects
///         static decision decide(const state&, const place_order&);  // one for each command
///     };
///
/// `evolve` copies what it keeps: the message it gets is reused for the next event.
template <class A>
concept decider = requires {
    { A::category } -> std::convertible_to<std::string_view>;
    typename A::events;
    typename A::commands;
    typename A::refusal;
    typename A::state;
    requires std::same_as<typename A::decision, decision<typename A::events, typename A::refusal>>;
};

// The compiler names one of these, with its arguments, for each classic mistake. They are never defined.
template <class Aggregate, class Event>
struct no_evolve_for_this_event;
template <class Aggregate, class Command>
struct no_decide_for_this_command;
template <class Event>
struct event_without_the_foldline_event_option;
template <class Aggregate, class First, class Second>
struct two_events_with_one_name_and_version;

namespace detail {

// Exact signatures: a mere call would let an overload for `Message`, or a conversion, stand in for a missing one.
template <class A, class E>
concept evolves = requires {
    static_cast<void (*)(typename A::state&, const E&)>(&A::evolve);
};
template <class A, class C>
concept decides = requires {
    static_cast<typename A::decision (*)(const typename A::state&, const C&)>(&A::decide);
};
template <class E>
concept has_event_option = requires {
    { E::foldline_event_name } -> std::convertible_to<std::string_view>;
    { E::foldline_event_version } -> std::convertible_to<int>;
};

template <class E>
constexpr event_type type_of_event() {
    static_assert(sizeof(E) > 0, "the event is only declared here: include its .pb.h");
    if constexpr (has_event_option<E>) {
        return {std::string_view{E::foldline_event_name}, static_cast<std::uint32_t>(E::foldline_event_version)};
    } else {
        event_without_the_foldline_event_option<E> error;
        return {};
    }
}

template <class A, class E>
void check_event() {
    if constexpr (!evolves<A, E>) no_evolve_for_this_event<A, E> error;
}

template <class A, class First, class... Rest>
void check_names_differ(event_list<First, Rest...>) {
    (
        [] {
            if constexpr (type_of_event<First>() == type_of_event<Rest>())
                two_events_with_one_name_and_version<A, First, Rest> error;
        }(),
        ...);
    if constexpr (sizeof...(Rest) > 1) check_names_differ<A>(event_list<Rest...>{});
}

template <class A, class C>
void check_command() {
    if constexpr (!decides<A, C>) no_decide_for_this_command<A, C> error;
}
template <class A, class... Cs>
void check_commands(command_list<Cs...>) {
    (check_command<A, Cs>(), ...);
}

template <class A, class E>
fold_rule rule_for() {
    check_event<A, E>();
    return {type_of_event<E>(), [] { return message_ptr{new E}; },
            [](void* state, const google::protobuf::Message& event) {
                // The engine hands a rule only messages of the class that the rule's own `new_message` makes.
                if constexpr (evolves<A, E>)  // else `check_event` has said it already
                    A::evolve(*static_cast<typename A::state*>(state), static_cast<const E&>(event));
            }};
}

/// The fold rules of an aggregate, and every check that can be made of it; needs its events complete.
template <class A, class... Es>
std::vector<fold_rule> fold_rules(event_list<Es...> list) {
    check_commands<A>(typename A::commands{});
    if constexpr (sizeof...(Es) > 1) check_names_differ<A>(list);
    std::vector<fold_rule> rules;
    rules.reserve(sizeof...(Es));
    (rules.push_back(rule_for<A, Es>()), ...);
    return rules;
}

}  // namespace detail
}  // namespace foldline::inline v0
