// What a request is: one or several writes that are stored together, in order, or not at all.
#include "cases.hpp"
#include "support.hpp"

namespace foldline::inline v0::testing::contract {
namespace {

const stream_id first = order("first");
const stream_id second = order("second");
const stream_id third{"invoice", "third"};

stream_write write(const stream_id& stream, std::size_t count, expected_version expected = expected_version::any()) {
    return {stream, expected, notes(count, stream.id())};
}

/// Three writes of which the one at `refused` expects a version that its stream is not at.
append_request with_a_conflict_at(std::size_t refused) {
    append_request request{{write(first, 2), write(second, 1), write(third, 3)}, {}};
    request.writes[refused].expected = expected_version::exactly(stream_version{7});
    return request;
}

void expect_all_or_nothing(store_fixture& fixture, std::size_t refused) {
    event_store& store = fixture.store();
    append_now(store, second, notes(4, "earlier"));
    const append_request request = with_a_conflict_at(refused);
    expect_nothing_stored(store, [&] {
        const auto conflict = expect_conflict(store, request, "a request with one refused write");
        expect_equal(conflict.stream, request.writes[refused].stream, "the conflict names the stream");
        expect_equal(conflict.actual, stream_version{refused == 1 ? 4 : 0}, "the conflict tells where the stream is");
    });
    append_now(store, {{write(first, 1), write(second, 1), write(third, 1)}, {}});
    expect_no_holes(store);
    expect_equal(version_of(store, second), stream_version{5}, "the version after the refusal");
}

template <class Refusal = invalid_request>
void expect_invalid(store_fixture& fixture, const append_request& request, std::string_view what) {
    event_store& store = fixture.store();
    append_now(store, first, notes(1, "earlier"));
    expect_nothing_stored(store, [&] { expect_throws<Refusal>([&] { (void)store.append(request); }, what); });
    append_now(store, second, notes(1, "after the refusal"));
    expect_no_holes(store);
}

const contract_case cases[] = {
    {"append: the first event of a stream is at version 1, the first of a store at position 1",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const appended done = append_now(store, first, notes(1));
         expect_equal(done.version, stream_version{1}, "the first version");
         expect_equal(done.position, global_position{1}, "the first position");
     }},
    {"append: the result is the version, position and time of the last event",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, second, notes(5));
         fixture.time().advance(std::chrono::seconds{1});
         const appended done = append_now(store, first, notes(3));
         const recorded_event last = read_once(store, read_query::all().backward(), 1).events.at(0);
         expect_equal(done.version, last.version, "the version");
         expect_equal(done.position, last.position, "the position");
         expect_equal(done.recorded_at, last.recorded_at, "the time");
         expect_equal(done.version, stream_version{3}, "the version");
         expect_equal(done.position, global_position{8}, "the position");
     }},
    {"append: events keep the order of the request",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, first, notes(100, "a"));
         append_now(store, first, notes(100, "b"));
         std::vector<std::string> expected;
         for (const auto& event : notes(100, "a")) expected.push_back(event.payload);
         for (const auto& event : notes(100, "b")) expected.push_back(event.payload);
         expect_same_lines(payloads(read_stream(store, first)), expected, "the stream");
     }},
    {"append: what returned before another append began is before it",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         for (int i = 1; i <= 50; ++i) {
             const appended done = append_now(store, i % 2 == 0 ? first : second, notes(1));
             expect_equal(done.position, global_position{i}, "the position of an append");
             expect_equal(store.head(), done.position, "the head after it");
         }
     }},
    {"append: equal events without ids are stored as often as they come",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         for (int i = 1; i <= 3; ++i)
             expect_equal(append_now(store, first, {note("same")}).version, stream_version{i}, "the version");
         expect_equal(read_stream(store, first).size(), std::size_t{3}, "events in the stream");
     }},
    {"append: the request may be gone or changed once it returned",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_request request = append_request::to(first, expected_version::any(), {note("as it was")});
         std::string name = "short-lived";
         request.writes[0].events[0].type = {name, 3};
         append_now(store, request);
         request.writes[0].events[0].payload.assign(9, 'x');
         name.assign(11, 'x');
         const recorded_event event = read_stream(store, first).at(0);
         expect_equal(event.payload, std::string("as it was"), "the payload");
         expect_equal(event.type_name, std::string("short-lived"), "the name of the type");
     }},
    {"request: positions run through its writes in their order",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, second, notes(4, "earlier"));
         const appended done = append_now(store, {{write(third, 2), write(first, 1), write(second, 3)}, {}});
         expect_equal(done.version, stream_version{7}, "the result has the version of the last write");
         expect_equal(done.position, global_position{10}, "the result has the position of the last write");

         std::vector<std::string> places;
         for (const auto& event : read_once(store, read_query::all().after(global_position{4}), 100).events)
             places.push_back(fmt::format("#{} {} @{} {}", event.position.value, event.stream.to_string(),
                                          event.version.value, event.payload));
         expect_same_lines(
             places,
             {"#5 invoice-third @1 third 1", "#6 invoice-third @2 third 2", "#7 order-first @1 first 1",
              "#8 order-second @5 second 1", "#9 order-second @6 second 2", "#10 order-second @7 second 3"},
             "the events of the request");
         expect_no_holes(store);
     }},
    {"request: each write has an expectation of its own",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, second, notes(4, "earlier"));
         append_now(store, third, notes(1, "earlier"));
         append_now(store, {{write(first, 1, expected_version::no_stream()),
                             write(second, 1, expected_version::exactly(stream_version{4})),
                             write(third, 1, expected_version::stream_exists())},
                            {}});
         expect_equal(store.head(), global_position{8}, "the head");
     }},
    {"request: a conflict in its first write stores nothing of any",
     [](store_fixture& fixture) { expect_all_or_nothing(fixture, 0); }},
    {"request: a conflict in a middle write stores nothing of any",
     [](store_fixture& fixture) { expect_all_or_nothing(fixture, 1); }},
    {"request: a conflict in its last write stores nothing of any",
     [](store_fixture& fixture) { expect_all_or_nothing(fixture, 2); }},
    {"request: of several conflicts the first is reported",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_request request{{write(second, 1), write(third, 1), write(first, 1)}, {}};
         request.writes[1].expected = expected_version::stream_exists();
         request.writes[2].expected = expected_version::stream_exists();
         expect_equal(expect_conflict(store, request, "two conflicts").stream, third, "the stream of the conflict");
     }},
    {"request: many streams at once",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_request request;
         for (int i = 0; i < 1'000; ++i)
             request.writes.push_back(
                 {order(fmt::format("{:04}", i)), expected_version::no_stream(), notes(2, "of many")});
         expect_equal(append_now(store, request).position, global_position{2'000}, "the last position");
         expect_no_holes(store);
         expect_conflict(store, request, "the same streams once more");
     }},
    {"invalid: a request without writes stores nothing",
     [](store_fixture& fixture) { expect_invalid(fixture, {}, "no write"); }},
    {"invalid: conditions alone are no request",
     [](store_fixture& fixture) {
         expect_invalid(fixture, {{}, {{first, expected_version::any()}}}, "only a condition");
     }},
    {"invalid: a write without events stores nothing of its neighbours",
     [](store_fixture& fixture) {
         expect_invalid(fixture, {{write(first, 1), write(second, 0)}, {}}, "an empty write");
     }},
    {"invalid: a stream written twice stores nothing",
     [](store_fixture& fixture) {
         expect_invalid(fixture, {{write(second, 1), write(first, 1), write(second, 1)}, {}}, "a stream twice");
     }},
    {"invalid: a condition on a written stream stores nothing",
     [](store_fixture& fixture) {
         expect_invalid(fixture, {{write(second, 1)}, {{second, expected_version::no_stream()}}},
                        "a condition on a stream that is written");
     }},
    {"invalid: two conditions on one stream store nothing",
     [](store_fixture& fixture) {
         expect_invalid(fixture,
                        {{write(second, 1)}, {{third, expected_version::any()}, {third, expected_version::any()}}},
                        "two conditions on one stream");
     }},
    {"invalid: ids on some events only store nothing",
     [](store_fixture& fixture) {
         append_request request{{write(second, 1), write(third, 2)}, {}};
         request.writes[1].events[1].id = id_of("lonely");
         expect_invalid(fixture, request, "one id of three");
     }},
    {"invalid: an id given to two events of a stream stores nothing",
     [](store_fixture& fixture) {
         append_request request{{{second, expected_version::any(), with_ids(notes(3), "twice")}}, {}};
         request.writes[0].events[2].id = request.writes[0].events[0].id;
         expect_invalid(fixture, request, "an id twice");
     }},
    {"invalid: an id given to events of two streams stores nothing",
     [](store_fixture& fixture) {
         append_request request{{{second, expected_version::any(), with_ids(notes(2), "here")},
                                 {third, expected_version::any(), with_ids(notes(2), "there")}},
                                {}};
         request.writes[1].events[1].id = request.writes[0].events[1].id;
         expect_invalid(fixture, request, "an id in two streams");
     }},
    {"invalid: an event whose type has no name stores nothing",
     [](store_fixture& fixture) {
         append_request request{{write(second, 2)}, {}};
         request.writes[0].events[1].type = {"", 1};
         expect_invalid(fixture, request, "a type without a name");
     }},
    {"invalid: an event whose type has version 0 stores nothing",
     [](store_fixture& fixture) {
         append_request request{{write(second, 2)}, {}};
         request.writes[0].events[0].type = {"note-taken", 0};
         expect_invalid(fixture, request, "a type without a version");
     }},
};

}  // namespace

case_list request_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
