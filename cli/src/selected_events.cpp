#include "selected_events.hpp"

#include <foldline/cli/exit_code.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::cli {
namespace {

template <class Bound>
read_query between(read_query query, const event_selection& which) {
    if (which.after) query = query.after(Bound{*which.after});
    if (which.before) query = query.before(Bound{*which.before});
    return query;
}

read_query in_place(const event_selection& which) {
    if (which.stream) return between<stream_version>(read_query::stream(*which.stream), which);
    return between<global_position>(which.category.empty() ? read_query::all() : read_query::category(which.category),
                                    which);
}

}  // namespace

read_query query_of(const event_selection& which) {
    read_query query = in_place(which);
    if (!which.types.empty()) query = query.of_types(which.types);
    if (!which.correlation.empty()) query = query.with_correlation(which.correlation);
    return query;
}

bool exists(const event_store& events, const stream_id& stream) {
    return events.read(read_query::stream(stream), batch_limit{1}, [](const event_view&) {}).events > 0;
}

void require_stream(const event_store& events, const event_selection& which, const std::filesystem::path& store) {
    if (which.stream && !exists(events, *which.stream))
        throw unknown_name(fmt::format("there is no stream {} in {}", which.stream->to_string(), store.string()));
}

}  // namespace foldline::inline v0::cli
