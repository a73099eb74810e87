#pragma once

#include "pool.hpp"

#include <foldline/projections/lease_store.hpp>
#include <foldline/sqlite/database.hpp>

namespace foldline::inline v0::sqlite {

/// The leases of a file of read models, in `rm_partitions` and `rm_members`. Every change is a transaction of its own,
/// which takes the writer's role.
///
/// Threads: shared.
class sqlite_lease_store final : public lease_store {
public:
    sqlite_lease_store(database& file, pool<connection>& readers) : file_(file), readers_(readers) {}

    [[nodiscard]] std::optional<partition_claim> claim(std::string_view projection, partition part, worker_id worker,
                                                       std::optional<partition_state> watched = {}) override;
    [[nodiscard]] std::vector<partition_claim> beat(std::span<const partition_claim> claims) override;
    void release(std::span<const partition_claim> claims) override;

    /// Nobody in particular is no member.
    void enter(std::string_view projection, worker_id worker) override;
    void leave(std::string_view projection, worker_id worker) override;
    [[nodiscard]] std::vector<worker_state> members(std::string_view projection) const override;
    void expel(std::string_view projection, const worker_state& member) override;

    void split(std::string_view projection, partition part) override;
    void merge(std::string_view projection, partition one, partition other) override;

private:
    database& file_;
    pool<connection>& readers_;
};

}  // namespace foldline::inline v0::sqlite
