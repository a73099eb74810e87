#include "window_callers.hpp"

#include "tally.hpp"

#include <foldline/core/codec.hpp>

#include <fmt/core.h>

#include <stdexcept>
#include <utility>
#include <variant>

namespace foldline_bench {

our_caller::our_caller(foldline::event_store& store, std::string prefix, window streams)
    : store_(store), prefix_(std::move(prefix)), window_(streams) {}

void our_caller::append(std::size_t events) {
    const std::string metadata = encode(our_metadata());
    foldline::append_request request;
    request.writes.reserve(events);
    for (std::size_t i = 0; i < events; ++i) {
        known_stream& stream = next_stream();
        auto& write = request.writes.emplace_back(stream.name, foldline::expected_version::exactly(stream.version),
                                                  std::vector<foldline::event_data>{});
        write.events.push_back(next_event(metadata));
        stream.version = stream.version.next();
    }
    send(request);
}

void our_caller::append_stream(std::size_t events) {
    const std::string metadata = encode(our_metadata());
    std::vector<foldline::event_data> data;
    data.reserve(events);
    for (std::size_t i = 0; i < events; ++i) data.push_back(next_event(metadata));
    send(foldline::append_request::to({std::string(tally::category), fmt::format("{}{:07}", prefix_, named_++)},
                                      foldline::expected_version::no_stream(), std::move(data)));
}

our_caller::known_stream& our_caller::next_stream() {
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

foldline::event_data our_caller::next_event(const std::string& metadata) {
    make_next(event_, made_++);
    return foldline::to_event(event_, metadata);
}

void our_caller::send(const foldline::append_request& request) {
    if (!std::holds_alternative<foldline::appended>(store_.append(request)))
        throw std::logic_error("an append was refused, though nobody else writes to its streams");
}

raw_caller::raw_caller(raw_log& log, window streams) : log_(log), window_(streams) {}

void raw_caller::append(std::size_t events) {
    // One row alone needs no transaction around it.
    const bool several_rows = events > 1 || next_begins_a_window() || alive_[turn_ % alive_.size()].number == 0;
    log_.begin_call();
    if (several_rows) log_.begin();
    for (std::size_t i = 0; i < events; ++i) add(next_stream());
    if (several_rows) log_.commit();
}

void raw_caller::append_stream(std::size_t events) {
    log_.begin_call();
    log_.begin();
    raw_stream stream = log_.new_stream(next_name());
    for (std::size_t i = 0; i < events; ++i) add(stream);
    log_.commit();
}

bool raw_caller::next_begins_a_window() const {
    return alive_.empty() || (turn_ == alive_.size() && alive_.back().version == window_.events_in_each);
}

raw_stream& raw_caller::next_stream() {
    if (next_begins_a_window()) {
        alive_.assign(window_.streams, raw_stream{});
        turn_ = 0;
    } else if (turn_ == alive_.size()) {
        turn_ = 0;
    }
    raw_stream& stream = alive_[turn_++];
    if (stream.number == 0) stream = log_.new_stream(next_name());
    return stream;
}

std::string raw_caller::next_name() { return fmt::format("s{:07}", named_++); }

void raw_caller::add(raw_stream& stream) {
    make_next(event_, made_++);
    log_.add(stream, event_);
}

}  // namespace foldline_bench
