// Filters: a category, types and a correlation id leave events out, and a page passes what they leave out. Each answer of
// the store is held against a plain list that is filtered by hand.
#include "cases.hpp"
#include "support.hpp"

#include <foldline/core/metadata.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>

namespace foldline::inline v0::testing::contract {
namespace {

constexpr std::int64_t no_bound = std::numeric_limits<std::int64_t>::max();

constexpr event_type placed_1{"order-placed", 1};
constexpr event_type placed_2{"order-placed", 2};
constexpr event_type paid{"order-paid", 1};

/// An event, and where it has to be.
struct entry {
    stream_id stream;
    event_type type;
    std::string correlation;
    std::int64_t version = 0;
    std::int64_t position = 0;

    [[nodiscard]] std::int64_t key(const read_query& query) const {
        return std::holds_alternative<stream_id>(query.where()) ? version : position;
    }
    [[nodiscard]] std::string line() const {
        return fmt::format("#{} {} @{} {} {}", position, stream.to_string(), version, type.to_string(), correlation);
    }
};
using entries = std::vector<entry>;

/// Three streams of two categories in turns, with types and correlation ids in turns of other lengths.
entries fill(event_store& store) {
    const stream_id streams[] = {order("a"), order("b"), {"invoice", "c"}};
    const event_type types[] = {placed_1, paid, placed_2, note_taken, paid};
    const std::string correlations[] = {"", "first", "second", "first"};
    std::map<stream_id, std::int64_t> versions;
    entries log;
    for (std::size_t i = 0; i < 30; ++i) {
        entry next{streams[i % 3], types[i % 5], correlations[i % 4]};
        event_data event;
        event.type = next.type;
        // Neither another field nor another event's payload is what is asked for.
        event.payload = "first";
        event.metadata =
            encode({.correlation_id = next.correlation, .causation_id = "first", .headers = {{"x", "first"}}});
        const appended done = append_now(store, next.stream, {event});
        next.version = ++versions[next.stream];
        next.position = done.position.value;
        log.push_back(std::move(next));
    }
    return log;
}

bool matches(const entry& event, const read_query& query) {
    if (const auto* stream = std::get_if<stream_id>(&query.where()); stream && event.stream != *stream) return false;
    const auto* of = std::get_if<read_query::of_categories>(&query.where());
    if (of && std::find(of->names.begin(), of->names.end(), event.stream.category()) == of->names.end()) return false;
    if (event.key(query) <= query.lower_bound() || event.key(query) >= query.upper_bound()) return false;
    if (!query.correlation().empty() && event.correlation != query.correlation()) return false;
    return query.types().empty() || std::any_of(query.types().begin(), query.types().end(),
                                                [&](const wanted_type& type) { return type.admits(event.type); });
}

entries answer_to(const read_query& query, const entries& log) {
    entries answer;
    std::copy_if(log.begin(), log.end(), std::back_inserter(answer),
                 [&](const entry& event) { return matches(event, query); });
    if (query.direction() == read_direction::backward) std::reverse(answer.begin(), answer.end());
    return answer;
}

std::vector<read_query> scopes() {
    return {read_query::all(),
            read_query::category("order"),
            read_query::category("invoice"),
            read_query::category("absent"),
            read_query::stream(order("a")),
            read_query::stream({"invoice", "c"}),
            read_query::stream(order("absent"))};
}

read_query bounded(const read_query& query, std::int64_t after, std::int64_t before) {
    if (std::holds_alternative<stream_id>(query.where()))
        return query.after(stream_version{after}).before(stream_version{before});
    return query.after(global_position{after}).before(global_position{before});
}

/// The scopes with filters of every kind, in both directions.
std::vector<read_query> filtered_queries() {
    std::vector<read_query> all;
    for (const read_query& scope : scopes()) {
        all.push_back(scope);
        all.push_back(scope.of_types({paid}));
        all.push_back(scope.of_types({placed_1}));
        all.push_back(scope.of_types({placed_2, note_taken}));
        all.push_back(scope.of_types({wanted_type::every_version_of("order-placed")}));
        all.push_back(scope.of_types({event_type{"order-placed", 3}, wanted_type::every_version_of("order-")}));
        all.push_back(scope.with_correlation("first"));
        all.push_back(scope.with_correlation("third"));
        all.push_back(scope.of_types({paid, placed_1}).with_correlation("first"));
    }
    const std::size_t forward = all.size();
    for (std::size_t i = 0; i < forward; ++i) all.push_back(all[i].backward());
    return all;
}

std::string name_of(const read_query& query) {
    std::string name = "everything";
    if (const auto* stream = std::get_if<stream_id>(&query.where())) name = stream->to_string();
    if (const auto* of = std::get_if<read_query::of_categories>(&query.where()))
        name = fmt::format("categories {}", fmt::join(of->names, " "));
    for (const wanted_type& type : query.types())
        name += fmt::format(", {}@{}", type.name, type.version ? std::to_string(*type.version) : "any");
    if (!query.correlation().empty()) name += ", correlation " + query.correlation();
    return name + (query.direction() == read_direction::forward ? ", forward" : ", backward") +
           fmt::format(" between {} and {}", query.lower_bound(),
                       query.upper_bound() == no_bound ? "the end" : std::to_string(query.upper_bound()));
}

std::vector<std::string> lines_of(const entries& events) {
    std::vector<std::string> shown;
    for (const entry& event : events) shown.push_back(event.line());
    return shown;
}

std::vector<std::string> lines_of(const std::vector<recorded_event>& events) {
    std::vector<std::string> shown;
    for (const recorded_event& event : events)
        shown.push_back(entry{event.stream,
                              {event.type_name, event.type_version},
                              decode_metadata(event.metadata).correlation_id,
                              event.version.value,
                              event.position.value}
                            .line());
    return shown;
}

std::int64_t reached_by(const page& page, const read_query& query) {
    return std::holds_alternative<stream_id>(query.where()) ? page.last_version.value : page.last_position.value;
}

/// The page may have passed more than the events that it counts, but nothing that matches.
void expect_page(const page& actual, const read_query& query, const entries& answer, std::size_t limit,
                 const std::string& what) {
    expect_equal(actual.events, std::min(limit, answer.size()), what + ": the events that matched");
    const std::int64_t reached = reached_by(actual, query);
    const bool forward = query.direction() == read_direction::forward;
    const auto lies_before = [&](std::int64_t one, std::int64_t other) { return forward ? one < other : one > other; };
    if (actual.events > 0)
        expect(!lies_before(reached, answer[actual.events - 1].key(query)), what + ": the page ends before its events");
    if (actual.events < answer.size()) {
        expect(!actual.at_end, what + ": the page is called the last, but more matches");
        expect(lies_before(reached, answer[actual.events].key(query)), what + ": the page passes what it left out");
    }
    if (limit > answer.size()) expect(actual.at_end, what + ": nothing more matches, but the page is not the last");
}

void expect_answer(const event_store& store, const read_query& query, const entries& log, std::size_t limit) {
    entries answer = answer_to(query, log);
    const std::string what = fmt::format("{}, at most {} events", name_of(query), limit);
    const batch read = read_once(store, query, limit);
    expect_page(read.end, query, answer, limit, what);
    if (answer.size() > limit) answer.erase(answer.begin() + static_cast<std::ptrdiff_t>(limit), answer.end());
    expect_same_lines(lines_of(read.events), lines_of(answer), what);
}

const contract_case cases[] = {
    {"filter: exactly the events that match are handed out, in every scope and both directions",
     [](store_fixture& fixture) {
         const entries log = fill(fixture.store());
         for (const auto& query : filtered_queries()) expect_answer(fixture.store(), query, log, 1'000);
     }},
    {"filter: a limit counts the events that match",
     [](store_fixture& fixture) {
         const entries log = fill(fixture.store());
         for (const auto& query : filtered_queries())
             for (const std::size_t limit : {1U, 2U, 5U, 7U, 13U}) expect_answer(fixture.store(), query, log, limit);
     }},
    {"filter: bounds hold beside filters",
     [](store_fixture& fixture) {
         const entries log = fill(fixture.store());
         for (const auto& query : filtered_queries())
             for (const std::int64_t after : {0, 1, 5, 29, 30})
                 for (const std::int64_t before : {std::int64_t{2}, std::int64_t{6}, std::int64_t{17}, no_bound})
                     expect_answer(fixture.store(), bounded(query, after, before), log, 3);
     }},
    {"filter: pages put together are the whole, for every limit",
     [](store_fixture& fixture) {
         const entries log = fill(fixture.store());
         for (const auto& query : filtered_queries())
             for (std::size_t limit = 1; limit <= 8; ++limit)
                 expect_same_lines(lines_of(read_all(fixture.store(), query, limit)), lines_of(answer_to(query, log)),
                                   fmt::format("{} by pages of {}", name_of(query), limit));
     }},
    {"filter: what does not match is passed, and never read again from the page's end",
     [](store_fixture& fixture) {
         const entries log = fill(fixture.store());
         for (const auto& query : filtered_queries()) {
             if (std::holds_alternative<stream_id>(query.where())) continue;
             const page last = read_once(fixture.store(), query, 1'000).end;
             const bool forward = query.direction() == read_direction::forward;
             expect_equal(last.last_position, global_position{forward ? std::ssize(log) : 1}, name_of(query));
         }
         const auto of_stream = read_query::stream(order("a")).of_types({event_type{"never", 1}});
         expect_equal(read_once(fixture.store(), of_stream, 10).end.last_version, stream_version{10},
                      name_of(of_stream));
     }},
    {"filter: a follower meets what comes next and matches, from wherever its last page ended",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const auto query = read_query::category("order").of_types({note_taken});
         page reached = query.empty_page();
         for (std::int64_t i = 1; i <= 10; ++i) {
             append_now(store, {"invoice", "x"}, notes(2));
             const page between = read_once(store, query.from(reached), 10).end;
             expect_equal(between.events, std::size_t{0}, "events of another category");
             expect_equal(between.last_position, store.head(), "where a page ends that nothing matched");
             append_now(store, order("x"), notes(1));
             const batch next = read_once(store, query.from(between), 10);
             expect_equal(next.events.size(), std::size_t{1}, "events since the last page");
             expect_equal(next.events.front().version, stream_version{i}, "the next event");
             reached = next.end;
         }
     }},
    {"filter: a sink that stops gets no further event, and the page ends at the last that it got",
     [](store_fixture& fixture) {
         const entries log = fill(fixture.store());
         for (const auto& query : filtered_queries()) {
             const entries answer = answer_to(query, log);
             if (answer.size() < 2) continue;
             std::size_t seen = 0;
             const page stopped =
                 fixture.store().read(query, batch_limit{100}, [&](const event_view&) { return ++seen, flow::stop; });
             expect_equal(seen, std::size_t{1}, name_of(query));
             expect_page(stopped, query, answer, 1, name_of(query));
         }
     }},
    {"filter: an event whose metadata is none carries no correlation id",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::vector<event_data> events = notes(4);
         events[1].metadata =
             "\x0A\x7F"
             "abc";  // the field says that it is longer than all of it
         events[2].metadata = encode({.correlation_id = "abc"});
         events[3].metadata = encode({.correlation_id = "abc"}) + "\x0C";
         append_now(store, order("a"), events);
         const auto found = read_all(store, read_query::all().with_correlation("abc"));
         expect_equal(found.size(), std::size_t{1}, "events with the correlation id");
         expect_equal(found.front().version, stream_version{3}, "the event with the correlation id");
     }},
};

}  // namespace

case_list filter_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
