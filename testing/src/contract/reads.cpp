// Reads: one stream, one category or everything, forward and backward, between bounds, in batches. Each answer of the
// store is held against a plain list that is filtered and reversed by hand.
#include "cases.hpp"
#include "support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace foldline::inline v0::testing::contract {
namespace {

constexpr std::int64_t no_bound = std::numeric_limits<std::int64_t>::max();

/// Where an event has to be, in short.
struct place {
    stream_id stream;
    std::int64_t version;
    std::int64_t position;

    [[nodiscard]] std::string line() const { return fmt::format("#{} {} @{}", position, stream.to_string(), version); }
};

/// A log of 12 events: two streams in one category, one in another, mixed, by requests of all shapes.
std::vector<place> fill(event_store& store) {
    const stream_id a = order("a");
    const stream_id b = order("b");
    const stream_id c{"invoice", "c"};
    const auto any = expected_version::any();
    append_now(store, a, notes(2, "a"));
    append_now(store, c, notes(1, "c"));
    append_now(store, {{{b, any, notes(1, "b")}, {a, any, notes(2, "a")}}, {}});
    append_now(store, c, notes(3, "c"));
    append_now(store, a, notes(1, "a"));
    append_now(store, {{{c, any, notes(1, "c")}, {b, any, notes(1, "b")}}, {}});
    return {{a, 1, 1}, {a, 2, 2}, {c, 1, 3}, {b, 1, 4},  {a, 3, 5},  {a, 4, 6},
            {c, 2, 7}, {c, 3, 8}, {c, 4, 9}, {a, 5, 10}, {c, 5, 11}, {b, 2, 12}};
}

bool belongs(const place& event, const read_query::scope& where) {
    if (const auto* stream = std::get_if<stream_id>(&where)) return event.stream == *stream;
    if (const auto* of = std::get_if<read_query::of_categories>(&where))
        return std::find(of->names.begin(), of->names.end(), event.stream.category()) != of->names.end();
    return true;
}

std::vector<place> answer_to(const read_query& query, const std::vector<place>& log) {
    const bool by_version = std::holds_alternative<stream_id>(query.where());
    std::vector<place> answer;
    for (const place& event : log) {
        const std::int64_t key = by_version ? event.version : event.position;
        if (belongs(event, query.where()) && key > query.lower_bound() && key < query.upper_bound())
            answer.push_back(event);
    }
    if (query.direction() == read_direction::backward) std::reverse(answer.begin(), answer.end());
    return answer;
}

read_query bounded(const read_query& query, std::int64_t after, std::int64_t before) {
    if (std::holds_alternative<stream_id>(query.where()))
        return query.after(stream_version{after}).before(stream_version{before});
    return query.after(global_position{after}).before(global_position{before});
}

/// Every scope in both directions, absent ones too.
std::vector<read_query> scopes() {
    std::vector<read_query> all = {read_query::all(),
                                   read_query::category("order"),
                                   read_query::category("invoice"),
                                   read_query::category("absent"),
                                   read_query::categories({"invoice", "absent", "order"}),
                                   read_query::stream(order("a")),
                                   read_query::stream(order("b")),
                                   read_query::stream({"invoice", "c"}),
                                   read_query::stream(order("absent"))};
    const std::size_t forward = all.size();
    for (std::size_t i = 0; i < forward; ++i) all.push_back(all[i].backward());
    return all;
}

std::string name_of(const read_query& query) {
    std::string where = "everything";
    if (const auto* stream = std::get_if<stream_id>(&query.where())) where = stream->to_string();
    if (const auto* of = std::get_if<read_query::of_categories>(&query.where()))
        where = fmt::format("categories {}", fmt::join(of->names, " "));
    return fmt::format("{} {} between {} and {}", where,
                       query.direction() == read_direction::forward ? "forward" : "backward", query.lower_bound(),
                       query.upper_bound() == no_bound ? "the end" : fmt::format("{}", query.upper_bound()));
}

std::vector<std::string> lines(const std::vector<place>& places) {
    std::vector<std::string> shown;
    shown.reserve(places.size());
    for (const place& event : places) shown.push_back(event.line());
    return shown;
}

std::vector<std::string> places_of(const std::vector<recorded_event>& events) {
    std::vector<std::string> shown;
    shown.reserve(events.size());
    for (const recorded_event& event : events)
        shown.push_back(place{event.stream, event.version.value, event.position.value}.line());
    return shown;
}

/// Where the read of a whole scope ends, whose answer is known in full.
void expect_page(const page& actual, const read_query& query, const std::vector<place>& answer, std::size_t limit,
                 const std::string& what) {
    page expected = query.empty_page();
    expected.events = std::min(limit, answer.size());
    expected.at_end = limit >= answer.size();
    if (expected.events > 0) {
        expected.last_version = stream_version{answer[expected.events - 1].version};
        expected.last_position = global_position{answer[expected.events - 1].position};
    }
    expect_equal(actual.events, expected.events, what + ": the events that matched");
    expect_equal(actual.last_version, expected.last_version, what + ": the page's last version");
    expect_equal(actual.last_position, expected.last_position, what + ": the page's last position");
    expect_equal(actual.at_end, expected.at_end, what + ": whether the page is the last");
}

void expect_answer(const event_store& store, const read_query& query, const std::vector<place>& log,
                   std::size_t limit) {
    auto answer = answer_to(query, log);
    const auto what = fmt::format("{}, at most {} events", name_of(query), limit);
    const auto read = read_once(store, query, limit);
    // What a category's page has passed beside its events is for the cases about filters.
    if (!std::holds_alternative<read_query::of_categories>(query.where()))
        expect_page(read.end, query, answer, limit, what);
    if (answer.size() > limit) answer.erase(answer.begin() + static_cast<std::ptrdiff_t>(limit), answer.end());
    expect_same_lines(places_of(read.events), lines(answer), what);
}

/// One request of `count` events, read back by pages of `limit`, in both directions.
void expect_long_log(event_store& store, const stream_id& stream, std::size_t count, std::size_t limit) {
    append_now(store, stream, notes(count));
    for (const auto& forward : {read_query::stream(stream), read_query::category(stream.category())})
        for (const auto& query : {forward, forward.backward()}) {
            const auto events = read_all(store, query, limit);
            const auto what = fmt::format("{} of {} events by {}", name_of(query), count, limit);
            expect_equal(events.size(), count, what);
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t version = query.direction() == read_direction::forward ? i + 1 : count - i;
                expect_equal(events[i].version, stream_version{static_cast<std::int64_t>(version)}, what);
            }
        }
}

const contract_case cases[] = {
    {"read: an empty store is at its end at once",
     [](store_fixture& fixture) {
         for (const auto& query : scopes()) expect_answer(fixture.store(), query, {}, 10);
         expect_equal(fixture.store().head(), global_position{0}, "the head of an empty store");
     }},
    {"read: each scope has its events and no others, in order, in both directions",
     [](store_fixture& fixture) {
         const auto log = fill(fixture.store());
         for (const auto& query : scopes()) expect_answer(fixture.store(), query, log, 1'000);
     }},
    {"read: bounds are exclusive, in every scope and direction",
     [](store_fixture& fixture) {
         const auto log = fill(fixture.store());
         for (const auto& query : scopes())
             for (std::int64_t after = 0; after <= 14; ++after)
                 for (std::int64_t before = 0; before <= 15; ++before)
                     expect_answer(fixture.store(), bounded(query, after, before == 15 ? no_bound : before), log, 100);
     }},
    {"read: a bound far beyond the log is the log's own end",
     [](store_fixture& fixture) {
         const auto log = fill(fixture.store());
         for (const auto& query : scopes()) {
             expect_answer(fixture.store(), bounded(query, 0, no_bound - 1), log, 100);
             expect_answer(fixture.store(), bounded(query, no_bound - 1, no_bound), log, 100);
             expect_answer(fixture.store(), bounded(query, 1'000'000, no_bound), log, 100);
         }
     }},
    {"read: a limit is kept to, and at_end says whether anything is left",
     [](store_fixture& fixture) {
         const auto log = fill(fixture.store());
         for (const auto& query : scopes())
             for (std::size_t limit = 1; limit <= log.size() + 1; ++limit)
                 expect_answer(fixture.store(), query, log, limit);
     }},
    {"read: a limit and bounds together",
     [](store_fixture& fixture) {
         const auto log = fill(fixture.store());
         for (const auto& query : scopes())
             for (std::int64_t after : {0, 1, 3})
                 for (std::int64_t before : {2, 4, 5, 9})
                     for (std::size_t limit : {1U, 2U, 3U})
                         expect_answer(fixture.store(), bounded(query, after, before), log, limit);
     }},
    {"read: the largest limit is a limit too",
     [](store_fixture& fixture) {
         const auto log = fill(fixture.store());
         for (const auto& query : scopes())
             expect_answer(fixture.store(), query, log, std::numeric_limits<std::size_t>::max());
     }},
    {"read: pages put together are the whole, for every limit",
     [](store_fixture& fixture) {
         const auto log = fill(fixture.store());
         for (const auto& query : scopes())
             for (std::size_t limit = 1; limit <= log.size() + 1; ++limit)
                 expect_same_lines(places_of(read_all(fixture.store(), query, limit)), lines(answer_to(query, log)),
                                   fmt::format("{} by pages of {}", name_of(query), limit));
     }},
    {"read: pages keep to the bounds of their query",
     [](store_fixture& fixture) {
         const auto log = fill(fixture.store());
         for (const auto& scope : scopes()) {
             const auto query = bounded(scope, 1, 5);
             expect_same_lines(places_of(read_all(fixture.store(), query, 1)), lines(answer_to(query, log)),
                               name_of(query));
         }
     }},
    {"read: a long log is handed out whole, one event fewer or more than a number of batches",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         int number = 0;
         for (const std::size_t limit : {63U, 64U, 100U})
             for (const std::size_t count : {limit - 1, limit, limit + 1, 10 * limit - 1, 10 * limit, 10 * limit + 1}) {
                 ++number;
                 expect_long_log(store, {fmt::format("long_{}", number), "1"}, count, limit);
             }
         expect_no_holes(store);
     }},
    {"read: an append shows in every scope as soon as it returned",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         for (std::size_t i = 1; i <= 20; ++i) {
             append_now(store, order("a"), notes(1));
             for (const auto& query :
                  {read_query::all(), read_query::category("order"), read_query::stream(order("a"))}) {
                 expect_equal(read_all(store, query).size(), i, name_of(query));
                 expect_equal(read_once(store, query.backward(), 1).events.at(0).version,
                              stream_version{static_cast<std::int64_t>(i)}, name_of(query.backward()));
             }
         }
     }},
    {"read: a reader at the end meets exactly what comes next",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         page reached = read_query::all().empty_page();
         for (std::int64_t i = 1; i <= 10; ++i) {
             append_now(store, i % 2 == 0 ? order("a") : order("b"), notes(1));
             const auto next = read_once(store, read_query::all().from(reached), 10);
             expect_equal(next.events.size(), std::size_t{1}, "events since the last page");
             expect_equal(next.end.last_position, global_position{i}, "the position of the next event");
             expect(next.end.at_end, "the last event is the end");
             reached = next.end;
         }
     }},
    {"read: the same event is the same in every scope",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         fill(store);
         std::vector<std::string> in_all;
         for (const auto& event : read_all(store, read_query::all()))
             if (event.stream == order("a")) in_all.push_back(show(event));
         std::vector<std::string> in_category;
         for (const auto& event : read_all(store, read_query::category("order")))
             if (event.stream == order("a")) in_category.push_back(show(event));
         const auto in_stream = contract::lines(read_stream(store, order("a")));
         expect_same_lines(in_all, in_stream, "the stream among everything");
         expect_same_lines(in_category, in_stream, "the stream in its category");
     }},
};

}  // namespace

case_list read_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
