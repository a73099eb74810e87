#include <foldline/eventstore/bounded_event_store.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <variant>

namespace foldline::inline v0 {

bounded_event_store::bounded_event_store(const event_store& store, global_position last) : store_(store), last_(last) {
    if (last > store.head())
        throw invalid_request(
            fmt::format("there is no position {} yet: the store ends at {}", last.value, store.head().value));
}

append_result bounded_event_store::append(const append_request&) {
    throw invalid_request(fmt::format("nothing can be appended to a store as it was at position {}", last_.value));
}

page bounded_event_store::read(const read_query& query, batch_limit limit, event_sink sink) const {
    if (std::holds_alternative<stream_id>(query.where())) return read_stream(query, limit, sink);
    if (query.upper_bound() <= last_.value) return store_.read(query, limit, sink);
    if (query.lower_bound() >= last_.value) {
        page nothing = query.empty_page();
        nothing.at_end = true;
        return nothing;
    }
    return store_.read(query.before(global_position{last_.value + 1}), limit, sink);
}

page bounded_event_store::read_stream(const read_query& query, batch_limit limit, event_sink sink) const {
    // A stream is bounded by versions, so the one at which it stood then has to be found first.
    stream_version beyond{query.upper_bound()};
    const stream_id& stream = std::get<stream_id>(query.where());
    read_query latest = read_query::stream(stream).backward();
    bool found = false;
    for (page seen = latest.empty_page(); !found && !seen.at_end;) {
        seen = store_.read(latest.from(seen), batch_limit{100}, [&](const event_view& event) {
            found = event.position <= last_;
            if (found) return flow::stop;
            beyond = std::min(beyond, event.version);
            return flow::go_on;
        });
    }
    return store_.read(query.before(beyond), limit, sink);
}

std::optional<earlier_append> bounded_event_store::find_append(const event_id& first) const {
    auto found = store_.find_append(first);
    return found && found->result.position <= last_ ? found : std::nullopt;
}

}  // namespace foldline::inline v0
