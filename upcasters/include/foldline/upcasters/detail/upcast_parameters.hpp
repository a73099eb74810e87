#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/decider.hpp>
#include <foldline/upcasters/detail/upcast_call.hpp>
#include <foldline/upcasters/earlier.hpp>
#include <foldline/upcasters/emits.hpp>
#include <foldline/upcasters/upcast_context.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace foldline::inline v0::detail {

/// What an upcaster may ask for beside the old event, in the order in which its parameters have to come.
enum class parameter_kind { context, earlier, emits, unknown };

template <class P>
struct bare_parameter {
    static constexpr auto kind = parameter_kind::unknown;
};
template <>
struct bare_parameter<upcast_context> {
    static constexpr auto kind = parameter_kind::context;
    static upcast_context of(const upcast_call& call, std::size_t) { return upcast_context{*call.stored}; }
};
template <class E>
struct bare_parameter<earlier<E>> {
    using event = E;
    static constexpr auto kind = parameter_kind::earlier;
    static earlier<E> of(const upcast_call& call, std::size_t index) {
        // The store reads it into a message of the class that the step names.
        return earlier<E>{static_cast<const E*>(call.earlier[index])};
    }
};
template <class... News>
struct bare_parameter<emits<News...>> {
    static constexpr auto kind = parameter_kind::emits;
    static emits<News...> of(upcast_call& call, std::size_t) { return emits<News...>{call}; }
};

/// Parameters are taken by value or by reference to const; any other is unknown.
template <class P>
struct upcast_parameter : bare_parameter<std::remove_cv_t<P>> {};
template <class P>
struct upcast_parameter<const P&> : bare_parameter<P> {};

/// What follows the old event in the parameters of an upcaster.
template <class... Ps>
struct upcast_parameters {
    static constexpr std::array<parameter_kind, sizeof...(Ps)> kinds{upcast_parameter<Ps>::kind...};

    static constexpr std::size_t count(parameter_kind kind) {
        std::size_t found = 0;
        for (const parameter_kind each : kinds) found += each == kind ? 1 : 0;
        return found;
    }
    static constexpr bool are_known = count(parameter_kind::unknown) == 0;
    static constexpr bool emit = count(parameter_kind::emits) > 0;
    static constexpr bool are_in_order() {
        for (std::size_t i = 1; i < kinds.size(); ++i) {
            const bool more_earlier = kinds[i] == parameter_kind::earlier && kinds[i - 1] == parameter_kind::earlier;
            if (kinds[i] <= kinds[i - 1] && !more_earlier) return false;
        }
        return true;
    }

    /// `upcast(old, …)`, with what its parameters ask for.
    template <class F, class Old>
    static decltype(auto) call(const F& upcast, Old&& old, upcast_call& given) {
        return call(upcast, std::forward<Old>(old), given, std::index_sequence_for<Ps...>{});
    }

private:
    template <class F, class Old, std::size_t... I>
    static decltype(auto) call(const F& upcast, Old&& old, upcast_call& given, std::index_sequence<I...>) {
        constexpr std::size_t first_earlier = count(parameter_kind::context);
        static_cast<void>(given);
        return upcast(std::forward<Old>(old), upcast_parameter<Ps>::of(given, I - first_earlier)...);
    }
};

/// The parameters of a callable that has one call operator.
template <class Member>
struct upcast_signature {
    static constexpr bool is_const = false;
};
template <class F, class R, class... Ps>
struct upcast_signature<R (F::*)(Ps...) const> : std::type_identity<R(Ps...)> {
    static constexpr bool is_const = true;
};
template <class F, class R, class... Ps>
struct upcast_signature<R (F::*)(Ps...) const noexcept> : upcast_signature<R (F::*)(Ps...) const> {};

template <class F>
concept has_one_call_operator = requires {
    &F::operator();
};

}  // namespace foldline::inline v0::detail
