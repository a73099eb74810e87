// Conditions: expectations of streams that the request does not write.
#include "cases.hpp"
#include "support.hpp"

namespace foldline::inline v0::testing::contract {
namespace {

const stream_id absent = order("absent");
const stream_id present = order("present");
const stream_id written = order("written");

event_store& prepared(store_fixture& fixture) {
    append_now(fixture.store(), present, notes(3, "earlier"));
    return fixture.store();
}

append_request on(const stream_id& stream, expected_version expected) {
    append_request request = append_request::to(written, expected_version::any(), notes(2));
    request.conditions.push_back({stream, expected});
    return request;
}

void expect_taken(store_fixture& fixture, const stream_id& stream, expected_version expected) {
    event_store& store = prepared(fixture);
    const stream_version before = version_of(store, stream);
    const appended done = append_now(store, on(stream, expected));
    expect_equal(done.version, stream_version{2}, "the version of the stream that is written");
    expect_equal(version_of(store, stream), before, "a condition leaves its stream where it is");
    expect_no_holes(store);
}

void expect_refused(store_fixture& fixture, const stream_id& stream, expected_version expected, stream_version actual) {
    event_store& store = prepared(fixture);
    expect_nothing_stored(store, [&] {
        const auto conflict = expect_conflict(store, on(stream, expected), "a condition that does not hold");
        expect_equal(conflict.stream, stream, "the conflict names the condition's stream");
        expect_equal(conflict.actual, actual, "the conflict tells where that stream is");
    });
    append_now(store, written, notes(1), expected_version::no_stream());
    expect_no_holes(store);
}

const contract_case cases[] = {
    {"condition any: an absent stream holds",
     [](store_fixture& fixture) { expect_taken(fixture, absent, expected_version::any()); }},
    {"condition any: a present stream holds",
     [](store_fixture& fixture) { expect_taken(fixture, present, expected_version::any()); }},
    {"condition no stream: an absent stream holds",
     [](store_fixture& fixture) { expect_taken(fixture, absent, expected_version::no_stream()); }},
    {"condition no stream: a present stream stores nothing",
     [](store_fixture& fixture) {
         expect_refused(fixture, present, expected_version::no_stream(), stream_version{3});
     }},
    {"condition a stream: a present stream holds",
     [](store_fixture& fixture) { expect_taken(fixture, present, expected_version::stream_exists()); }},
    {"condition a stream: an absent stream stores nothing",
     [](store_fixture& fixture) {
         expect_refused(fixture, absent, expected_version::stream_exists(), stream_version{0});
     }},
    {"condition a version: a stream at that version holds",
     [](store_fixture& fixture) { expect_taken(fixture, present, expected_version::exactly(stream_version{3})); }},
    {"condition a version: an absent stream is at version 0",
     [](store_fixture& fixture) { expect_taken(fixture, absent, expected_version::exactly(stream_version{0})); }},
    {"condition a version: a stream that went on stores nothing",
     [](store_fixture& fixture) {
         expect_refused(fixture, present, expected_version::exactly(stream_version{2}), stream_version{3});
     }},
    {"condition a version: a stream that is not there yet stores nothing",
     [](store_fixture& fixture) {
         expect_refused(fixture, present, expected_version::exactly(stream_version{4}), stream_version{3});
     }},
    {"condition a version: an absent stream stores nothing",
     [](store_fixture& fixture) {
         expect_refused(fixture, absent, expected_version::exactly(stream_version{1}), stream_version{0});
     }},
    {"condition: of several each has to hold",
     [](store_fixture& fixture) {
         event_store& store = prepared(fixture);
         append_request request = on(present, expected_version::exactly(stream_version{3}));
         request.conditions.push_back({absent, expected_version::stream_exists()});
         request.conditions.push_back({order("other"), expected_version::stream_exists()});
         expect_nothing_stored(store, [&] {
             expect_equal(expect_conflict(store, request, "one condition of two fails").stream, absent,
                          "the first condition that fails");
         });
     }},
    {"condition: it binds every write of the request",
     [](store_fixture& fixture) {
         event_store& store = prepared(fixture);
         append_request request = on(absent, expected_version::stream_exists());
         request.writes.push_back({order("another"), expected_version::any(), notes(1)});
         expect_nothing_stored(store, [&] { expect_conflict(store, request, "two writes, one condition"); });
         append_now(store, absent, notes(1));
         append_now(store, request);
         expect_no_holes(store);
     }},
    {"condition: writes are checked before conditions",
     [](store_fixture& fixture) {
         event_store& store = prepared(fixture);
         append_request request = on(present, expected_version::no_stream());
         request.writes[0].expected = expected_version::stream_exists();
         expect_equal(expect_conflict(store, request, "a write and a condition fail").stream, written,
                      "the stream of the conflict");
     }},
};

}  // namespace

case_list condition_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
