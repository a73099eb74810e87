#include <foldline/upcasters/aliasing_event_store.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0 {
namespace {

/// Beyond that many streams of old names, they are looked up anew.
constexpr std::size_t most_found = 8'192;

using alias_map = std::map<std::string, std::string>;

/// Where a name leads in the end. No way through the map is longer than the map, unless it is a circle.
const std::string& last_name(const alias_map& aliases, const std::string& first) {
    const std::string* name = &first;
    for (std::size_t steps = 0; steps <= aliases.size(); ++steps) {
        const auto next = aliases.find(*name);
        if (next == aliases.end()) return *name;
        name = &next->second;
    }
    throw definition_error(fmt::format("the aliases of stream categories lead from '{}' back to itself", first));
}

/// The same query of other streams.
read_query with_bounds_of(read_query elsewhere, const read_query& query) {
    if (std::holds_alternative<stream_id>(query.where()))
        elsewhere = elsewhere.after(stream_version{query.lower_bound()}).before(stream_version{query.upper_bound()});
    else elsewhere = elsewhere.after(global_position{query.lower_bound()}).before(global_position{query.upper_bound()});
    if (query.direction() == read_direction::backward) elsewhere = elsewhere.backward();
    if (!query.types().empty()) elsewhere = elsewhere.of_types(query.types());
    if (!query.correlation().empty()) elsewhere = elsewhere.with_correlation(query.correlation());
    return elsewhere;
}

[[noreturn]] void refuse_two(const stream_id& one, const stream_id& other, const stream_id& name) {
    throw definition_error(fmt::format(
        "the streams {} and {} both hold events, and by the aliases of their categories both are {}: one of them was "
        "written by a program that does not know the alias; copy the store with another id for one of the two",
        one.to_string(), other.to_string(), name.to_string()));
}

}  // namespace

aliasing_event_store::aliasing_event_store(event_store& inner, std::map<std::string, std::string> old_to_new)
    : inner_(inner) {
    for (const auto& [old, next] : old_to_new) {
        require_category(old);
        require_category(next);
        const std::string& last = last_name(old_to_new, old);
        current_names_.emplace(old, last);
        old_names_[last].push_back(old);
    }
}

std::string_view aliasing_event_store::current(std::string_view category) const {
    const auto alias = current_names_.find(category);
    return alias == current_names_.end() ? category : std::string_view{alias->second};
}

stream_id aliasing_event_store::current(const stream_id& stored) const {
    return {std::string(current(stored.category())), stored.id()};
}

const aliasing_event_store::names* aliasing_event_store::old_names(const std::string& category) const {
    const auto alias = current_names_.find(category);
    if (alias != current_names_.end())
        throw invalid_request(
            fmt::format("the category '{}' is called '{}' here; ask for that", category, alias->second));
    const auto old = old_names_.find(category);
    return old == old_names_.end() ? nullptr : &old->second;
}

bool aliasing_event_store::has_events(const stream_id& stored) const {
    return inner_.read(read_query::stream(stored), batch_limit{1}, [](const event_view&) {}).events > 0;
}

/// The name that the stream is stored under, as far as it is known without a look: a guess for an append to check.
stream_id aliasing_event_store::known_name(const stream_id& stream) const {
    return found_.with([&](const auto& found) {
        const auto known = found.find(stream);
        return known == found.end() ? stream : known->second;
    });
}

/// The name that the stream is stored under; its own if it has no event yet.
stream_id aliasing_event_store::stored_name(const stream_id& stream) const {
    const names* const old = old_names(stream.category());
    if (!old) return stream;
    const stream_id known = known_name(stream);
    std::optional<stream_id> holder;
    const auto look_at = [&](stream_id name) {
        const bool is_known = name == known && known != stream;
        if (!is_known && !has_events(name)) return;
        if (holder) refuse_two(*holder, name, stream);
        holder = std::move(name);
    };
    // Under its own name last: an event that arrives under an old name meanwhile is missed, but the answer is then that
    // of a moment before.
    for (const std::string& category : *old) look_at({category, stream.id()});
    look_at(stream);
    if (!holder || *holder == stream) return stream;
    remember(stream, *holder);
    return *holder;
}

void aliasing_event_store::remember(const stream_id& stream, const stream_id& stored) const {
    found_.with([&](auto& found) {
        if (found.size() >= most_found) found.clear();
        found.insert_or_assign(stream, stored);
    });
}

page aliasing_event_store::read(const read_query& query, batch_limit limit, event_sink sink) const {
    if (current_names_.empty()) return inner_.read(query, limit, sink);
    const auto renamed = [&](const event_view& event) {
        const auto alias = current_names_.find(event.stream.category);
        if (alias == current_names_.end()) return sink(event);
        event_view current = event;
        current.stream.category = alias->second;
        return sink(current);
    };
    return inner_.read(stored_query(query), limit, renamed);
}

read_query aliasing_event_store::stored_query(const read_query& query) const {
    if (const auto* stream = std::get_if<stream_id>(&query.where())) {
        stream_id stored = stored_name(*stream);
        return stored == *stream ? query : with_bounds_of(read_query::stream(std::move(stored)), query);
    }
    const auto* categories = std::get_if<read_query::of_categories>(&query.where());
    if (!categories) return query;
    std::vector<std::string> stored = categories->names;
    for (const std::string& name : categories->names)
        if (const names* old = old_names(name)) stored.insert(stored.end(), old->begin(), old->end());
    return with_bounds_of(read_query::categories(std::move(stored)), query);
}

append_result aliasing_event_store::append(const append_request& request) {
    if (current_names_.empty()) return inner_.append(request);
    std::vector<stream_id> named;
    for (const auto& write : request.writes) named.push_back(write.stream);
    for (const auto& condition : request.conditions) named.push_back(condition.stream);

    std::vector<stream_id> guessed;
    bool may_differ = false;
    for (const stream_id& stream : named) {
        const bool has_old_names = old_names(stream.category()) != nullptr;
        guessed.push_back(has_old_names ? known_name(stream) : stream);
        may_differ = may_differ || has_old_names;
    }
    if (!may_differ) return inner_.append(request);
    for (;;) {
        append_result result = inner_.append(stored_request(request, guessed));
        if (std::holds_alternative<appended>(result)) return result;
        // Refused, perhaps for being sent to the wrong name. Streams never vanish, so a guess that still holds was
        // right when the store refused; and each round corrects one for good.
        std::vector<stream_id> stored;
        for (const stream_id& stream : named) stored.push_back(stored_name(stream));
        if (stored == guessed) return current_result(std::move(result));
        guessed = std::move(stored);
    }
}

/// The request under the names that its streams are stored by, which asks as well that they have no other.
append_request aliasing_event_store::stored_request(const append_request& request,
                                                    const std::vector<stream_id>& stored) const {
    append_request renamed = request;
    std::size_t next = 0;
    for (auto& write : renamed.writes) write.stream = stored[next++];
    for (auto& condition : renamed.conditions) condition.stream = stored[next++];

    const auto require_alone = [&](const stream_id& stream, const stream_id& in_use) {
        const names* const old = old_names(stream.category());
        if (!old) return;
        const auto require_absent = [&](stream_id other) {
            if (other != in_use) renamed.conditions.push_back({std::move(other), expected_version::no_stream()});
        };
        require_absent(stream);
        for (const std::string& category : *old) require_absent({category, stream.id()});
    };
    next = 0;
    for (const auto& write : request.writes) require_alone(write.stream, stored[next++]);
    for (const auto& condition : request.conditions) require_alone(condition.stream, stored[next++]);
    return renamed;
}

append_result aliasing_event_store::current_result(append_result result) const {
    if (auto* conflict = std::get_if<version_conflict>(&result)) conflict->stream = current(conflict->stream);
    return result;
}

std::optional<earlier_append> aliasing_event_store::find_append(const event_id& first) const {
    auto found = inner_.find_append(first);
    if (found) found->stream = current(found->stream);
    return found;
}

std::uint64_t aliasing_event_store::reading_fingerprint() const {
    // Without aliases the events are those of the inner store, and so are the states that were made of them.
    if (current_names_.empty()) return inner_.reading_fingerprint();
    std::string text = fmt::format("{:016x}", inner_.reading_fingerprint());
    for (const auto& [old, current] : current_names_) text += fmt::format(" {}={}", old, current);
    return XXH3_64bits(text.data(), text.size());
}

}  // namespace foldline::inline v0
