#pragma once

#include "event_cell.hpp"

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace foldline::inline v0::sqlite {

class spilled_groups;

/// Counts equal rows, so that they can be handed out together: to sort as many rows as there are events, which is what
/// SQLite does for `group by` otherwise, takes longer than to read them. Where nearly every row is another one, what
/// takes more memory than it may goes elsewhere.
///
/// confined.
class event_groups {
public:
    struct key {
        std::size_t cell;
        bool is_descending;
    };
    struct group {
        std::span<const event_cell> cells;
        std::int64_t rows;
    };

    /// `beyond`, which outlives it, takes what is more than about so many bytes.
    event_groups(std::size_t most_bytes, spilled_groups& beyond) : most_bytes_(most_bytes), beyond_(beyond) {}

    void add(std::span<const event_cell> row, std::int64_t times = 1);
    /// In the order of these cells, and then of the others; as SQLite compares them.
    void sort(std::span<const key> keys);
    [[nodiscard]] const std::vector<group>& all() const { return groups_; }
    /// Gives all that is here to the other one.
    void spill();

private:
    [[nodiscard]] std::span<const event_cell> kept(std::span<const event_cell> row);

    std::size_t most_bytes_;
    spilled_groups& beyond_;
    std::size_t bytes_ = 0;
    std::pmr::monotonic_buffer_resource memory_;
    std::vector<group> groups_;
    std::unordered_map<std::string_view, std::size_t> by_key_;
    std::string key_;
};

}  // namespace foldline::inline v0::sqlite
