#include "page_copy.hpp"

namespace foldline::inline v0::detail {

page_copy::page_copy(const event_store& store, const read_query& query, batch_limit limit, const page& from,
                     event_batch& batch)
    : reached(from) {
    batch.clear();
    handed_out so_far{from};
    try {
        reached = store.read(query.from(from), limit, [&](const event_view& event) {
            so_far.begin(event);
            batch.add(event);
            so_far.end(event);
        });
    } catch (...) {
        failure = std::current_exception();
        reached = so_far.passed();
        reached.at_end = false;
        // Parts of an event that is not whole.
        std::size_t whole = batch.size();
        while (whole > 0 && batch.events()[whole - 1].position > reached.last_position) --whole;
        batch.shorten_to(whole);
    }
}

}  // namespace foldline::inline v0::detail
