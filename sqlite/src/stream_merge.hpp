#pragma once

#include "stream_tail.hpp"

#include <foldline/sqlite/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Brings the merged stream index up to date, a slice at a time, inside the transactions of appends: each slice is sorted,
/// so that many entries share a page, and small, so that no append waits long. How far a merge has come stands in the
/// file, so that whoever writes next goes on with it.
///
/// confined to the writer.
class stream_merge {
public:
    explicit stream_merge(stream_tail& tail) : tail_(tail) {}

    /// Reads from the file how far the merge has come, and what is still to be merged. In a transaction.
    void catch_up(connection& db, std::int64_t head);
    /// Merges a slice if it is time to: what `events` more appends have to pay for. In their transaction, which sees
    /// everything up to `head` of what was committed before.
    void advance(connection& db, std::int64_t events, std::int64_t head);
    /// The transaction was committed, or undone.
    void commit();
    void undo();

    /// What the index does not cover, up to `head`.
    [[nodiscard]] stream_tail::window uncovered(std::int64_t head) const { return {point_.merged, head}; }

private:
    /// How far a merge has come. All of `merged` is in the index; of the events behind it, up to `merging`, those that do
    /// not come after the last stream and version.
    struct point {
        std::int64_t merged = 0;
        std::int64_t merging = 0;  // 0: no merge is under way
        std::int64_t stream = 0;
        std::int64_t version = 0;
    };

    void begin_merge(connection& db, std::int64_t head);
    void merge_slice(connection& db);
    void store_point(connection& db);

    stream_tail& tail_;
    std::int64_t merge_size_ = 0;  // events that one merge puts in
    point point_;
    point staged_;
    std::vector<stream_place> sorted_;  // what the merge that is under way puts in
    std::int64_t sorted_to_ = 0;        // its `merging`; 0: none is loaded
    std::int64_t unpaid_ = 0;           // events since the last slice
};

/// Reads how far the index of a file reaches. In a transaction.
[[nodiscard]] std::int64_t merged_position(connection& db);

}  // namespace foldline::inline v0::sqlite
