#pragma once

#include "group_commit.hpp"
#include "measured.hpp"
#include "window_callers.hpp"

#include <foldline/eventstore/append_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace foldline_bench {

/// Appends through foldline's queue.
///
/// confined.
class our_queue_caller {
public:
    our_queue_caller(foldline::append_queue& queue, std::string prefix, window streams, std::size_t in_flight)
        : queue_(queue), requests_(std::move(prefix), streams), flights_(in_flight) {}

    /// Submits one event, and waits for the one that was submitted `in_flight` calls ago.
    void append_ahead();
    /// Waits for all.
    void finish();

private:
    static void land(std::future<foldline::append_result>& oldest);

    foldline::append_queue& queue_;
    our_requests requests_;
    std::vector<std::future<foldline::append_result>> flights_;
    std::size_t turn_ = 0;
};

/// Appends by hand to a log that it shares with other callers; encodes on its own thread.
///
/// confined; outlives the group commit.
class raw_group_caller {
public:
    raw_group_caller(raw_group_commit& log, std::string prefix, window streams, std::size_t in_flight = 1);

    /// Appends one event and waits for it.
    void append();
    /// Submits one event, and waits for the one that was submitted `in_flight` calls ago.
    void append_ahead();
    /// Waits for all.
    void finish();

private:
    struct flight {
        raw_append append;
        raw_stream* beginning = nullptr;  // of which this is the first event
        bool under_way = false;
    };
    void make_next(flight& next);
    void land(flight& oldest);

    raw_group_commit& log_;
    raw_window streams_;
    foldline::storage::Metadata metadata_ = raw_metadata();
    v1::LineMeasured event_ = first_event();
    std::uint64_t made_ = 0;
    std::deque<flight> flights_;
    std::size_t turn_ = 0;
};

}  // namespace foldline_bench
