#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/work_progress.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace foldline::inline v0::sqlite {

/// How large a store is, and of what.
struct store_stats {
    store_identity identity;
    global_position head;
    std::int64_t events = 0;
    std::int64_t streams = 0;
    std::int64_t snapshots = 0;
    std::int64_t caller_ids = 0;  ///< appends whose ids the caller gave
    std::optional<timestamp> first_recorded;
    std::optional<timestamp> last_recorded;

    struct category {
        std::string name;
        std::int64_t streams;
        std::int64_t events;
    };
    std::vector<category> categories;  ///< most events first
    struct type {
        std::string name;
        std::uint32_t version;
        std::int64_t events;
    };
    std::vector<type> types;  ///< most events first

    std::uintmax_t file_bytes = 0;
    std::uintmax_t log_bytes = 0;   ///< of the write-ahead log
    std::uintmax_t free_bytes = 0;  ///< inside the file, used again by later events
};

/// Counts; reads the whole log once. `report` is told how many of the events are counted by type, which takes most of
/// the time.
[[nodiscard]] store_stats stats_of(const database& file, const progress_report& report = {});

/// Moves the write-ahead log into the file and empties it. False if readers held some of it back; try again later.
bool compact(database& file);

}  // namespace foldline::inline v0::sqlite
