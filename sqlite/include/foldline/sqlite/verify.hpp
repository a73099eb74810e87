#pragma once

#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/work_progress.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace foldline::inline v0::sqlite {

/// One thing that is wrong in a file.
struct finding {
    std::string place;  ///< "event 4711 (order-1234 @3)", "log_streams 17", "page 12", "write-ahead log"
    std::string why;
};

struct verification {
    std::int64_t events = 0;
    std::int64_t streams = 0;
    std::int64_t snapshots = 0;
    std::int64_t pages = 0;
    std::vector<finding> findings;  ///< the first ones
    std::int64_t found = 0;         ///< how many there were in all

    [[nodiscard]] bool is_sound() const { return found == 0; }
};

struct verify_options {
    std::size_t most_findings = 100;
    progress_report report{};
};

/// Looks at every byte of a file that means something: the pages and their index (SQLite's own check), each event's
/// checksum over all of its columns, positions and versions without hole, each stream, type, schema, record of an
/// append and snapshot against the events, and rows that belong to nothing. Sees the file as it was when it began;
/// appends go on meanwhile. A finding is no exception: it is in the answer. Memory does not grow with the file.
///
/// Rows of inline projections and of an application's own tables carry no checksums, and are looked at only as SQLite's
/// check does. What is damaged in the last commit of a write-ahead log, and nowhere before, cannot be told from a commit
/// that a killed process did not finish.
///
/// Fails: storage_error where the file cannot be read at all.
[[nodiscard]] verification verify(const database& file, const verify_options& options = {});

}  // namespace foldline::inline v0::sqlite
