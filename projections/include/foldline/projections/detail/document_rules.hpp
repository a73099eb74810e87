#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/core/function_ref.hpp>
#include <foldline/projections/projection.hpp>

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <ranges>
#include <string_view>
#include <type_traits>

namespace foldline::inline v0 {

template <class Doc>
class document;

namespace detail {

/// A document while events are folded into it.
struct document_state {
    message_ptr message;  ///< without any field set while there is no document
    std::string_view key;
    bool exists = false;
    bool changed = false;

    [[nodiscard]] google::protobuf::Message& edit() {
        exists = changed = true;
        return *message;
    }
    void remove();
};

using key_sink = function_ref<void(std::string_view)>;

enum class document_keys { one_at_most, several, stream };

/// What one kind of event does to documents.
struct document_rule {
    projected_event event;
    document_keys kind;
    std::function<void(const google::protobuf::Message&, const event_view&, key_sink)> keys;  ///< unless by stream
    std::function<void(document_state&, const google::protobuf::Message&, const event_view&)> fold;
};

template <class T>
concept text_key = std::convertible_to<const T&, std::string_view>;
template <class T>
concept number_key = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;
template <class T>
concept single_key = text_key<T> || number_key<T>;
template <class T>
concept key_range = std::ranges::input_range<const T> && single_key<std::ranges::range_value_t<const T>>;

template <class T>
struct is_optional_key : std::false_type {};
template <single_key T>
struct is_optional_key<std::optional<T>> : std::true_type {};

/// What a function of keys may return.
template <class T>
concept keys_of_documents = single_key<T> || is_optional_key<T>::value || key_range<T>;

template <class T>
constexpr document_keys kind_of_keys() {
    return single_key<T> || is_optional_key<T>::value ? document_keys::one_at_most : document_keys::several;
}

/// Calls `use` with the text of a key: a number is written in decimal.
template <single_key T, class Use>
decltype(auto) with_key_text(const T& key, Use&& use) {
    if constexpr (text_key<T>) {
        return use(std::string_view(key));
    } else {
        std::array<char, 24> digits;
        const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), key).ptr;
        return use(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
    }
}

template <keys_of_documents T>
void hand_keys(const T& keys, key_sink sink) {
    if constexpr (single_key<T>) {
        with_key_text(keys, sink);
    } else if constexpr (is_optional_key<T>::value) {
        if (keys) with_key_text(*keys, sink);
    } else {
        for (const auto& key : keys) with_key_text(key, sink);
    }
}

template <class Key, class Event>
concept takes_event_with_view = std::invocable<const Key&, const Event&, const event_view&>;

template <class Key, class Event>
    requires takes_event_with_view<Key, Event> || std::invocable<const Key&, const Event&>
decltype(auto) keys_of(const Key& key, const Event& event, const event_view& view) {
    if constexpr (takes_event_with_view<Key, Event>) return std::invoke(key, event, view);
    else return std::invoke(key, event);
}
template <class Key, class Event>
concept tells_keys_of = requires(const Key& key, const Event& event, const event_view& view) {
    requires keys_of_documents<std::remove_cvref_t<decltype(keys_of(key, event, view))>>;
};

/// A fold as `on` takes it: what it gets for a document, which event, and whether the event's view as well.
template <class Target, class E, bool View>
struct fold_signature {
    using target = Target;
    using event = E;
    static constexpr bool wants_view = View;
};
template <class Call>
struct fold_call {};
template <class T, class E>
struct fold_call<void(T&, const E&)> : fold_signature<T, E, false> {};
template <class T, class E>
struct fold_call<void(T&, const E&, const event_view&)> : fold_signature<T, E, true> {};
template <class C, class... Args>
struct fold_call<void (C::*)(Args...) const> : fold_call<void(Args...)> {};
template <class... Args>
struct fold_call<void (*)(Args...)> : fold_call<void(Args...)> {};

template <class Fold>
struct fold_of {};
template <class Fold>
    requires requires { &Fold::operator(); }
struct fold_of<Fold> : fold_call<decltype(&Fold::operator())> {};
template <class... Args>
struct fold_of<void (*)(Args...)> : fold_call<void(Args...)> {};

template <class Fold, class Doc>
concept folds_into = requires {
    typename fold_of<Fold>::target;
    requires std::same_as<typename fold_of<Fold>::target, Doc> ||
        std::same_as<typename fold_of<Fold>::target, document<Doc>>;
};

template <class Target, class Fold, class Event>
void call_fold(const Fold& fold, Target& target, const Event& event, const event_view& view) {
    if constexpr (fold_of<Fold>::wants_view) fold(target, event, view);
    else fold(target, event);
}

}  // namespace detail
}  // namespace foldline::inline v0
