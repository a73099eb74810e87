#pragma once

#include <foldline/projections/sql_session.hpp>

#include <array>

namespace foldline::inline v0::detail {

/// How rows that only this projection changes are asked for within a transaction: without a lock, while it has changed
/// nothing in it yet.
///
/// confined.
class own_rows {
public:
    template <class Sink, class... Args>
    void each(sql_session& rows, std::string_view sql, Sink&& sink, const Args&... args) const {
        const std::array<sql_value, sizeof...(Args)> values{to_sql(args)...};
        if (fresh_) rows.look_up(sql, values, sink);
        else rows.query(sql, values, sink);
    }

    void changed() { fresh_ = false; }
    /// What was rolled back may have been a part of a transaction that goes on.
    void ended(bool committed) { fresh_ = committed; }

private:
    bool fresh_ = true;
};

[[nodiscard]] inline timestamp time_of(const sql_row& row, int column) {
    return timestamp{std::chrono::microseconds{row.integer(column)}};
}

}  // namespace foldline::inline v0::detail
