#pragma once

#include "event_cell.hpp"
#include "scan_plan.hpp"

#include <foldline/core/event_store.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace foldline::inline v0::sqlite {

/// A value that rows are compared with.
using scan_value = std::variant<std::monostate, std::int64_t, double, std::string, std::vector<char>>;
/// All that one condition of a plan is compared with: one, unless it is a list.
using scan_values = std::vector<scan_value>;

/// Which events a scan reads, once the values are known.
///
/// value.
struct event_range {
    bool is_empty = false;  ///< nothing can match
    std::int64_t after = 0;
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    std::optional<stream_id> stream;
    std::int64_t after_version = 0;
    std::int64_t before_version = std::numeric_limits<std::int64_t>::max();
    std::optional<std::vector<std::string>> categories;
    std::optional<std::vector<std::string>> types;
    std::optional<std::vector<std::uint32_t>> schema_versions;

    [[nodiscard]] read_query query(bool backward) const;
    [[nodiscard]] bool holds(global_position position) const {
        return position.value > after && position.value < before;
    }
};

/// What a plan's conditions leave of the store's events up to `head`. Reads single events to find where times stand.
[[nodiscard]] event_range range_of(const scan_plan& plan, std::span<const scan_values> values,
                                   const event_table_shape& shape, const event_store& store, global_position head);

/// Keeps rows away from SQLite that it would drop: those whose cells are certainly not equal to what they are compared
/// with. Whatever is in doubt passes; SQLite looks again at what it gets.
///
/// value.
class cell_filter {
public:
    cell_filter(const scan_plan& plan, std::span<const scan_values> values, const table_columns& columns);

    [[nodiscard]] bool admits(std::span<const event_cell> row) const {
        for (const test& each : tests_)
            if (!admits(row[each.cell], each)) return false;
        return true;
    }

private:
    struct test {
        std::size_t cell;
        bool is_text;  ///< declared so: texts are compared as they are
        scan_values any_of;
    };
    [[nodiscard]] static bool admits(const event_cell& cell, const test& asked);

    std::vector<test> tests_;
};

}  // namespace foldline::inline v0::sqlite
