#pragma once

#include <foldline/core/stream_version.hpp>

#include <cstddef>
#include <cstdint>

namespace foldline::inline v0 {

/// When a snapshot is taken, and how many of a stream are kept.
///
///     every(100).keeping(4)
///
/// value.
class snapshot_policy {
public:
    /// Keeps the `latest` ones of each stream: 2 unless told, so that there is one to fall back on. More of them make
    /// the past quicker to load. Throws `definition_error` for 0.
    [[nodiscard]] snapshot_policy keeping(std::size_t latest) const;

    /// Whether a stream whose latest usable snapshot is at `taken` (0 for none) deserves one at `now`: it has passed a
    /// multiple of the policy's number since.
    [[nodiscard]] bool due(stream_version taken, stream_version now) const {
        return now.value / events_ > taken.value / events_;
    }
    [[nodiscard]] std::size_t kept() const { return kept_; }

private:
    friend snapshot_policy every(std::int64_t events);
    explicit snapshot_policy(std::int64_t events) : events_(events) {}

    std::int64_t events_;
    std::size_t kept_ = 2;
};

/// A snapshot at each command that takes the stream past a multiple of `events`. Throws `definition_error` for less
/// than 1.
[[nodiscard]] snapshot_policy every(std::int64_t events);

}  // namespace foldline::inline v0
