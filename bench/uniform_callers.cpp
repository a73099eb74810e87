#include "uniform_callers.hpp"

#include "tally.hpp"
#include "window_callers.hpp"

#include <foldline/core/codec.hpp>

#include <fmt/core.h>

#include <string>
#include <utility>

namespace foldline_bench {
namespace {

std::string name_of(std::size_t stream) { return fmt::format("u{:07}", stream); }

}  // namespace

std::size_t uniform_order::next() {
    for (;;) {
        const std::size_t chosen = any_(always_the_same_);
        if (std::exchange(last_call_[chosen], call_) != call_) return chosen;
    }
}

our_uniform_caller::our_uniform_caller(foldline::event_store& store, std::size_t streams)
    : store_(store), order_(streams) {
    streams_.reserve(streams);
    for (std::size_t i = 0; i < streams; ++i) streams_.push_back({{std::string(tally::category), name_of(i)}, {}});
}

void our_uniform_caller::append(std::size_t events) {
    const std::string metadata = encode(our_metadata());
    foldline::append_request request;
    request.writes.reserve(events);
    order_.begin_call();
    for (std::size_t i = 0; i < events; ++i) {
        known_stream& stream = streams_[order_.next()];
        auto& write = request.writes.emplace_back(stream.name, foldline::expected_version::exactly(stream.version),
                                                  std::vector<foldline::event_data>{});
        make_next(event_, made_++);
        write.events.push_back(foldline::to_event(event_, metadata));
        stream.version = stream.version.next();
    }
    require_stored(store_.append(request));
}

void raw_uniform_caller::append(std::size_t events) {
    log_.begin_call();
    log_.begin();
    order_.begin_call();
    for (std::size_t i = 0; i < events; ++i) {
        const std::size_t chosen = order_.next();
        raw_stream& stream = streams_[chosen];
        if (stream.number == 0) stream = log_.new_stream(name_of(chosen));
        make_next(event_, made_++);
        log_.add(stream, event_);
    }
    log_.commit();
}

}  // namespace foldline_bench
