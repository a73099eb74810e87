#include "group_callers.hpp"

#include <utility>

namespace foldline_bench {

void our_queue_caller::append_ahead() {
    auto& oldest = flights_[turn_++ % flights_.size()];
    land(oldest);
    oldest = queue_.append(requests_.next(1));
}

void our_queue_caller::finish() {
    for (auto& each : flights_) land(each);
}

void our_queue_caller::land(std::future<foldline::append_result>& oldest) {
    if (oldest.valid()) require_stored(oldest.get());
}

raw_group_caller::raw_group_caller(raw_group_commit& log, std::string prefix, window streams, std::size_t in_flight)
    : log_(log), streams_(streams, std::move(prefix)), flights_(in_flight) {}

void raw_group_caller::append() {
    flight& only = flights_.front();
    make_next(only);
    log_.append(only.append);
    if (only.beginning) *only.beginning = only.append.stream;
}

void raw_group_caller::append_ahead() {
    flight& oldest = flights_[turn_++ % flights_.size()];
    land(oldest);
    make_next(oldest);
    log_.submit(oldest.append);
    oldest.under_way = true;
}

void raw_group_caller::finish() {
    for (flight& each : flights_) land(each);
}

void raw_group_caller::make_next(flight& next) {
    raw_stream& stream = streams_.next();
    next.beginning = stream.number == 0 ? &stream : nullptr;
    if (next.beginning) next.append.name = streams_.next_name();
    next.append.stream = stream;
    ++stream.version;
    foldline_bench::make_next(event_, made_++);
    event_.SerializeToString(&next.append.event.payload);
    metadata_.SerializeToString(&next.append.event.metadata);
    next.append.event.recorded_at_us = now_us_raw();
}

void raw_group_caller::land(flight& oldest) {
    if (!std::exchange(oldest.under_way, false)) return;
    log_.wait_for(oldest.append);
    // Its stream gets no other event before: more streams are alive than events are under way.
    if (oldest.beginning) oldest.beginning->number = oldest.append.stream.number;
}

}  // namespace foldline_bench
