#include "page_reader.hpp"

namespace foldline::inline v0::sqlite {
namespace {

/// Of the rows of an event: those of its parts, and in each the elements of a list.
std::int64_t row_id_of(const event_view& event, std::int64_t index) {
    constexpr unsigned bits_of_part = 8;
    constexpr unsigned bits_of_index = 20;
    return event.position.value << (bits_of_part + bits_of_index) | std::int64_t{event.part} << bits_of_index | index;
}

}  // namespace

/// A stream is bounded by versions, and looked at for positions; so is one that has grown since the statement began.
page page_reader::read(const read_query& query, batch_limit limit, const event_range& range, const cell_filter& wanted,
                       row_page& into) {
    bool is_beyond = false;
    const bool is_backward = query.direction() == read_direction::backward;
    const auto take = [&](const event_view& event) {
        if (!range.holds(event.position)) {
            is_beyond = is_backward ? event.position.value <= range.after : event.position.value >= range.before;
            return is_beyond ? flow::stop : flow::go_on;
        }
        std::int64_t index = 0;
        rows_.read(event, [&](std::span<const event_cell> row) {
            if (wanted.admits(row)) into.add(row, row_id_of(event, index));
            ++index;
        });
        return flow::go_on;
    };
    page reached = store_.read(query, limit, take);
    reached.at_end = reached.at_end || is_beyond;
    return reached;
}

}  // namespace foldline::inline v0::sqlite
