#pragma once

#include "event_cell.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Rows that are kept beyond the events that they were made of. Its memory is reused.
///
/// confined.
struct row_page {
    std::vector<event_cell> cells;  ///< row by row
    std::vector<std::int64_t> ids;
    std::pmr::monotonic_buffer_resource bytes;

    [[nodiscard]] std::size_t rows() const { return ids.size(); }
    [[nodiscard]] std::span<const event_cell> row(std::size_t at) const {
        const std::size_t width = cells.size() / ids.size();
        return {cells.data() + at * width, width};
    }

    void clear() {
        cells.clear();
        ids.clear();
        bytes.release();
    }
    void add(std::span<const event_cell> row, std::int64_t id) {
        ids.push_back(id);
        for (event_cell cell : row) {
            if (cell.has_bytes() && cell.size > 0) {
                auto* const copy = static_cast<char*>(bytes.allocate(cell.size, 1));
                std::copy(cell.bytes, cell.bytes + cell.size, copy);
                cell.bytes = copy;
            }
            cells.push_back(cell);
        }
    }
};

}  // namespace foldline::inline v0::sqlite
