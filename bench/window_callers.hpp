#pragma once

#include "measured.hpp"
#include "raw_sqlite.hpp"

#include <foldline/core/event_store.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace foldline_bench {

// Whoever appends. The order of the streams is that of the design's own measurements: a thousand of them are alive, each
// gets an event in turn until it has ten, and then come the next thousand.

/// How a caller goes through its streams.
struct window {
    std::size_t streams = 1000;
    std::int64_t events_in_each = 10;
};

/// What each of several callers has, so that together they have as many living streams as a lone one.
[[nodiscard]] inline window share_of(int callers) { return {1000 / static_cast<std::size_t>(callers), 10}; }
[[nodiscard]] std::string prefix_of(int caller);

enum class occurred { when_recorded, at_a_time_of_its_own };

/// What a user of foldline wants stored, call by call.
///
/// confined.
class our_requests {
public:
    explicit our_requests(std::string prefix, window streams = {}, occurred when = occurred::when_recorded)
        : prefix_(std::move(prefix)), window_(streams), when_(when) {}

    /// This many events, each in another of the living streams.
    foldline::append_request next(std::size_t events);
    /// This many events, all in one new stream.
    foldline::append_request next_stream(std::size_t events);

private:
    struct known_stream {
        foldline::stream_id name;
        foldline::stream_version version;
    };

    known_stream& living_stream();
    foldline::event_data next_event(const std::string& metadata);

    std::string prefix_;
    window window_;
    occurred when_;
    std::vector<known_stream> alive_;
    std::size_t turn_ = 0;
    std::int64_t named_ = 0;
    std::uint64_t made_ = 0;
    v1::LineMeasured event_ = first_event();
};

/// Throws `std::logic_error` unless the events were stored: nobody else writes to their streams.
void require_stored(const foldline::append_result& result);

/// Appends it.
///
/// confined; several may share a store if their prefixes differ.
class our_caller {
public:
    our_caller(foldline::event_store& store, std::string prefix, window streams = {},
               occurred when = occurred::when_recorded)
        : store_(store), requests_(std::move(prefix), streams, when) {}

    void append_one() { append(1); }
    void append(std::size_t events) { require_stored(store_.append(requests_.next(events))); }
    void append_stream(std::size_t events) { require_stored(store_.append(requests_.next_stream(events))); }

private:
    foldline::event_store& store_;
    our_requests requests_;
};

/// The living streams of a caller that works by hand.
///
/// confined.
class raw_window {
public:
    explicit raw_window(window streams, std::string prefix) : window_(streams), prefix_(std::move(prefix)) {}

    /// Its number is 0 until it was given one: then it is new.
    raw_stream& next();
    [[nodiscard]] bool next_is_new() const;
    std::string next_name();

private:
    [[nodiscard]] bool next_begins_a_window() const;

    window window_;
    std::string prefix_;
    std::vector<raw_stream> alive_;
    std::size_t turn_ = 0;
    std::int64_t named_ = 0;
};

/// Does by hand what `our_caller` does.
///
/// confined.
class raw_caller {
public:
    explicit raw_caller(raw_log& log, window streams = {}, occurred when = occurred::when_recorded,
                        std::string prefix = "s")
        : log_(log), streams_(streams, std::move(prefix)), when_(when) {}

    void append(std::size_t events);
    void append_stream(std::size_t events);

private:
    void add(raw_stream& stream);

    raw_log& log_;
    raw_window streams_;
    occurred when_;
    std::uint64_t made_ = 0;
    v1::LineMeasured event_ = first_event();
};

}  // namespace foldline_bench
