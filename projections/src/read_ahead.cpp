#include "read_ahead.hpp"

#include <utility>

namespace foldline::inline v0 {
namespace {

read_ahead_options options_for(batch_limit batch, std::optional<event_routes>& routes) {
    read_ahead_options options;
    options.batch = batch;
    if (routes)
        options.prepare = [&routes = *routes](event_batch& events) {
            for (std::size_t index = 0; index < events.size(); ++index) {
                const event_routes::of_type& found = routes.of(events.events()[index].type);
                if (found.make) events.decode_at(index, found.type, found.make);
            }
        };
    return options;
}

}  // namespace

read_ahead::read_ahead(const event_store& store, global_position after, batch_limit batch,
                       std::optional<event_routes> decode)
    : routes_(std::move(decode)), runner_(store, read_query::all().after(after), options_for(batch, routes_)) {}

page read_ahead::read(event_sink sink) {
    const bool more = runner_.next([&](std::span<const event_view> events) {
        for (const event_view& event : events) (void)sink(event);
    });
    page reached = runner_.reached();
    reached.at_end = !more || reached.at_end;
    return reached;
}

}  // namespace foldline::inline v0
