#pragma once

#include "pool.hpp"

#include <foldline/projections/dead_letter_store.hpp>
#include <foldline/sqlite/database.hpp>

#include <cstddef>
#include <string_view>

namespace foldline::inline v0::sqlite {

/// Parks an event in the transaction that the caller has open. One that is parked already stays as it is. Throws
/// `limit_exceeded` if the projection has `most` parked.
void park(connection& db, const parked_event& event, std::size_t most);

/// Removes what is parked, in the transaction that the caller has open. What was given up before stays on record.
void forget_parked(connection& db, std::string_view projection);

/// The dead letters of a file of read models, in `rm_parked` and `rm_dropped`. A replay has the writer's role for as long
/// as its session lives.
///
/// Threads: shared.
class sqlite_dead_letter_store final : public dead_letter_store {
public:
    sqlite_dead_letter_store(database& file, pool<connection>& readers) : file_(file), readers_(readers) {}

    [[nodiscard]] parked_counts count(std::string_view projection) const override;
    [[nodiscard]] std::vector<parked_event> list(const parked_query& query) const override;
    [[nodiscard]] std::vector<std::string> keys(std::string_view projection) const override;
    /// What was given up last comes first.
    [[nodiscard]] std::vector<dropped_event> dropped(std::string_view projection, std::size_t limit) const override;

    [[nodiscard]] std::unique_ptr<replay_session> replay(std::string_view projection, std::string_view order_key,
                                                         std::string_view definition) override;
    bool drop(std::string_view projection, global_position position, std::string_view reason, timestamp when) override;

private:
    database& file_;
    pool<connection>& readers_;
};

}  // namespace foldline::inline v0::sqlite
