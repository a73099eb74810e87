// Sinks: they may stop a read, throw out of it, and use the store meanwhile. A store that holds a lock while a sink
// runs hangs here.
#include "cases.hpp"
#include "support.hpp"

namespace foldline::inline v0::testing::contract {
namespace {

const stream_id stream = order("followed");
const stream_id other = order("other");

event_store& with_events(store_fixture& fixture, std::size_t count) {
    append_now(fixture.store(), stream, notes(count));
    return fixture.store();
}

std::vector<read_query> queries() {
    const std::vector<read_query> forward = {read_query::all(), read_query::category("order"),
                                             read_query::stream(stream)};
    std::vector<read_query> both = forward;
    for (const auto& query : forward) both.push_back(query.backward());
    return both;
}

/// Stops at the `nth` event of five, and expects the page to end there and the rest to be had from it.
void expect_stop_at(const event_store& store, const read_query& query, std::size_t nth) {
    std::vector<recorded_event> seen;
    const page reached = store.read(query, batch_limit{100}, [&](const event_view& event) {
        seen.emplace_back(event, store.type_of(event.type));
        return seen.size() == nth ? flow::stop : flow::go_on;
    });
    expect_equal(seen.size(), nth, "events handed out before the stop");
    expect_equal(reached.events, nth, "events of the page");
    expect_equal(reached.last_version, seen.back().version, "the page's last version");
    expect_equal(reached.last_position, seen.back().position, "the page's last position");
    expect_equal(reached.at_end, nth == 5, "whether the page is the last");
    const auto rest = read_all(store, query.from(reached));
    expect_equal(seen.size() + rest.size(), std::size_t{5}, "events before and after the stop");
    if (!rest.empty()) {
        const auto step = query.direction() == read_direction::forward ? 1 : -1;
        expect_equal(rest.front().version, seen.back().version.next(step), "the first event after the stop");
    }
}

struct thrown_by_sink {
    int number;
};

const contract_case cases[] = {
    {"sink: a stop ends the page at that event, and the rest is read from there",
     [](store_fixture& fixture) {
         const event_store& store = with_events(fixture, 5);
         for (const auto& query : queries())
             for (std::size_t nth = 1; nth <= 5; ++nth) expect_stop_at(store, query, nth);
     }},
    {"sink: one that goes on by name gets everything",
     [](store_fixture& fixture) {
         const event_store& store = with_events(fixture, 5);
         std::size_t seen = 0;
         const page reached = store.read(read_query::all(), batch_limit{100}, [&](const event_view&) {
             ++seen;
             return flow::go_on;
         });
         expect_equal(seen, std::size_t{5}, "events handed out");
         expect(reached.at_end, "the page is the last");
     }},
    {"sink: what it throws comes out of the read as it is, and harms nothing",
     [](store_fixture& fixture) {
         event_store& store = with_events(fixture, 5);
         for (const auto& query : queries()) {
             int seen = 0;
             try {
                 store.read(query, batch_limit{100}, [&](const event_view&) {
                     if (++seen == 3) throw thrown_by_sink{3};
                 });
                 fail("the sink's exception was swallowed");
             } catch (const thrown_by_sink& thrown) {
                 expect_equal(thrown.number, 3, "the exception");
             }
             expect_equal(seen, 3, "events handed out before the exception");
             expect_equal(read_all(store, query).size(), std::size_t{5}, "the next read");
         }
         append_now(store, stream, notes(1), expected_version::exactly(stream_version{5}));
         expect_no_holes(store);
     }},
    {"sink: it may read",
     [](store_fixture& fixture) {
         const event_store& store = with_events(fixture, 5);
         for (const auto& query : queries()) {
             std::size_t seen = 0;
             store.read(query, batch_limit{100}, [&](const event_view&) {
                 ++seen;
                 expect_equal(read_all(store, query, 2).size(), std::size_t{5}, "a read inside a read");
             });
             expect_equal(seen, std::size_t{5}, "events of the outer read");
         }
     }},
    {"sink: it may read inside a read inside a read",
     [](store_fixture& fixture) {
         const event_store& store = with_events(fixture, 4);
         std::size_t innermost = 0;
         store.read(read_query::all(), batch_limit{10}, [&](const event_view&) {
             store.read(read_query::stream(stream), batch_limit{10}, [&](const event_view&) {
                 store.read(read_query::all().backward(), batch_limit{10}, [&](const event_view&) { ++innermost; });
             });
         });
         expect_equal(innermost, std::size_t{4 * 4 * 4}, "events of the innermost reads");
     }},
    {"sink: it may append",
     [](store_fixture& fixture) {
         event_store& store = with_events(fixture, 5);
         std::int64_t copied = 0;
         store.read(read_query::stream(stream), batch_limit{100}, [&](const event_view& event) {
             const auto done = append_now(store, other, {note(std::string(event.payload))});
             expect_equal(done.version, stream_version{++copied}, "the version of a copy");
             expect_equal(store.head(), done.position, "the head inside a read");
         });
         expect_equal(copied, std::int64_t{5}, "events handed out");
         expect_same_lines(payloads(read_stream(store, other)), payloads(read_stream(store, stream)), "the copies");
         expect_no_holes(store);
     }},
    {"sink: it may append to what is being read, and no event comes twice or in a wrong place",
     [](store_fixture& fixture) {
         event_store& store = with_events(fixture, 5);
         std::vector<stream_version> seen;
         page reached = read_query::stream(stream).empty_page();
         while (seen.size() < 10) {
             reached =
                 store.read(read_query::stream(stream).from(reached), batch_limit{3}, [&](const event_view& event) {
                     seen.push_back(event.version);
                     if (seen.size() <= 5) append_now(store, stream, notes(1, "appended"));
                 });
             expect(reached.events > 0, "a reader that appends meets what it appended");
         }
         for (std::size_t i = 0; i < seen.size(); ++i)
             expect_equal(seen[i], stream_version{static_cast<std::int64_t>(i) + 1}, "the next version");
         expect_no_holes(store);
     }},
    {"sink: it may append while it reads backward",
     [](store_fixture& fixture) {
         event_store& store = with_events(fixture, 5);
         std::vector<std::string> seen;
         store.read(read_query::stream(stream).backward(), batch_limit{100}, [&](const event_view& event) {
             seen.emplace_back(event.payload);
             append_now(store, stream, notes(1, "appended"));
         });
         expect_same_lines(seen, {"note 5", "note 4", "note 3", "note 2", "note 1"}, "the events of the read");
     }},
    {"sink: an event's bytes stay as they are until it returns, whatever it does to the store",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         for (int i = 0; i < 3; ++i) {
             event_data event = note(std::string(2'000, static_cast<char>('a' + i)));
             event.metadata = std::string(500, static_cast<char>('A' + i));
             append_now(store, stream, {event});
         }
         store.read(read_query::all(), batch_limit{100}, [&](const event_view& event) {
             const recorded_event before{event, store.type_of(event.type)};
             for (int i = 0; i < 20; ++i) append_now(store, order(fmt::format("new-{}", i)), notes(20));
             (void)read_all(store, read_query::all());
             (void)store.type_id({"a-type-nobody-knew", 1});
             const recorded_event after{event, store.type_of(event.type)};
             expect_equal(show(after), show(before), "an event after the store grew");
             expect(after.payload == before.payload && after.metadata == before.metadata, "the bytes of an event");
         });
     }},
    {"sink: it may use every other member",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_now(store, append_request::to(stream, expected_version::any(), with_ids(notes(2), "mine")));
         store.read(read_query::all(), batch_limit{100}, [&](const event_view& event) {
             expect(store.find_append(id_of("mine")).has_value(), "find_append inside a read");
             expect_equal(store.head(), global_position{2}, "the head inside a read");
             expect(store.identity() == store.identity(), "the identity inside a read");
             expect(store.type_id(store.type_of(event.type)) == event.type, "the types inside a read");
             expect_equal(store.stored_types().size(), std::size_t{1}, "the stored types inside a read");
         });
     }},
};

}  // namespace

case_list sink_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
