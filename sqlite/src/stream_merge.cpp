#include "stream_merge.hpp"

#include <algorithm>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

/// Entries that one append puts in at most for each of its own events, and how many come together at least: fewer would
/// make each single append pay for a page of the index.
constexpr std::int64_t entries_for_an_event = 2;
constexpr std::int64_t slices_of_a_merge = 64;

}  // namespace

void stream_merge::catch_up(connection& db, std::int64_t head) {
    statement& row =
        db.prepared("select merged, merging, merged_stream, merged_version, merge_size from log_stream_index");
    const reset_at_exit end{row};
    if (row.step()) {
        point_ = {row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
        merge_size_ = std::max(row.integer(4), std::int64_t{1});
    }
    staged_ = point_;
    (void)tail_.cover(db, uncovered(head));  // the writer's transaction is never an old one
}

void stream_merge::advance(connection& db, std::int64_t events, std::int64_t head) {
    unpaid_ += events;
    if (staged_.merging == 0 && head - staged_.merged >= merge_size_) begin_merge(db, head);
    if (staged_.merging == 0 || unpaid_ * entries_for_an_event * slices_of_a_merge < merge_size_) return;
    if (sorted_to_ != staged_.merging) {
        sorted_ = tail_.sorted({staged_.merged, staged_.merging});
        sorted_to_ = staged_.merging;
    }
    merge_slice(db);
    store_point(db);
}

void stream_merge::begin_merge(connection& db, std::int64_t head) {
    (void)tail_.cover(db, {staged_.merged, head});  // so that it forgets what the last merge has put in
    staged_.merging = staged_.merged + merge_size_;
    staged_.stream = staged_.version = 0;
}

void stream_merge::merge_slice(connection& db) {
    auto next = std::partition_point(sorted_.begin(), sorted_.end(), [&](const stream_place& place) {
        return std::pair{place.stream, place.version} <= std::pair{staged_.stream, staged_.version};
    });
    statement& insert = db.prepared("insert into log_stream_events (stream, version, position) values (?1, ?2, ?3)");
    for (auto left = unpaid_ * entries_for_an_event; left > 0 && next != sorted_.end(); --left, ++next) {
        insert.bind(1, next->stream).bind(2, next->version).bind(3, next->position).run();
        staged_.stream = next->stream;
        staged_.version = next->version;
    }
    unpaid_ = 0;
    if (next == sorted_.end()) staged_ = {staged_.merging, 0, 0, 0};
}

void stream_merge::store_point(connection& db) {
    db.prepared("update log_stream_index set merged = ?1, merging = ?2, merged_stream = ?3, merged_version = ?4")
        .bind(1, staged_.merged)
        .bind(2, staged_.merging)
        .bind(3, staged_.stream)
        .bind(4, staged_.version)
        .run();
}

void stream_merge::commit() { point_ = staged_; }
void stream_merge::undo() { staged_ = point_; }

std::int64_t merged_position(connection& db) {
    statement& row = db.prepared("select merged from log_stream_index");
    const reset_at_exit end{row};
    return row.step() ? row.integer(0) : 0;
}

}  // namespace foldline::inline v0::sqlite
