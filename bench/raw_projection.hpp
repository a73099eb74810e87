#pragma once

#include "raw_sqlite.hpp"

#include <foldline_bench/v1/measured.pb.h>

#include <cstdint>
#include <filesystem>

namespace foldline_bench {

// The two halves of a projection that is written by hand: one connection reads the log, another one keeps the rows.

/// Goes through a log once.
///
/// confined.
class raw_events {
public:
    explicit raw_events(const std::filesystem::path& log);

    /// The next event, in a message that is used again; null when there is none. Begins anew after the last one.
    [[nodiscard]] const v1::LineMeasured* next();
    /// The same for events behind `position`.
    void begin_after(std::int64_t position);
    /// Of the event that came last.
    [[nodiscard]] std::int64_t position() const { return position_; }

private:
    raw_connection log_;
    raw_statement events_;
    std::int64_t position_ = 0;
    v1::LineMeasured reused_;
};

/// A file of rows, with the position that they have come to beside them.
///
/// confined.
class raw_read_model {
public:
    raw_read_model(const std::filesystem::path& file, const char* tables);

    [[nodiscard]] sqlite3* db() const { return db_.get(); }
    void begin();
    void commit(std::int64_t position);

private:
    raw_connection db_;
    raw_statement begin_;
    raw_statement commit_;
    raw_statement move_on_;
};

/// Throws `std::logic_error` unless a projection came to the end of a log of this many events.
void require_end(std::int64_t reached, std::size_t events);

}  // namespace foldline_bench
