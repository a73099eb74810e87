#pragma once

#include <foldline/core/guarded.hpp>
#include <foldline/snapshots/snapshot_store.hpp>

#include <map>

namespace foldline::inline v0 {

/// Keeps snapshots for as long as the process lives: for tests, and where loading is frequent and restarts are rare.
///
/// Threads: shared.
class memory_snapshot_store final : public snapshot_store {
public:
    void save(const snapshot& taken, std::size_t kept) override;
    [[nodiscard]] std::optional<found_snapshot> nearest(const snapshot_query& query) const override;
    void drop(const stream_id& stream, stream_version version) override;
    void drop_all(const stream_id& stream) override;

private:
    struct row {
        snapshot taken;
        std::uint64_t checksum;
    };
    using rows = std::map<stream_version, row>;

    guarded<std::map<stream_id, rows>> streams_;
};

}  // namespace foldline::inline v0
