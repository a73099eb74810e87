#pragma once

#include "event_cell.hpp"
#include "event_groups.hpp"

#include <foldline/sqlite/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Counted rows that are too many for memory: SQLite keeps and sorts them, in temporary files as it does of its own
/// accord. Equal rows that were added at different times stay groups of their own, side by side.
///
/// Threads: `add` is shared; whatever reads is confined, and comes behind the last `add`.
/// Fails:   storage_error.
class spilled_groups {
public:
    spilled_groups() = default;
    spilled_groups(const spilled_groups&) = delete;
    spilled_groups& operator=(const spilled_groups&) = delete;

    void add(std::span<const event_groups::group> groups);
    [[nodiscard]] bool is_empty() const { return !table_; }

    /// Goes to the first group, in the order of `event_groups::sort`.
    void sort(std::span<const event_groups::key> keys);
    /// The next group, which lives until the next call; empty behind the last one.
    [[nodiscard]] std::optional<event_groups::group> next();

private:
    /// A temporary table of rows of so many cells.
    struct table {
        explicit table(std::size_t width);

        connection db = connection::in_memory();
        std::optional<statement> insert;
        std::optional<statement> sorted;
        std::vector<event_cell> cells;  ///< of the row that was handed out last
    };

    std::mutex adding_;
    std::unique_ptr<table> table_;
};

}  // namespace foldline::inline v0::sqlite
