#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace foldline::inline v0 {

template <class Signature>
class function_ref;

/// A borrowed callable: two words, no allocation. Only ever a parameter; kept or returned, it dangles.
///
/// value.
template <class Result, class... Args>
class function_ref<Result(Args...)> {
public:
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, function_ref> && std::is_invocable_r_v<Result, F&, Args...>)
    function_ref(F&& callable)
    noexcept  // NOLINT(google-explicit-constructor): it is meant to be passed a lambda
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
          call_([](void* object, Args... args) -> Result {
              return static_cast<Result>(
                  (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...));
          }) {}

    Result operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

private:
    void* object_;
    Result (*call_)(void*, Args...);
};

}  // namespace foldline::inline v0
