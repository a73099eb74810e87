#pragma once

#include <foldline/snapshots/snapshot_store.hpp>
#include <foldline/sqlite/database.hpp>

#include <cstddef>
#include <memory>
#include <optional>

namespace foldline::inline v0::sqlite {

/// Snapshots in the file of the events that they were folded from. In a file that is only read it finds, and saves
/// nothing: `save` and `drop` do nothing there.
///
/// Threads: shared. `file` outlives it.
/// Fails:   as `database`.
class sqlite_snapshot_store final : public snapshot_store {
public:
    explicit sqlite_snapshot_store(database& file);
    ~sqlite_snapshot_store() override;

    void save(const snapshot& taken, std::size_t kept) override;
    [[nodiscard]] std::optional<found_snapshot> nearest(const snapshot_query& query) const override;
    void drop(const stream_id& stream, stream_version version) override;
    void drop_all(const stream_id& stream) override;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0::sqlite
