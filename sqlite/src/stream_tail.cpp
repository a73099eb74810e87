#include "stream_tail.hpp"

#include <algorithm>
#include <utility>

namespace foldline::inline v0::sqlite {

bool stream_tail::cover(connection& db, window wanted) {
    std::int64_t from = 0;
    {
        const std::lock_guard lock{mutex_};
        if (wanted.after < known_after_) return false;
        move_mark(wanted.after);
        if (wanted.last <= known_to_) return true;
        from = known_to_;
    }
    std::vector<stream_place> missing;
    statement& rows =
        db.prepared("select position, stream, version from log_events where position > ?1 and position <= ?2");
    const reset_at_exit end{rows};
    rows.bind(1, from).bind(2, wanted.last);
    while (rows.step()) missing.push_back({rows.integer(0), rows.integer(1), rows.integer(2)});

    const std::lock_guard lock{mutex_};
    for (const stream_place& place : missing) add(place);
    known_to_ = std::max(known_to_, wanted.last);  // the last ones may have been purged
    return true;
}

void stream_tail::note(std::span<const stream_place> committed) {
    const std::lock_guard lock{mutex_};
    // What others committed before is read when somebody asks; until then there must be no hole.
    if (!is_begun_ || committed.empty() || committed.front().position > known_to_ + 1) return;
    for (const stream_place& place : committed) add(place);
}

std::vector<stream_place> stream_tail::of(std::int64_t stream, window within) const {
    std::vector<stream_place> places;
    const std::lock_guard lock{mutex_};
    visit_backward(stream, within, [&](const stream_place& place) {
        places.push_back(place);
        return true;
    });
    std::reverse(places.begin(), places.end());
    return places;
}

std::optional<stream_place> stream_tail::last_of(std::int64_t stream, window within) const {
    std::optional<stream_place> last;
    const std::lock_guard lock{mutex_};
    visit_backward(stream, within, [&](const stream_place& place) {
        last = place;
        return false;
    });
    return last;
}

std::vector<stream_place> stream_tail::sorted(window within) const {
    std::vector<stream_place> places;
    {
        const std::lock_guard lock{mutex_};
        for (auto at = first_behind(within.after); at != entries_.end() && at->place.position <= within.last; ++at)
            places.push_back(at->place);
    }
    std::sort(places.begin(), places.end(), [](const stream_place& a, const stream_place& b) {
        return std::pair{a.stream, a.version} < std::pair{b.stream, b.version};
    });
    return places;
}

/// Two may have read the same: what is known already is passed over.
void stream_tail::add(const stream_place& place) {
    if (place.position <= known_to_) return;
    const std::uint64_t number = first_ + entries_.size();
    const auto [last, is_first] = last_.try_emplace(place.stream, number);
    try {
        entries_.push_back({place, is_first ? none : last->second});
    } catch (...) {
        if (is_first) last_.erase(last);
        throw;
    }
    last->second = number;
    known_to_ = place.position;
}

void stream_tail::move_mark(std::int64_t mark) {
    if (mark > known_to_ || !is_begun_) {  // of what was known nothing is wanted any more
        is_begun_ = true;
        last_mark_ = mark;
        forget_up_to(mark);
    } else if (mark > last_mark_) {
        // Transactions that began before the last merge may still ask for what it merged.
        forget_up_to(std::exchange(last_mark_, mark));
    }
}

void stream_tail::forget_up_to(std::int64_t mark) {
    for (; !entries_.empty() && entries_.front().place.position <= mark; entries_.pop_front(), ++first_)
        if (const auto last = last_.find(entries_.front().place.stream); last != last_.end() && last->second == first_)
            last_.erase(last);
    known_after_ = std::max(known_after_, mark);
    known_to_ = std::max(known_to_, mark);
}

std::deque<stream_tail::entry>::const_iterator stream_tail::first_behind(std::int64_t position) const {
    return std::partition_point(entries_.begin(), entries_.end(),
                                [&](const entry& one) { return one.place.position <= position; });
}

template <class Visit>
void stream_tail::visit_backward(std::int64_t stream, window within, Visit visit) const {
    const auto last = last_.find(stream);
    if (last == last_.end()) return;
    for (std::uint64_t number = last->second; number != none && number >= first_;) {
        const entry& one = entries_[static_cast<std::size_t>(number - first_)];
        if (one.place.position <= within.after) return;
        if (one.place.position <= within.last && !visit(one.place)) return;
        number = one.before;
    }
}

}  // namespace foldline::inline v0::sqlite
