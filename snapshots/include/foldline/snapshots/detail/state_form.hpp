#pragma once

#include <foldline/core/codec.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace foldline::inline v0 {

// The compiler names this for an aggregate whose state is no Protobuf message and that does not have all of
//     using snapshot = SomeMessage;
//     static SomeMessage save(const state&);
//     static state restore(const SomeMessage&);
// It is never defined.
template <class Aggregate>
struct no_save_and_restore_for_the_state_of;

namespace detail {

/// The message's bytes. Throws `invalid_request` for one that could be written but never read back.
[[nodiscard]] std::string to_bytes(const google::protobuf::Message& message);
/// Whether the bytes decoded.
[[nodiscard]] bool from_bytes(std::string_view bytes, google::protobuf::Message& message);
/// Changes with the fields of the message's class.
[[nodiscard]] std::uint64_t schema_fingerprint(const google::protobuf::Message& message);

template <class A>
concept saves_and_restores = requires {
    typename A::snapshot;
    static_cast<typename A::snapshot (*)(const typename A::state&)>(&A::save);
    static_cast<typename A::state (*)(const typename A::snapshot&)>(&A::restore);
};

template <class A>
concept state_is_a_message = std::is_base_of_v<google::protobuf::Message, typename A::state>;

/// How the state of an aggregate is turned into a message and back: it is one, or the aggregate saves and restores it.
/// Only for code that sees the message's class.
template <class A>
struct state_form {
    using state = typename A::state;

    /// What a saved state looks like; every use of snapshots begins here, so the mistake is told here once.
    static std::uint64_t fingerprint() {
        if constexpr (saves_and_restores<A>) {
            return schema_fingerprint(A::snapshot::default_instance());
        } else if constexpr (state_is_a_message<A>) {
            return schema_fingerprint(state::default_instance());
        } else {
            no_save_and_restore_for_the_state_of<A> error;
            return 0;
        }
    }

    static std::string save(const state& now) {
        if constexpr (saves_and_restores<A>) return to_bytes(A::save(now));
        else if constexpr (state_is_a_message<A>) return to_bytes(now);
        else return {};
    }

    /// Whether the bytes decoded.
    static bool restore(std::string_view bytes, state& into) {
        if constexpr (saves_and_restores<A>) {
            typename A::snapshot saved;
            if (!from_bytes(bytes, saved)) return false;
            into = A::restore(saved);
            return true;
        } else if constexpr (state_is_a_message<A>) {
            return from_bytes(bytes, into);
        } else {
            return false;
        }
    }
};

}  // namespace detail
}  // namespace foldline::inline v0
