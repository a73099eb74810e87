// Requests whose ids the caller gave: sent again, they have their first result for ever.
#include "cases.hpp"
#include "support.hpp"

#include <algorithm>
#include <utility>

namespace foldline::inline v0::testing::contract {
namespace {

const stream_id stream = order("repeated");
const stream_id other = order("other");

append_request request_of(std::size_t events, expected_version expected = expected_version::any(),
                          std::string_view ids = "request") {
    return append_request::to(stream, expected, with_ids(notes(events), ids));
}

append_request of_two_writes() {
    return {{{stream, expected_version::any(), with_ids(notes(2, "a"), "a")},
             {other, expected_version::any(), with_ids(notes(3, "b"), "b")}},
            {}};
}

/// Stores the request, then moves the clock, so that a result made anew would differ from the first one.
appended append_once(store_fixture& fixture, const append_request& request) {
    const appended first = append_now(fixture.store(), request);
    fixture.time().advance(std::chrono::seconds{5});
    return first;
}

void expect_repeatable(store_fixture& fixture, expected_version expected, std::size_t earlier) {
    event_store& store = fixture.store();
    if (earlier > 0) append_now(store, stream, notes(earlier, "earlier"));
    const append_request request = request_of(3, expected);
    const appended first = append_once(fixture, request);
    expect_repeat(store, request, first, "the same request at once");
    append_now(store, stream, notes(2, "later"));
    append_now(store, other, notes(1, "elsewhere"));
    expect_repeat(store, request, first, "the same request after later appends");
    expect_repeat(store, request, first, "the same request a third time");
}

void expect_repeatable_with(store_fixture& fixture, expected_version now) {
    const append_request request = request_of(3, expected_version::no_stream());
    const appended first = append_once(fixture, request);
    append_now(fixture.store(), stream, notes(2, "later"));
    append_request again = request;
    again.writes[0].expected = now;
    expect_repeat(fixture.store(), again, first, "the same ids with expectation " + now.to_string());
}

/// Stores three events, and expects that `changed`, which begins with the same id, is refused.
void expect_no_repeat(store_fixture& fixture, const append_request& changed, std::string_view what) {
    event_store& store = fixture.store();
    append_once(fixture, request_of(3));
    expect_nothing_stored(store, [&] {
        expect_equal(expect_reused(store, changed, what).id, id_of("request"), "the id that was used before");
    });
    append_now(store, stream, notes(1, "after the refusal"));
    append_now(store, other, notes(1, "after the refusal"));
    expect_no_holes(store);
}

const contract_case cases[] = {
    {"ids: an event keeps the id that the caller gave",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, request_of(3));
         const auto events = read_stream(store, stream);
         for (std::size_t i = 0; i < 3; ++i) expect_equal(events.at(i).id, id_of("request", i), "the id of an event");
     }},
    {"ids: events without one get one each, and no two the same",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, stream, notes(50));
         append_now(store, other, notes(50));
         std::vector<std::string> ids;
         for (const auto& event : read_all(store, read_query::all())) ids.push_back(event.id.to_string());
         std::sort(ids.begin(), ids.end());
         expect(ids.at(0) != event_id{}.to_string(), "an event has no id");
         expect(std::adjacent_find(ids.begin(), ids.end()) == ids.end(), "two events have the same id");
     }},

    {"repeat: the first result comes back, expecting any version",
     [](store_fixture& fixture) { expect_repeatable(fixture, expected_version::any(), 0); }},
    {"repeat: the first result comes back, expecting no stream",
     [](store_fixture& fixture) { expect_repeatable(fixture, expected_version::no_stream(), 0); }},
    {"repeat: the first result comes back, expecting a stream",
     [](store_fixture& fixture) { expect_repeatable(fixture, expected_version::stream_exists(), 4); }},
    {"repeat: the first result comes back, expecting a version",
     [](store_fixture& fixture) { expect_repeatable(fixture, expected_version::exactly(stream_version{4}), 4); }},
    {"repeat: it does not matter what is expected now",
     [](store_fixture& fixture) { expect_repeatable_with(fixture, expected_version::exactly(stream_version{77})); }},
    {"repeat: no stream is expected now",
     [](store_fixture& fixture) { expect_repeatable_with(fixture, expected_version::no_stream()); }},
    {"repeat: the version of now is expected",
     [](store_fixture& fixture) { expect_repeatable_with(fixture, expected_version::exactly(stream_version{5})); }},
    {"repeat: any version is expected now",
     [](store_fixture& fixture) { expect_repeatable_with(fixture, expected_version::any()); }},
    {"repeat: a single event",
     [](store_fixture& fixture) {
         const appended first = append_once(fixture, request_of(1));
         expect_repeat(fixture.store(), request_of(1), first, "one event, repeated");
     }},
    {"repeat: conditions that no longer hold do not matter",
     [](store_fixture& fixture) {
         append_request request = request_of(2);
         request.conditions.push_back({other, expected_version::no_stream()});
         const appended first = append_once(fixture, request);
         append_now(fixture.store(), other, notes(1));
         expect_repeat(fixture.store(), request, first, "a condition that no longer holds");
     }},
    {"repeat: the ids count, and the first payload stays",
     [](store_fixture& fixture) {
         const append_request request = request_of(2);
         const appended first = append_once(fixture, request);
         append_request changed = request;
         changed.writes[0].events[1].payload = "changed";
         expect_repeat(fixture.store(), changed, first, "the same ids with another payload");
     }},
    {"repeat: many appends lie between",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const appended first = append_once(fixture, request_of(2));
         for (std::size_t i = 0; i < 40; ++i)
             append_now(store, append_request::to(order(fmt::format("{}", i % 7)), expected_version::any(),
                                                  with_ids(notes(10), fmt::format("between {}", i))));
         expect_repeat(store, request_of(2), first, "after 40 other requests with ids");
     }},
    {"repeat: several writes give the result of the last one",
     [](store_fixture& fixture) {
         const appended first = append_once(fixture, of_two_writes());
         append_now(fixture.store(), stream, notes(2, "later"));
         append_now(fixture.store(), other, notes(2, "later"));
         expect_repeat(fixture.store(), of_two_writes(), first, "two writes, repeated");
     }},
    {"repeat: a request that was refused left no trace of its ids",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_request request = request_of(2, expected_version::stream_exists());
         expect_conflict(store, request, "an absent stream that is expected to exist");
         expect(!store.find_append(id_of("request")), "a refused append is found by its id");
         request.writes[0].expected = expected_version::no_stream();
         const appended first = append_now(store, request);
         expect_repeat(store, request, first, "the request that was stored at last");
     }},
    {"repeat: a request that was invalid left no trace of its ids",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_request request = request_of(2);
         request.writes.push_back({other, expected_version::any(), {}});
         expect_throws<invalid_request>([&] { (void)store.append(request); }, "an empty write");
         request.writes.pop_back();
         append_now(store, request);
     }},

    {"reused id: in another stream nothing is stored",
     [](store_fixture& fixture) {
         append_request elsewhere = request_of(3);
         elsewhere.writes[0].stream = other;
         expect_no_repeat(fixture, elsewhere, "the same ids in another stream");
     }},
    {"reused id: with fewer events nothing is stored",
     [](store_fixture& fixture) { expect_no_repeat(fixture, request_of(2), "the first two of three events"); }},
    {"reused id: with more events nothing is stored",
     [](store_fixture& fixture) { expect_no_repeat(fixture, request_of(4), "the three events and one more"); }},
    {"reused id: with later events in another order nothing is stored",
     [](store_fixture& fixture) {
         append_request swapped = request_of(3);
         std::swap(swapped.writes[0].events[1], swapped.writes[0].events[2]);
         expect_no_repeat(fixture, swapped, "the second and third event swapped");
     }},
    {"reused id: with another last event nothing is stored",
     [](store_fixture& fixture) {
         append_request changed = request_of(3);
         changed.writes[0].events[2].id = id_of("another");
         expect_no_repeat(fixture, changed, "another third id");
     }},
    {"reused id: it is reported before a conflict",
     [](store_fixture& fixture) {
         expect_no_repeat(fixture, request_of(2, expected_version::exactly(stream_version{99})),
                          "fewer events and a wrong version");
     }},
    {"reused id: beside a write that is new nothing is stored",
     [](store_fixture& fixture) {
         append_request partial = request_of(3);
         partial.writes.push_back({other, expected_version::any(), with_ids(notes(1), "new")});
         expect_no_repeat(fixture, partial, "a known write and a new one");
     }},
    {"reused id: behind a write that is new nothing is stored",
     [](store_fixture& fixture) {
         append_request partial = request_of(3);
         partial.writes.insert(partial.writes.begin(), {other, expected_version::any(), with_ids(notes(1), "new")});
         expect_no_repeat(fixture, partial, "a new write and a known one");
     }},
    {"reused id: one write of two differs, and nothing is stored",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_once(fixture, of_two_writes());
         append_request changed = of_two_writes();
         changed.writes[1].events.pop_back();
         expect_nothing_stored(store, [&] {
             expect_equal(expect_reused(store, changed, "the second write is shorter").id, id_of("b"),
                          "the id of the write that differs");
         });
     }},

    {"find_append: tells where each write ended",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, other, notes(4, "earlier"));
         append_once(fixture, of_two_writes());
         append_now(store, other, notes(1, "later"));
         const auto a = store.find_append(id_of("a"));
         const auto b = store.find_append(id_of("b"));
         expect(a.has_value() && b.has_value(), "a write is not found by its first id");
         const timestamp then = read_stream(store, stream).at(0).recorded_at;
         expect_equal(a->stream, stream, "the first write's stream");
         expect_equal(a->count, std::size_t{2}, "the first write's events");
         expect_equal(append_result{a->result},
                      append_result{appended{stream_version{2}, global_position{6}, then, stored::before}},
                      "where the first write ended");
         expect_equal(b->stream, other, "the second write's stream");
         expect_equal(b->count, std::size_t{3}, "the second write's events");
         expect_equal(append_result{b->result},
                      append_result{appended{stream_version{7}, global_position{9}, then, stored::before}},
                      "where the second write ended");
     }},
    {"find_append: knows nothing of an id that never came",
     [](store_fixture& fixture) {
         append_now(fixture.store(), request_of(2));
         expect(!fixture.store().find_append(id_of("never")), "an id that never came is found");
     }},
    {"find_append: knows only the first id of a write",
     [](store_fixture& fixture) {
         append_now(fixture.store(), request_of(2));
         expect(!fixture.store().find_append(id_of("request", 1)), "a write is found by its second id");
     }},
    {"find_append: knows nothing of ids that the store gave",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, stream, notes(1));
         expect(!store.find_append(read_stream(store, stream).at(0).id), "an id that the store gave is found");
     }},
};

}  // namespace

case_list repeat_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
