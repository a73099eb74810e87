#pragma once

#include "pool.hpp"
#include "sql_session.hpp"

#include <foldline/projections/read_model_store.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

/// A transaction over several claims. It takes the right to write at the first statement that may need it; until then
/// `look_up` reads over a connection of its own, where it holds nobody up. Both look first whether the claims are good.
///
/// confined.
class sqlite_read_model_session final : public read_model_session {
public:
    sqlite_read_model_session(database& file, pool<connection>& readers, std::span<const partition_claim> claims);
    ~sqlite_read_model_session() override;

    std::int64_t run(std::string_view sql, std::span<const sql_value> values) override;
    void query(std::string_view sql, std::span<const sql_value> values,
               function_ref<void(const sql_row&)> sink) override;
    void look_up(std::string_view sql, std::span<const sql_value> values,
                 function_ref<void(const sql_row&)> sink) override;
    void attempt(function_ref<void()> work) override;
    void park(const parked_event& event, std::size_t most) override;
    void commit(global_position position, timestamp recorded_at) override;

private:
    struct reading;
    struct writing;
    reading& to_read();
    writing& to_write();
    void require_good_claims(connection& db) const;

    database& file_;
    pool<connection>& readers_;
    std::vector<partition_claim> claims_;
    std::unique_ptr<reading> reading_;
    int looking_up_ = 0;
    std::optional<write_lease> lease_;
    std::unique_ptr<writing> writing_;  // after the lease, so that it ends before the next writer begins
    bool is_over_ = false;
};

}  // namespace foldline::inline v0::sqlite
