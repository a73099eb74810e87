#pragma once

#include "event_groups.hpp"
#include "event_row_reader.hpp"
#include "event_scan.hpp"
#include "row_page.hpp"

#include <cstddef>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Reads pages of events as rows, of those that are wanted.
///
/// confined. Store, shape and filter outlive it.
class page_reader {
public:
    page_reader(const event_store& store, event_table_shape& shape, std::vector<std::size_t> used, masking personal)
        : store_(store), rows_(store, shape, std::move(used), personal) {}

    /// Adds the rows of up to `limit` events to `into`. `at_end` of what is returned also when all that is left lies
    /// beyond the range.
    page read(const read_query& query, batch_limit limit, const event_range& range, const cell_filter& wanted,
              row_page& into);
    /// The same, and only counts them.
    page count(const read_query& query, batch_limit limit, const event_range& range, const cell_filter& wanted,
               event_groups& into);

private:
    template <class Take>
    page read_rows(const read_query& query, batch_limit limit, const event_range& range, Take take);
    [[nodiscard]] std::int64_t id_of(const event_view& event, std::int64_t index) const;

    const event_store& store_;
    event_row_reader rows_;
};

}  // namespace foldline::inline v0::sqlite
