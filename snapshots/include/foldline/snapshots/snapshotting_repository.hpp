#pragma once

#include <foldline/core/repository.hpp>
#include <foldline/snapshots/detail/snapshot_memory.hpp>
#include <foldline/snapshots/snapshot_policy.hpp>
#include <foldline/snapshots/snapshot_store.hpp>

#include <optional>
#include <string_view>

namespace foldline::inline v0 {

/// A repository that begins at the latest good snapshot instead of the first event.
///
///     snapshotting_repository<order> orders{store, snapshots, every(100)};
///
/// The state is a Protobuf message, or the aggregate turns it into one and back:
///
///     using snapshot = SavedOrder;
///     static SavedOrder save(const state&);
///     static state restore(const SavedOrder&);
///     static constexpr int state_version = 2;  // 1 unless told; raised when `evolve` changes its meaning
///
/// A snapshot is taken after a command, as the policy says. It is used only if its checksum is right, if the state's
/// schema, the `state_version`, the upcasters of the store and the store's history are what they were, and if the event
/// it ends with still is the one in the store; otherwise it is dropped and replay takes its place. No failure of the
/// snapshot store fails a load or a command. `counters()` tells about all of it.
///
/// An aggregate's header ends with
///     extern template class foldline::repository<order>;
///     extern template class foldline::snapshotting_repository<order>;
/// and its source with the same two without `extern`.
///
/// Threads: shared. `store` and `snapshots` outlive it.
/// Fails:   as `repository` does.
template <class A>
class snapshotting_repository : private detail::snapshot_memory<A>, public repository<A> {
public:
    snapshotting_repository(event_store& store, snapshot_store& snapshots, snapshot_policy policy,
                            repository_options options = {});
    ~snapshotting_repository() override;
    snapshotting_repository(const snapshotting_repository&) = delete;
    snapshotting_repository& operator=(const snapshotting_repository&) = delete;

    /// Takes a snapshot of the aggregate `id` as it is now; returns its version, or nothing for one without events.
    /// Throws what the snapshot store throws.
    std::optional<stream_version> take_now(std::string_view id);

    [[nodiscard]] snapshot_counters counters() const;
};

template <class A>
snapshotting_repository<A>::snapshotting_repository(event_store& store, snapshot_store& snapshots,
                                                    snapshot_policy policy, repository_options options)
    : detail::snapshot_memory<A>(store, snapshots, policy),
      repository<A>(store, static_cast<detail::snapshot_memory<A>&>(*this), options) {}

// Written out so that it is compiled with the other members, where the messages' classes are seen.
template <class A>
snapshotting_repository<A>::~snapshotting_repository() = default;

template <class A>
std::optional<stream_version> snapshotting_repository<A>::take_now(std::string_view id) {
    const auto now = this->load(id);
    if (!now.exists()) return std::nullopt;
    this->keeper.take(stream_id{std::string(A::category), std::string(id)}, now,
                      [&] { return detail::state_form<A>::save(now.state); });
    return now.version;
}

template <class A>
snapshot_counters snapshotting_repository<A>::counters() const {
    return this->keeper.counters();
}

}  // namespace foldline::inline v0
