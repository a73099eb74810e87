#pragma once

#include <foldline/core/decider.hpp>
#include <foldline/upcasters/detail/upcast_call.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace foldline::inline v0 {

namespace detail {

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
    explicit emits(detail::upcast_call& call) : call_(call) {}

    template <class E>
        requires detail::listed<std::remove_cvref_t<E>, event_list<Events...>>
    void operator()(E&& event) const {
        using event_class = std::remove_cvref_t<E>;
        static_cast<event_class&>(call_.next(detail::index_of<event_class, Events...>())) = std::forward<E>(event);
    }

private:
    detail::upcast_call& call_;
};

}  // namespace foldline::inline v0
