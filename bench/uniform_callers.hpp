#pragma once

#include "measured.hpp"
#include "raw_sqlite.hpp"

#include <foldline/core/event_store.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace foldline_bench {

// Whoever appends to any of many streams, each as likely as any other: what costs an index most.

/// The numbers of the streams, the same ones each time; none twice in one call.
///
/// confined.
class uniform_order {
public:
    explicit uniform_order(std::size_t streams) : any_(0, streams - 1), last_call_(streams) {}

    void begin_call() { ++call_; }
    std::size_t next();

private:
    std::mt19937_64 always_the_same_{2010};
    std::uniform_int_distribution<std::size_t> any_;
    std::vector<std::uint32_t> last_call_;
    std::uint32_t call_ = 0;
};

/// Appends through foldline.
///
/// confined.
class our_uniform_caller {
public:
    our_uniform_caller(foldline::event_store& store, std::size_t streams);

    /// One call with this many events.
    void append(std::size_t events);

private:
    struct known_stream {
        foldline::stream_id name;
        foldline::stream_version version;
    };

    foldline::event_store& store_;
    uniform_order order_;
    std::vector<known_stream> streams_;
    std::uint64_t made_ = 0;
    v1::LineMeasured event_ = first_event();
};

/// Does the same by hand.
///
/// confined.
class raw_uniform_caller {
public:
    raw_uniform_caller(raw_log& log, std::size_t streams) : log_(log), order_(streams), streams_(streams) {}

    void append(std::size_t events);

private:
    raw_log& log_;
    uniform_order order_;
    std::vector<raw_stream> streams_;
    std::uint64_t made_ = 0;
    v1::LineMeasured event_ = first_event();
};

}  // namespace foldline_bench
