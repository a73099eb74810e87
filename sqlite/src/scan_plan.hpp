#pragma once

#include "event_groups.hpp"
#include "event_table_shape.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3_index_info;

namespace foldline::inline v0::sqlite {

/// How a statement goes over a table: agreed on with SQLite when it is prepared, done when it runs.
///
/// value.
struct scan_plan {
    /// A value that a column is compared with; values come in this order when the scan begins.
    struct condition {
        std::size_t column;
        char compared;  ///< = < > l(ess or equal) g(reater or equal)
        bool is_list;   ///< equal to one of many
    };

    std::vector<condition> conditions;
    std::vector<std::size_t> used;            ///< columns
    std::vector<event_groups::key> group_by;  ///< their cells, where equal rows are handed out together; else none
    bool is_backward = false;
    bool is_distinct = false;  ///< of equal rows one is enough

    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] static scan_plan from(std::string_view text);
};

/// Chooses what of a statement's conditions and order the scan takes over, and tells SQLite so. `events`: about as many
/// as the store has.
[[nodiscard]] scan_plan choose_plan(sqlite3_index_info& asked, event_table_shape& shape, double events);

}  // namespace foldline::inline v0::sqlite
