#pragma once

#include <foldline/core/clock.hpp>

#include <cstdint>
#include <string>

namespace foldline::inline v0::cli {

/// A stream, without its events.
struct stream_summary {
    std::string name;
    std::int64_t events;
    std::int64_t version;
    std::int64_t last_position;
    timestamp last_recorded;
};

}  // namespace foldline::inline v0::cli
