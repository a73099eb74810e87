#pragma once

#include "ledger.hpp"
#include "writer_log.hpp"

#include <cstdint>
#include <vector>

namespace foldline_tests {

/// What a log says against its writers' records.
struct writer_verdict {
    disagreement found;
    std::int64_t reordered = 0;  ///< appends that had ended when another began, and stand behind it
};

/// Compares what writers of any number of processes were told with everything that is in the store, in its order.
/// `wrong` counts an append that is not where its writer was told or expected, a conflict although nobody else held the
/// version, and one that tells a version the stream never had or had left long before.
[[nodiscard]] writer_verdict judge_writers(const std::vector<write_record>& records,
                                           const std::vector<read_record>& log);

/// Compares what a follower was handed with the log: what is missing is lost, what came twice is a double.
[[nodiscard]] writer_verdict judge_follower(const std::vector<read_record>& followed,
                                            const std::vector<read_record>& log);

}  // namespace foldline_tests
