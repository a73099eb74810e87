#include "page_reader.hpp"

#include <foldline/core/error.hpp>

#include <optional>

namespace foldline::inline v0::sqlite {
namespace {

// A row's id is its position in 35 bits, and 28 bits that tell the rows of one event apart: 0, part 7, index 20, which
// is that of an element of a list; or, of an event that was split into more, 1, part 27.
constexpr unsigned bits_of_index = 20;
constexpr unsigned bits_of_part = 7;
constexpr unsigned bits_in_event = 1 + bits_of_part + bits_of_index;

/// Empty where there are more rows than ids. SQLite takes rows of one id for one row where it joins the branches of an
/// `or`.
std::optional<std::int64_t> row_id_of(const event_view& event, std::int64_t index) {
    const std::int64_t first = event.position.value << bits_in_event;
    const std::int64_t part{event.part};
    if (part < std::int64_t{1} << bits_of_part && index < std::int64_t{1} << bits_of_index)
        return first | part << bits_of_index | index;
    if (index > 0 || part >= std::int64_t{1} << (bits_of_part + bits_of_index)) return std::nullopt;
    return first | std::int64_t{1} << (bits_of_part + bits_of_index) | part;
}

}  // namespace

/// A stream is bounded by versions, and looked at for positions; so is one that has grown since the statement began.
template <class Take>
page page_reader::read_rows(const read_query& query, batch_limit limit, const event_range& range, Take take_row) {
    bool is_beyond = false;
    const bool is_backward = query.direction() == read_direction::backward;
    const auto take = [&](const event_view& event) {
        if (!range.holds(event.position)) {
            is_beyond = is_backward ? event.position.value <= range.after : event.position.value >= range.before;
            return is_beyond ? flow::stop : flow::go_on;
        }
        std::int64_t index = 0;
        rows_.read(event, [&](std::span<const event_cell> row) { take_row(event, row, index++); });
        return flow::go_on;
    };
    page reached = store_.read(query, limit, take);
    reached.at_end = reached.at_end || is_beyond;
    return reached;
}

page page_reader::read(const read_query& query, batch_limit limit, const event_range& range, const cell_filter& wanted,
                       row_page& into) {
    return read_rows(query, limit, range,
                     [&](const event_view& event, std::span<const event_cell> row, std::int64_t index) {
                         if (wanted.admits(row)) into.add(row, id_of(event, index));
                     });
}

page page_reader::count(const read_query& query, batch_limit limit, const event_range& range, const cell_filter& wanted,
                        event_groups& into) {
    return read_rows(query, limit, range, [&](const event_view&, std::span<const event_cell> row, std::int64_t) {
        if (wanted.admits(row)) into.add(row);
    });
}

std::int64_t page_reader::id_of(const event_view& event, std::int64_t index) const {
    if (const auto id = row_id_of(event, index)) return *id;
    throw event_failure(store_.type_of(event.type), event.stream, event.version, event.position,
                        "it was split into more parts, or has a longer list, than rows of a table can be told apart");
}

}  // namespace foldline::inline v0::sqlite
