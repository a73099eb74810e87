// Two times: when the store recorded an event, which never goes back, and when it occurred, which may be any.
#include "cases.hpp"
#include "support.hpp"

namespace foldline::inline v0::testing::contract {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

const stream_id stream = order("timed");
const stream_id other = order("other");

event_data occurred(std::optional<timestamp> time) {
    event_data event = note("timed");
    event.occurred_at = time;
    return event;
}

timestamp at(int year, unsigned month, unsigned day) {
    return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)};
}

void expect_occurred_kept(store_fixture& fixture, timestamp time) {
    event_store& store = fixture.store();
    append_now(store, stream, {occurred(time)});
    const auto event = read_stream(store, stream).at(0);
    expect_equal(event.occurred_at, time, "when the event occurred");
    expect_equal(event.recorded_at, fixture.time().now(), "when it was recorded");
}

const contract_case cases[] = {
    {"recorded_at: it is the clock's time, to the microsecond",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::vector<timestamp> expected;
         for (const auto step : {microseconds{0}, microseconds{1}, microseconds{999'999}, microseconds{7'777'777}}) {
             expected.push_back(fixture.time().advance(step));
             append_now(store, stream, notes(1));
         }
         const auto events = read_stream(store, stream);
         for (std::size_t i = 0; i < expected.size(); ++i)
             expect_equal(events.at(i).recorded_at, expected[i], "when an event was recorded");
     }},
    {"recorded_at: a whole request has one time",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const auto any = expected_version::any();
         const appended done = append_now(store, {{{stream, any, notes(3)}, {other, any, notes(3)}}, {}});
         for (const auto& event : read_all(store, read_query::all())) {
             expect_equal(event.recorded_at, fixture.time().now(), "when an event of the request was recorded");
             expect_equal(event.recorded_at, done.recorded_at, "the time in the result");
         }
     }},
    {"recorded_at: it never goes back when the clock does",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const timestamp noon = fixture.time().now();
         append_now(store, stream, notes(1));
         fixture.time().set(noon - std::chrono::hours{24});
         expect_equal(append_now(store, other, notes(2)).recorded_at, noon, "recorded while the clock was behind");
         fixture.time().set(noon - microseconds{1});
         append_now(store, stream, notes(1));
         fixture.time().set(noon + seconds{1});
         append_now(store, stream, notes(1));

         std::vector<std::string> recorded;
         for (const auto& event : read_all(store, read_query::all())) recorded.push_back(show(event.recorded_at));
         const auto then = show(noon);
         expect_same_lines(recorded, {then, then, then, then, show(noon + seconds{1})}, "the recorded times");
     }},
    {"recorded_at: a refused append does not move it",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const timestamp noon = fixture.time().now();
         append_now(store, stream, notes(1));
         fixture.time().set(noon + seconds{60});
         expect_conflict(store, append_request::to(stream, expected_version::no_stream(), notes(1)), "no stream");
         fixture.time().set(noon + seconds{1});
         expect_equal(append_now(store, stream, notes(1)).recorded_at, noon + seconds{1},
                      "recorded after a refusal that was later");
     }},

    {"occurred_at: without one it is the recorded time",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, stream, {occurred({})});
         fixture.time().advance(seconds{-5});
         append_now(store, stream, {occurred({})});
         for (const auto& event : read_stream(store, stream))
             expect_equal(event.occurred_at, event.recorded_at, "when an event occurred");
     }},
    {"occurred_at: one in the past is kept",
     [](store_fixture& fixture) { expect_occurred_kept(fixture, at(1999, 12, 31) + microseconds{123'456}); }},
    {"occurred_at: one in the future is kept",
     [](store_fixture& fixture) { expect_occurred_kept(fixture, at(2999, 1, 1) + microseconds{1}); }},
    {"occurred_at: one before 1970 is kept",
     [](store_fixture& fixture) { expect_occurred_kept(fixture, at(1858, 11, 17) - microseconds{1}); }},
    {"occurred_at: 1970 itself is a time, not the absence of one",
     [](store_fixture& fixture) { expect_occurred_kept(fixture, timestamp{}); }},
    {"occurred_at: one equal to the recorded time is kept",
     [](store_fixture& fixture) { expect_occurred_kept(fixture, fixture.time().now()); }},
    {"occurred_at: each event has its own, in any order",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, stream, {occurred(at(2005, 1, 1)), occurred({}), occurred(at(2001, 1, 1))});
         const auto events = read_stream(store, stream);
         expect_equal(events.at(0).occurred_at, at(2005, 1, 1), "the first event");
         expect_equal(events.at(1).occurred_at, fixture.time().now(), "the second event");
         expect_equal(events.at(2).occurred_at, at(2001, 1, 1), "the third event");
     }},
};

}  // namespace

case_list time_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
