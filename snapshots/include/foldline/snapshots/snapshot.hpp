#pragma once

#include <foldline/core/as_of.hpp>
#include <foldline/core/stream_id.hpp>

#include <cstdint>
#include <string>

namespace foldline::inline v0 {

/// A state as it was stored, with all that decides whether it may be taken up again.
///
/// value.
struct snapshot {
    stream_id stream;
    fold_progress progress;         ///< what was folded into the state; at least one event
    std::uint64_t fingerprint = 0;  ///< of everything that gives the bytes their meaning; compared, never interpreted
    std::string state;              ///< an encoded message
};

/// XXH3-64 over every field of a snapshot. A backend stores it beside the snapshot and compares when it reads.
[[nodiscard]] std::uint64_t checksum_of(const snapshot& taken);

}  // namespace foldline::inline v0
