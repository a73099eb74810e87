#pragma once

#include <foldline/core/state_memory.hpp>
#include <foldline/snapshots/detail/snapshot_keeper.hpp>
#include <foldline/snapshots/detail/state_form.hpp>

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace foldline::inline v0::detail {

template <class A>
std::int64_t state_version_of() {
    if constexpr (requires { A::state_version; }) return A::state_version;
    else return 1;
}

/// Recalls the states of an aggregate from snapshots.
///
/// Threads: shared.
template <class A>
class snapshot_memory : public state_memory<typename A::state> {
public:
    snapshot_memory(const event_store& store, snapshot_store& snapshots, snapshot_policy policy)
        : keeper(store, snapshots, policy, state_form<A>::fingerprint(), state_version_of<A>()),
          save_(&state_form<A>::save),
          restore_(&state_form<A>::restore) {}

    std::optional<loaded<typename A::state>> recall(const stream_id& stream, const as_of& when) override {
        loaded<typename A::state> recalled;
        const auto progress =
            keeper.recall(stream, when, [&](std::string_view bytes) { return restore_(bytes, recalled.state); });
        if (!progress) return std::nullopt;
        static_cast<fold_progress&>(recalled) = *progress;
        return recalled;
    }

    void offer(const stream_id& stream, const loaded<typename A::state>& state, stream_version recalled) override {
        keeper.offer(stream, state, recalled, [&] { return save_(state.state); });
    }

    snapshot_keeper keeper;

private:
    // A compiler may compile virtual functions wherever the class is used, also where the messages' classes are not seen.
    // Only the constructor names what needs them.
    std::string (*save_)(const typename A::state&);
    bool (*restore_)(std::string_view, typename A::state&);
};

}  // namespace foldline::inline v0::detail
