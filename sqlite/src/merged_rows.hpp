#pragma once

#include "stream_tail.hpp"

#include <foldline/core/read_query.hpp>
#include <foldline/sqlite/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Goes over the rows of one stream where the stream index is a merged one: over those that it has, and over those that
/// only the tail knows. A row comes to the connection's `row_fetcher`, as from a query.
///
/// confined, like its connection.
class merged_rows {
public:
    merged_rows(connection& db, stream_tail& tail) : db_(db), tail_(tail) {}

    /// Begins with the versions between two exclusive bounds. Inside a transaction, which the rows are of; false if that
    /// is too old, and has to be begun anew.
    [[nodiscard]] bool begin(std::int64_t stream, std::int64_t after, std::int64_t before, read_direction direction);
    /// Goes to the next row.
    bool step();
    void reset() noexcept;

    /// Whether the stream that was begun has this version or a later one.
    [[nodiscard]] bool reaches(std::int64_t version);

private:
    bool step_index();
    bool step_tail();
    [[nodiscard]] bool forward() const { return direction_ == read_direction::forward; }

    connection& db_;
    stream_tail& tail_;
    std::int64_t stream_ = 0;
    read_direction direction_ = read_direction::forward;
    statement* index_ = nullptr;
    statement* event_ = nullptr;
    std::vector<stream_place> last_;    // what the tail knows of the stream, all versions
    std::vector<stream_place> wanted_;  // of those, the ones between the bounds, in the direction
    std::size_t next_ = 0;
    bool index_is_done_ = false;
};

}  // namespace foldline::inline v0::sqlite
