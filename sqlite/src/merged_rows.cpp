#include "merged_rows.hpp"

#include "log_tables.hpp"
#include "stream_merge.hpp"

#include <algorithm>

namespace foldline::inline v0::sqlite {
namespace {

#define FOLDLINE_MERGED_ROWS                                                                                          \
    "select foldline_row(e.position, 0, e.version, e.type, e.event_id, e.recorded_at, e.occurred_at, e.format, "      \
    "e.metadata, e.payload, e.checksum) from log_stream_events p cross join log_events e on e.position = p.position " \
    "where p.stream = ?1 and p.version > ?2 and p.version < ?3 and p.position <= ?4 order by p.version"
constexpr std::string_view index_forward = FOLDLINE_MERGED_ROWS;
constexpr std::string_view index_backward = FOLDLINE_MERGED_ROWS " desc";
#undef FOLDLINE_MERGED_ROWS

constexpr std::string_view one_event =
    "select foldline_row(position, 0, version, type, event_id, recorded_at, occurred_at, format, metadata, payload, "
    "checksum) from log_events where position = ?1";

}  // namespace

bool merged_rows::begin(std::int64_t stream, std::int64_t after, std::int64_t before, read_direction direction) {
    stream_ = stream;
    direction_ = direction;
    const stream_tail::window window{merged_position(db_), last_position(db_)};
    if (!tail_.cover(db_, window)) return false;
    last_ = tail_.of(stream, window);
    wanted_.clear();
    for (const stream_place& place : last_)
        if (place.version > after && place.version < before) wanted_.push_back(place);
    if (!forward()) std::reverse(wanted_.begin(), wanted_.end());
    next_ = 0;

    index_ = &db_.prepared(forward() ? index_forward : index_backward);
    index_->bind(1, stream).bind(2, after).bind(3, before).bind(4, window.after);
    event_ = &db_.prepared(one_event);
    index_is_done_ = false;
    return true;
}

bool merged_rows::step() { return forward() ? step_index() || step_tail() : step_tail() || step_index(); }

bool merged_rows::step_index() {
    if (!index_is_done_) index_is_done_ = !index_->step();
    return !index_is_done_;
}

/// An event that is missing is found as a hole in the versions.
bool merged_rows::step_tail() {
    while (next_ < wanted_.size()) {
        event_->reset();
        if (event_->bind(1, wanted_[next_++].position).step()) return true;
    }
    return false;
}

void merged_rows::reset() noexcept {
    if (index_) index_->reset();
    if (event_) event_->reset();
}

bool merged_rows::reaches(std::int64_t version) {
    if (!last_.empty() && last_.back().version >= version) return true;
    statement& beyond = db_.prepared("select 1 from log_stream_events where stream = ?1 and version >= ?2 limit 1");
    const reset_at_exit end{beyond};
    return beyond.bind(1, stream_).bind(2, version).step();
}

}  // namespace foldline::inline v0::sqlite
