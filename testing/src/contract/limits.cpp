// How much one append may carry: exactly the limit is taken, one more is refused with the number that was too much.
#include "cases.hpp"
#include "support.hpp"

#include <foldline/core/error.hpp>

namespace foldline::inline v0::testing::contract {
namespace {

const stream_id stream = order("limited");
const stream_id other = order("other");
constexpr std::size_t mebibyte = 1U << 20U;

event_data sized(std::size_t payload, std::size_t metadata = 0) {
    event_data event = note(std::string(payload, 'p'));
    event.metadata = std::string(metadata, 'm');
    return event;
}

append_request request_of(std::vector<event_data> events) {
    return append_request::to(stream, expected_version::any(), std::move(events));
}

void expect_fits(event_store& store, const append_request& request) {
    append_now(store, request);
    const auto read = read_stream(store, stream);
    const auto& events = request.writes.front().events;
    expect_equal(read.size(), events.size(), "events in the stream");
    for (std::size_t i = 0; i < events.size(); ++i)
        expect(read[i].payload == events[i].payload && read[i].metadata == events[i].metadata,
               "an event at the limit is kept whole");
}

void expect_too_much(event_store& store, const append_request& request, std::size_t actual, std::size_t limit) {
    append_now(store, other, notes(1, "earlier"));
    expect_nothing_stored(store, [&] {
        try {
            (void)store.append(request);
            fail("an append beyond the limit was taken");
        } catch (const limit_exceeded& refused) {
            expect_equal(refused.actual, actual, "what was too much");
            expect_equal(refused.limit, limit, "the limit");
        }
    });
    append_now(store, stream, notes(1, "after the refusal"), expected_version::no_stream());
    expect_no_holes(store);
}

const contract_case cases[] = {
    {"limits: a payload of 1 MiB is taken",
     [](store_fixture& fixture) { expect_fits(fixture.store(), request_of({sized(mebibyte)})); }},
    {"limits: a payload of 1 MiB and a byte stores nothing",
     [](store_fixture& fixture) {
         expect_too_much(fixture.store(), request_of({sized(1), sized(mebibyte + 1)}), mebibyte + 1, mebibyte);
     }},
    {"limits: metadata of 64 KiB are taken",
     [](store_fixture& fixture) { expect_fits(fixture.store(), request_of({sized(1, mebibyte / 16)})); }},
    {"limits: metadata of 64 KiB and a byte store nothing",
     [](store_fixture& fixture) {
         expect_too_much(fixture.store(), request_of({sized(1), sized(1, mebibyte / 16 + 1)}), mebibyte / 16 + 1,
                         mebibyte / 16);
     }},
    {"limits: a request of 10,000 events is taken",
     [](store_fixture& fixture) { expect_fits(fixture.store(), request_of(notes(10'000))); }},
    {"limits: a request of 10,001 events stores nothing",
     [](store_fixture& fixture) { expect_too_much(fixture.store(), request_of(notes(10'001)), 10'001, 10'000); }},
    {"limits: the events of all writes count",
     [](store_fixture& fixture) {
         append_request request = request_of(notes(5'000));
         request.writes.push_back({order("second"), expected_version::any(), notes(5'001)});
         expect_too_much(fixture.store(), request, 10'001, 10'000);
     }},
    {"limits: a request of 16 MiB is taken",
     [](store_fixture& fixture) {
         expect_fits(fixture.store(), request_of(std::vector<event_data>(16, sized(mebibyte - 100, 100))));
     }},
    {"limits: a request of 16 MiB and a byte stores nothing",
     [](store_fixture& fixture) {
         append_request request = request_of(std::vector<event_data>(15, sized(mebibyte)));
         request.writes.push_back({order("second"), expected_version::any(), {sized(mebibyte, 1)}});
         expect_too_much(fixture.store(), request, 16 * mebibyte + 1, 16 * mebibyte);
     }},
    {"limits: 10 MB in one event are refused",
     [](store_fixture& fixture) {
         expect_too_much(fixture.store(), request_of({sized(10'000'000)}), 10'000'000, mebibyte);
     }},
    {"limits: a store keeps to those that it was made with",
     [](store_fixture& fixture) {
         append_limits limits;
         limits.events = 3;
         limits.payload_bytes = 10;
         limits.metadata_bytes = 5;
         limits.request_bytes = 25;
         event_store& store = fixture.store_with(limits);
         append_now(store, order("fits"), {sized(10, 5), sized(10), sized(0)});
         expect_throws<limit_exceeded>([&] { (void)store.append(request_of(notes(4))); }, "four events of three");
         expect_throws<limit_exceeded>([&] { (void)store.append(request_of({sized(11)})); }, "a payload");
         expect_throws<limit_exceeded>([&] { (void)store.append(request_of({sized(1, 6)})); }, "metadata");
         expect_throws<limit_exceeded>(
             [&] {
                 (void)store.append(request_of({sized(10, 5), sized(10, 1)}));
             },
             "all bytes together");
         expect_equal(store.head(), global_position{3}, "the head");
     }},
};

}  // namespace

case_list limit_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
