#pragma once

#include <foldline/cli/projection_host.hpp>
#include <foldline/core/clock.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::cli {

/// How a partition stands, as far as its file tells: whoever works on it is not asked.
enum class standing {
    current,  ///< at the end of the log
    behind,   ///< there is more to do
    stalled,  ///< there is more to do, and for long nothing was done
    paused,
    outdated,   ///< the rows are of another version, store or history
    never_ran,  ///< a projection of the program that has no rows
};
[[nodiscard]] std::string_view word_of(standing where);

/// value.
struct partition_report {
    partition_state state;
    standing where = standing::current;
    std::chrono::microseconds lag{};  ///< how long the first event that was not passed has been stored
};

/// value.
struct projection_report {
    std::string name;
    std::string about;   ///< empty for one that the program does not describe
    std::string place;   ///< the file of its rows
    std::string source;  ///< the id of the store that its rows are made of
    std::uint32_t version = 0;
    bool is_paused = false;
    std::string problem;  ///< why its rows are outdated
    parked_counts parked;
    global_position head;
    std::vector<partition_report> partitions;  ///< one, which is nobody's, where it never ran
};

/// Those that are described, in their order, and then whatever else has rows in `models`.
[[nodiscard]] std::vector<projection_report> report_on(const event_store& events, const read_model_store& models,
                                                       timestamp now,
                                                       std::span<const described_projection> described = {});

/// What is not as it should be, a sentence each; up to `most_lag` behind is as it should be.
[[nodiscard]] std::vector<std::string> complaints_about(const std::vector<projection_report>& all,
                                                        std::chrono::microseconds most_lag);

}  // namespace foldline::inline v0::cli
