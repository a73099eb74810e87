#include "selected_events.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/core/nearest_word.hpp>

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

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

std::string text_of(const wanted_type& wanted) {
    return wanted.version ? event_type{wanted.name, *wanted.version}.to_string() : wanted.name;
}

void require_stored(const std::vector<event_type>& stored, const wanted_type& wanted,
                    const std::filesystem::path& file) {
    if (std::any_of(stored.begin(), stored.end(), [&](const event_type type) { return wanted.admits(type); })) return;
    std::vector<std::string> names;
    std::string versions;
    for (const event_type type : stored) {
        names.emplace_back(type.name);
        if (type.name == wanted.name) versions += (versions.empty() ? "" : ", ") + type.to_string();
    }
    const std::string meant = versions.empty() ? nearest_word(wanted.name, names) : versions;
    throw unknown_name(
        fmt::format("no event {} is stored in {}{}", shortened(text_of(wanted)), file.string(),
                    meant.empty() ? "; `schema list` lists the types" : "; did you mean " + meant + "?"));
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

void require_known(const opened_store& store, const event_selection& which, const std::filesystem::path& file) {
    require_stream(store.events(), which, file);
    if (store.stored().head() == global_position{}) return;  // nobody can know what will be there
    const auto is_empty = [&](const event_store& events) {
        return events.read(read_query::category(which.category), batch_limit{1}, [](const event_view&) {}).events == 0;
    };
    if (!which.category.empty() && is_empty(store.stored()) && is_empty(store.events()))
        throw unknown_name(fmt::format("no stream of the category {} is in {}; `streams` lists those that are",
                                       shortened(which.category), file.string()));
    if (store.is_upcasting()) return;  // upcasters may make events of types that are not stored
    const auto stored = store.stored().stored_types();
    for (const wanted_type& each : which.types) require_stored(stored, each, file);
}

}  // namespace foldline::inline v0::cli
