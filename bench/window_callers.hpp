#pragma once

#include "measured.hpp"
#include "raw_sqlite.hpp"

#include <foldline/core/event_store.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace foldline_bench {

// Whoever appends. The order of the streams is that of the design's own measurements: a thousand of them are alive, each
// gets an event in turn until it has ten, and then come the next thousand.

/// How a caller goes through its streams.
struct window {
    std::size_t streams = 1000;
    std::int64_t events_in_each = 10;
};

/// Appends through foldline.
///
/// confined; several may share a store if their prefixes differ.
class our_caller {
public:
    our_caller(foldline::event_store& store, std::string prefix, window streams = {});

    /// One call with this many events, each in another of the living streams.
    void append(std::size_t events);
    /// One call with this many events, all in one new stream.
    void append_stream(std::size_t events);

private:
    struct known_stream {
        foldline::stream_id name;
        foldline::stream_version version;
    };

    known_stream& next_stream();
    foldline::event_data next_event(const std::string& metadata);
    void send(const foldline::append_request& request);

    foldline::event_store& store_;
    std::string prefix_;
    window window_;
    std::vector<known_stream> alive_;
    std::size_t turn_ = 0;
    std::int64_t named_ = 0;
    std::uint64_t made_ = 0;
    v1::LineMeasured event_ = first_event();
};

/// Does the same by hand.
class raw_caller {
public:
    explicit raw_caller(raw_log& log, window streams = {});

    void append(std::size_t events);
    void append_stream(std::size_t events);

private:
    bool next_begins_a_window() const;
    raw_stream& next_stream();
    std::string next_name();
    void add(raw_stream& stream);

    raw_log& log_;
    window window_;
    std::vector<raw_stream> alive_;
    std::size_t turn_ = 0;
    std::int64_t named_ = 0;
    std::uint64_t made_ = 0;
    v1::LineMeasured event_ = first_event();
};

}  // namespace foldline_bench
