#include "write_gatherer.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <utility>

namespace foldline::inline v0::sqlite {

void write_gatherer::take(imported_event event, sink store) {
    if (wanted_ > 0 && !continues(event)) give_up(store);
    if (wanted_ == 0) wanted_ = event.write_size;
    gathered_.push_back(std::move(event));
    if (gathered_.size() < wanted_) return;
    wanted_ = 0;
    store(std::exchange(gathered_, {}));
}

void write_gatherer::end(sink store) {
    if (wanted_ > 0) give_up(store);
}

/// The events of one write lie together, in the log and in their stream.
bool write_gatherer::continues(const imported_event& event) const {
    const imported_event& last = gathered_.back();
    return event.write_size == 0 && event.stream == last.stream && event.position == last.position.next() &&
           event.version == last.version.next() && event.recorded_at == last.recorded_at;
}

void write_gatherer::give_up(sink store) {
    const imported_event& first = gathered_.front();
    if (numbers_ == numbering::kept)
        throw invalid_request(
            fmt::format("the write of {} events to {} that begins with {} is not whole: only {} of them came", wanted_,
                        first.stream.to_string(), first.data.id->to_string(), gathered_.size()));
    wanted_ = 0;
    for (imported_event& event : std::exchange(gathered_, {})) {
        event.write_size = 0;
        store({std::move(event)});
    }
}

}  // namespace foldline::inline v0::sqlite
