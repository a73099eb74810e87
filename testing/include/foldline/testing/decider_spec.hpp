#pragma once

#include <foldline/core/decider.hpp>

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace foldline::inline v0::testing {

/// What an aggregate decided, without its types.
struct seen_decision {
    std::string where;  ///< file and line of the `when`
    std::vector<message_ptr> events;
    bool is_rejected = false;
    std::string rejection;  ///< the refusal's name, or its number
};

/// The part of a specification that does not depend on the aggregate's types. Each throws `spec_failure`.
void require_events(const seen_decision& seen, std::initializer_list<const google::protobuf::Message*> expected);
void require_nothing(const seen_decision& seen);
void require_rejection(const seen_decision& seen, bool is_expected_one, std::string_view expected);
[[noreturn]] void fail_state(const std::string& where);
[[nodiscard]] std::string place(const char* file, int line);

/// Folds one event through the rule that is made for it, from a copy that is gone afterwards: a state that kept a view
/// into the event is then found by AddressSanitizer here, and not in production.
void fold_one(const std::vector<foldline::detail::fold_rule>& rules, void* state,
              const google::protobuf::Message& event);
/// Copies of the events of a decision. Throws `invalid_request` for one that could be stored but never read back.
[[nodiscard]] std::vector<message_ptr> checked_copies(const std::vector<message_ptr>& events);

/// The refusal's name, if a function `to_string(refusal)` stands beside it; else its number.
template <class Refusal>
std::string name_of(const Refusal& refusal) {
    if constexpr (requires {
                      { to_string(refusal) } -> std::convertible_to<std::string_view>;
                  })
        return std::string(to_string(refusal));
    else if constexpr (std::is_enum_v<Refusal>)
        return "refusal " + std::to_string(static_cast<std::underlying_type_t<Refusal>>(refusal));
    else return "a refusal without to_string";
}

/// Throws `spec_failure` if `check(state)` returns false; a check that returns nothing reports for itself.
template <class State, class Check>
void require_state(const std::string& where, const State& state, Check&& check) {
    if constexpr (std::is_void_v<std::invoke_result_t<Check&, const State&>>) check(state);
    else if (!check(state)) fail_state(where);
}

/// What an aggregate did with a command. Every `then` throws `spec_failure` with the difference, field by field.
///
/// Threads: confined.
template <class A>
class decided {
public:
    decided(seen_decision seen, std::optional<typename A::refusal> refusal, typename A::state after)
        : seen_(std::move(seen)), refusal_(std::move(refusal)), after_(std::move(after)) {}

    /// Exactly these events happened, in this order.
    template <class... Es>
        requires(sizeof...(Es) > 0 && (foldline::detail::listed<Es, typename A::events> && ...))
    const decided& then(const Es&... expected) const {
        require_events(seen_, {static_cast<const google::protobuf::Message*>(&expected)...});
        return *this;
    }
    /// The command was satisfied already.
    const decided& then_nothing() const {
        require_nothing(seen_);
        return *this;
    }
    const decided& then_rejected(const typename A::refusal& expected) const {
        require_rejection(seen_, refusal_ && *refusal_ == expected, name_of(expected));
        return *this;
    }
    /// Looks at the state once the events had happened, if any did.
    template <class Check>
        requires std::invocable<Check&, const typename A::state&>
    const decided& then_state(Check&& check) const {
        require_state(seen_.where, after_, check);
        return *this;
    }

private:
    seen_decision seen_;
    std::optional<typename A::refusal> refusal_;
    typename A::state after_;
};

/// Tests an aggregate without a store, a clock or a thread:
///
///     given<order>(placed, paid).when(ship_order{…}).then(shipped);
///     given<order>().when(pay_order{…}).then_rejected(order::refusal::unknown_order);
///
/// Threads: confined.
template <class A>
class decider_spec {
public:
    decider_spec() : rules_(foldline::detail::fold_rules<A>(typename A::events{})) { static_assert(decider<A>); }

    /// These events have happened, after those that were given before.
    template <class... Es>
        requires(foldline::detail::listed<Es, typename A::events>&&...)
    decider_spec& given(const Es&... events) {
        (fold_one(rules_, &state_, events), ...);
        return *this;
    }

    template <class Command>
    [[nodiscard]] decided<A> when(const Command& command, const char* file = __builtin_FILE(),
                                  int line = __builtin_LINE()) const {
        foldline::detail::check_command<A, Command>();
        const auto decision = A::decide(state_, command);
        seen_decision seen{place(file, line), checked_copies(decision.events()), decision.rejection().has_value(), {}};
        std::optional<typename A::refusal> refusal;
        if (seen.is_rejected) {
            refusal = decision.rejection()->reason;
            seen.rejection = name_of(*refusal);
        }
        typename A::state after = state_;
        for (const message_ptr& event : seen.events) fold_one(rules_, &after, *event);
        return {std::move(seen), std::move(refusal), std::move(after)};
    }

    /// Looks at the state that the given events make.
    template <class Check>
        requires std::invocable<Check&, const typename A::state&>
    const decider_spec& then_state(Check&& check, const char* file = __builtin_FILE(),
                                   int line = __builtin_LINE()) const {
        require_state(place(file, line), state_, check);
        return *this;
    }

private:
    std::vector<foldline::detail::fold_rule> rules_;
    typename A::state state_{};
};

/// The beginning of a specification of the aggregate `A`; none given: nothing has happened yet.
template <class A, class... Es>
[[nodiscard]] decider_spec<A> given(const Es&... events) {
    decider_spec<A> spec;
    spec.given(events...);
    return spec;
}

}  // namespace foldline::inline v0::testing
