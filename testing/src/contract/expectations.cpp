// An append to one stream, under each of the four expected versions, on a stream that is absent, present or elsewhere.
#include "cases.hpp"
#include "support.hpp"

namespace foldline::inline v0::testing::contract {
namespace {

const stream_id absent = order("absent");
const stream_id present = order("present");

/// A store in which `present` is at version 3.
event_store& prepared(store_fixture& fixture) {
    append_now(fixture.store(), present, notes(3, "earlier"));
    return fixture.store();
}

void expect_taken(store_fixture& fixture, const stream_id& stream, expected_version expected, stream_version before) {
    event_store& store = prepared(fixture);
    const appended done = append_now(store, stream, notes(2, "new"), expected);
    expect_equal(done.version, before.next(2), "the version of the last event");
    expect_equal(done.position, global_position{5}, "the position of the last event");
    expect_equal(version_of(store, stream), before.next(2), "the version of the stream");
    expect_no_holes(store);
}

void expect_refused(store_fixture& fixture, const stream_id& stream, expected_version expected, stream_version actual) {
    event_store& store = prepared(fixture);
    expect_nothing_stored(store, [&] {
        const auto conflict =
            expect_conflict(store, append_request::to(stream, expected, notes(2, "new")), expected.to_string());
        expect_equal(conflict.stream, stream, "the conflict names the stream");
        expect_equal(conflict.actual, actual, "the conflict tells where the stream is");
    });
    // A number that was taken for the refused events would show as a hole below the next ones.
    append_now(store, stream, notes(1, "after the refusal"));
    expect_no_holes(store);
    expect_equal(version_of(store, stream), actual.next(), "the version after a refused append and a good one");
}

const contract_case cases[] = {
    {"expect any: an absent stream is taken",
     [](store_fixture& fixture) { expect_taken(fixture, absent, expected_version::any(), stream_version{0}); }},
    {"expect any: a present stream is taken",
     [](store_fixture& fixture) { expect_taken(fixture, present, expected_version::any(), stream_version{3}); }},
    {"expect no stream: an absent stream is taken",
     [](store_fixture& fixture) { expect_taken(fixture, absent, expected_version::no_stream(), stream_version{0}); }},
    {"expect no stream: a present stream is refused",
     [](store_fixture& fixture) {
         expect_refused(fixture, present, expected_version::no_stream(), stream_version{3});
     }},
    {"expect a stream: a present stream is taken",
     [](store_fixture& fixture) {
         expect_taken(fixture, present, expected_version::stream_exists(), stream_version{3});
     }},
    {"expect a stream: an absent stream is refused",
     [](store_fixture& fixture) {
         expect_refused(fixture, absent, expected_version::stream_exists(), stream_version{0});
     }},
    {"expect a version: a stream at that version is taken",
     [](store_fixture& fixture) {
         expect_taken(fixture, present, expected_version::exactly(stream_version{3}), stream_version{3});
     }},
    {"expect a version: an absent stream is at version 0",
     [](store_fixture& fixture) {
         expect_taken(fixture, absent, expected_version::exactly(stream_version{0}), stream_version{0});
     }},
    {"expect a version: a stale one stores nothing",
     [](store_fixture& fixture) {
         expect_refused(fixture, present, expected_version::exactly(stream_version{2}), stream_version{3});
     }},
    {"expect a version: one that the stream has not reached stores nothing",
     [](store_fixture& fixture) {
         expect_refused(fixture, present, expected_version::exactly(stream_version{4}), stream_version{3});
     }},
    {"expect a version: 0 refuses a present stream",
     [](store_fixture& fixture) {
         expect_refused(fixture, present, expected_version::exactly(stream_version{0}), stream_version{3});
     }},
    {"expect a version: an absent stream is refused",
     [](store_fixture& fixture) {
         expect_refused(fixture, absent, expected_version::exactly(stream_version{1}), stream_version{0});
     }},
    {"expect a version: a conflict stands in the way for good",
     [](store_fixture& fixture) {
         event_store& store = prepared(fixture);
         const auto stale =
             append_request::to(present, expected_version::exactly(stream_version{2}), notes(1, "stale"));
         for (int i = 0; i < 3; ++i)
             expect_equal(expect_conflict(store, stale, "a stale append, repeated").actual, stream_version{3},
                          "where the stream is");
     }},
    {"append: a writer that follows its own results never conflicts",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         stream_version at;
         for (std::size_t i = 1; i <= 20; ++i)
             at = append_now(store, present, notes(i), expected_version::exactly(at)).version;
         expect_equal(version_of(store, present), stream_version{210}, "the version of the stream");
         expect_no_holes(store);
     }},
};

}  // namespace

case_list expectation_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
