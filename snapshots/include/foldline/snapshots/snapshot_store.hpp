#pragma once

#include <foldline/core/as_of.hpp>
#include <foldline/snapshots/snapshot.hpp>

#include <cstddef>
#include <limits>
#include <optional>

namespace foldline::inline v0 {

/// Which snapshot is looked for: of those of `stream` that lie below `before` and serve `when`, the latest.
struct snapshot_query {
    stream_id stream;
    as_of when = latest{};
    stream_version before{std::numeric_limits<std::int64_t>::max()};
};

/// Whether a snapshot's checksum is that of its bytes.
enum class snapshot_bytes { intact, damaged };

/// A snapshot as it was found. A damaged one is told, not hidden: its `progress.version` is the one under which it is
/// stored, so that it can be dropped; nothing else of it can be trusted.
struct found_snapshot {
    snapshot value;
    snapshot_bytes bytes = snapshot_bytes::intact;
};

/// Keeps snapshots for one event store. Losing any of them, or all, changes no answer.
///
/// Threads: shared.
/// Fails:   as its medium does (`storage_error`); the repository counts that and goes on without a snapshot.
class snapshot_store {
public:
    virtual ~snapshot_store() = default;

    /// Stores a snapshot with its checksum, in the place of one at the same version, and then leaves only the `kept`
    /// latest of the stream. All of it happens or nothing.
    virtual void save(const snapshot& taken, std::size_t kept) = 0;

    /// The latest snapshot that fits, its checksum compared; whatever its fingerprint. `found.value.progress.version`
    /// lies below `query.before`.
    [[nodiscard]] virtual std::optional<found_snapshot> nearest(const snapshot_query& query) const = 0;

    /// Forgets the snapshot at `version`, if there is one.
    virtual void drop(const stream_id& stream, stream_version version) = 0;
    /// Forgets every snapshot of a stream.
    virtual void drop_all(const stream_id& stream) = 0;
};

}  // namespace foldline::inline v0
