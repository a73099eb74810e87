#include "window_callers.hpp"

#include "tally.hpp"

#include <foldline/core/codec.hpp>

#include <fmt/core.h>

#include <chrono>
#include <stdexcept>
#include <utility>
#include <variant>

namespace foldline_bench {

std::string prefix_of(int caller) { return fmt::format("t{:02}-", caller); }

foldline::append_request our_requests::next(std::size_t events) {
    const std::string metadata = encode(our_metadata());
    foldline::append_request request;
    request.writes.reserve(events);
    for (std::size_t i = 0; i < events; ++i) {
        known_stream& stream = living_stream();
        auto& write = request.writes.emplace_back(stream.name, foldline::expected_version::exactly(stream.version),
                                                  std::vector<foldline::event_data>{});
        write.events.push_back(next_event(metadata));
        stream.version = stream.version.next();
    }
    return request;
}

foldline::append_request our_requests::next_stream(std::size_t events) {
    const std::string metadata = encode(our_metadata());
    std::vector<foldline::event_data> data;
    data.reserve(events);
    for (std::size_t i = 0; i < events; ++i) data.push_back(next_event(metadata));
    return foldline::append_request::to({std::string(tally::category), fmt::format("{}{:07}", prefix_, named_++)},
                                        foldline::expected_version::no_stream(), std::move(data));
}

our_requests::known_stream& our_requests::living_stream() {
    if (turn_ == alive_.size()) {
        turn_ = 0;
        if (alive_.empty() || alive_.back().version.value == window_.events_in_each) {
            alive_.clear();
            for (std::size_t i = 0; i < window_.streams; ++i)
                alive_.push_back({{std::string(tally::category), fmt::format("{}{:07}", prefix_, named_++)}, {}});
        }
    }
    return alive_[turn_++];
}

foldline::event_data our_requests::next_event(const std::string& metadata) {
    make_next(event_, made_++);
    foldline::event_data made = foldline::to_event(event_, metadata);
    if (when_ == occurred::at_a_time_of_its_own)
        made.occurred_at = foldline::timestamp{std::chrono::microseconds{event_.placed_at_us()}};
    return made;
}

void require_stored(const foldline::append_result& result) {
    if (!std::holds_alternative<foldline::appended>(result))
        throw std::logic_error("an append was refused, though nobody else writes to its streams");
}

bool raw_window::next_begins_a_window() const {
    return alive_.empty() || (turn_ == alive_.size() && alive_.back().version == window_.events_in_each);
}

bool raw_window::next_is_new() const { return next_begins_a_window() || alive_[turn_ % alive_.size()].number == 0; }

raw_stream& raw_window::next() {
    if (next_begins_a_window()) {
        alive_.assign(window_.streams, raw_stream{});
        turn_ = 0;
    } else if (turn_ == alive_.size()) {
        turn_ = 0;
    }
    return alive_[turn_++];
}

std::string raw_window::next_name() { return fmt::format("{}{:07}", prefix_, named_++); }

void raw_caller::append(std::size_t events) {
    // One row alone needs no transaction around it.
    const bool several_rows = events > 1 || streams_.next_is_new();
    log_.begin_call();
    if (several_rows) log_.begin();
    for (std::size_t i = 0; i < events; ++i) {
        raw_stream& stream = streams_.next();
        if (stream.number == 0) stream = log_.new_stream(streams_.next_name());
        add(stream);
    }
    if (several_rows) log_.commit();
}

void raw_caller::append_stream(std::size_t events) {
    log_.begin_call();
    log_.begin();
    raw_stream stream = log_.new_stream(streams_.next_name());
    for (std::size_t i = 0; i < events; ++i) add(stream);
    log_.commit();
}

void raw_caller::add(raw_stream& stream) {
    make_next(event_, made_++);
    if (when_ == occurred::when_recorded) log_.add(stream, event_);
    else log_.add(stream, event_, event_.placed_at_us());
}

}  // namespace foldline_bench
