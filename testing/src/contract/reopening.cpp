// Every promise again, across closing and opening. A store that forgets is excused.
#include "cases.hpp"
#include "support.hpp"

#include <algorithm>

namespace foldline::inline v0::testing::contract {
namespace {

const stream_id stream = order("kept");
const stream_id other{"invoice", "other"};

std::vector<std::string> types_of(const event_store& store) {
    std::vector<std::string> types;
    for (const event_type type : store.stored_types()) types.push_back(type.to_string());
    std::sort(types.begin(), types.end());
    return types;
}

void fill(store_fixture& fixture) {
    event_store& store = fixture.store();
    event_data with_everything = note(std::string("\0bytes\xFF", 7));
    with_everything.metadata = std::string("meta\0data", 9);
    with_everything.occurred_at = fixture.time().now() - std::chrono::hours{1000};
    with_everything.type = {"another-type", 7};
    append_now(store, stream, notes(3));
    fixture.time().advance(std::chrono::microseconds{1'500'001});
    append_now(store, {{{other, expected_version::any(), {with_everything, note("")}},
                        {stream, expected_version::any(), notes(1, "last")}},
                       {}});
}

const contract_case cases[] = {
    {"reopen: every event is there as it was, in every scope and direction",
     [](store_fixture& fixture) {
         fill(fixture);
         const std::vector<read_query> queries = {read_query::all(),
                                                  read_query::all().backward(),
                                                  read_query::category("order"),
                                                  read_query::category("invoice"),
                                                  read_query::stream(stream),
                                                  read_query::stream(other).backward()};
         std::vector<std::vector<std::string>> before;
         for (const auto& query : queries) before.push_back(lines(read_all(fixture.store(), query)));
         const std::string bytes = read_stream(fixture.store(), other).at(0).payload;
         if (!fixture.reopen()) return;
         for (std::size_t i = 0; i < queries.size(); ++i)
             expect_same_lines(lines(read_all(fixture.store(), queries[i])), before[i], "after reopening");
         expect(read_stream(fixture.store(), other).at(0).payload == bytes, "a payload after reopening");
     }},
    {"reopen: identity, head and types are the same",
     [](store_fixture& fixture) {
         fill(fixture);
         const store_identity identity = fixture.store().identity();
         const auto types = types_of(fixture.store());
         if (!fixture.reopen()) return;
         expect(fixture.store().identity() == identity, "the identity after reopening");
         expect_equal(fixture.store().head(), global_position{6}, "the head after reopening");
         expect_same_lines(types_of(fixture.store()), types, "the stored types after reopening");
     }},
    {"reopen: an empty store stays empty and the same",
     [](store_fixture& fixture) {
         const store_identity identity = fixture.store().identity();
         if (!fixture.reopen()) return;
         expect(fixture.store().identity() == identity, "the identity after reopening");
         expect_equal(fixture.store().head(), global_position{0}, "the head after reopening");
         expect_equal(append_now(fixture.store(), stream, notes(1)).position, global_position{1}, "the first position");
     }},
    {"reopen: versions and positions go on without a hole",
     [](store_fixture& fixture) {
         fill(fixture);
         for (int i = 0; i < 3; ++i) {
             if (!fixture.reopen()) return;
             append_now(fixture.store(), {{{stream, expected_version::stream_exists(), notes(2)},
                                           {other, expected_version::any(), notes(1)}},
                                          {}});
         }
         expect_no_holes(fixture.store());
         expect_equal(fixture.store().head(), global_position{15}, "the head");
     }},
    {"reopen: every expectation is held against what was stored",
     [](store_fixture& fixture) {
         fill(fixture);
         if (!fixture.reopen()) return;
         event_store& store = fixture.store();
         const auto expecting = [](expected_version expected) {
             return append_request::to(stream, expected, notes(1));
         };
         for (const auto wrong : {expected_version::no_stream(), expected_version::exactly(stream_version{3}),
                                  expected_version::exactly(stream_version{5})})
             expect_equal(expect_conflict(store, expecting(wrong), wrong.to_string()).actual, stream_version{4},
                          "where the stream is");
         append_now(store, expecting(expected_version::exactly(stream_version{4})));
         append_now(store, expecting(expected_version::stream_exists()));
     }},
    {"reopen: conditions are held against what was stored",
     [](store_fixture& fixture) {
         fill(fixture);
         if (!fixture.reopen()) return;
         append_request request = append_request::to(order("new"), expected_version::no_stream(), notes(1));
         request.conditions = {{stream, expected_version::no_stream()}};
         expect_equal(expect_conflict(fixture.store(), request, "a condition").actual, stream_version{4},
                      "where the condition's stream is");
         request.conditions = {{stream, expected_version::exactly(stream_version{4})}};
         append_now(fixture.store(), request);
     }},
    {"reopen: a repeated request has its first result",
     [](store_fixture& fixture) {
         append_now(fixture.store(), other, notes(2));
         const append_request request{{{stream, expected_version::no_stream(), with_ids(notes(2), "a")},
                                       {other, expected_version::exactly(stream_version{2}), with_ids(notes(3), "b")}},
                                      {}};
         const appended first = append_now(fixture.store(), request);
         append_now(fixture.store(), stream, notes(4));
         fixture.time().advance(std::chrono::seconds{9});
         for (int i = 0; i < 2; ++i) {
             if (!fixture.reopen()) return;
             expect_repeat(fixture.store(), request, first, "the same request after reopening");
         }
     }},
    {"reopen: a reused id is refused",
     [](store_fixture& fixture) {
         append_now(fixture.store(),
                    append_request::to(stream, expected_version::any(), with_ids(notes(3), "request")));
         if (!fixture.reopen()) return;
         event_store& store = fixture.store();
         expect_nothing_stored(store, [&] {
             for (const std::size_t events : {1U, 2U, 4U})
                 expect_equal(
                     expect_reused(
                         store, append_request::to(stream, expected_version::any(), with_ids(notes(events), "request")),
                         "another number of events")
                         .id,
                     id_of("request"), "the id that was used before");
             expect_reused(store, append_request::to(other, expected_version::any(), with_ids(notes(3), "request")),
                           "another stream");
         });
     }},
    {"reopen: find_append tells where a write ended",
     [](store_fixture& fixture) {
         const appended first = append_now(
             fixture.store(), append_request::to(stream, expected_version::any(), with_ids(notes(3), "request")));
         if (!fixture.reopen()) return;
         const auto found = fixture.store().find_append(id_of("request"));
         expect(found.has_value(), "the append is not found after reopening");
         expect_equal(found->stream, stream, "its stream");
         expect_equal(found->count, std::size_t{3}, "its events");
         expect_equal(found->result.version, first.version, "its last version");
         expect_equal(found->result.position, first.position, "its last position");
         expect_equal(found->result.recorded_at, first.recorded_at, "its time");
     }},
    {"reopen: the recorded time does not go back",
     [](store_fixture& fixture) {
         const timestamp noon = fixture.time().now();
         append_now(fixture.store(), stream, notes(1));
         if (!fixture.reopen()) return;
         fixture.time().set(noon - std::chrono::hours{1});
         expect_equal(append_now(fixture.store(), stream, notes(1)).recorded_at, noon,
                      "recorded after reopening with the clock behind");
     }},
    {"reopen: a reader goes on where it was",
     [](store_fixture& fixture) {
         fill(fixture);
         const page reached = read_once(fixture.store(), read_query::all(), 2).end;
         if (!fixture.reopen()) return;
         const auto rest = read_all(fixture.store(), read_query::all().from(reached));
         expect_equal(rest.size(), std::size_t{4}, "the events after the page");
         expect_equal(rest.front().position, global_position{3}, "the first of them");
     }},
    {"reopen: a refused append left nothing",
     [](store_fixture& fixture) {
         fill(fixture);
         expect_conflict(
             fixture.store(),
             append_request::to(order("refused"), expected_version::stream_exists(), with_ids(notes(2), "refused")),
             "an absent stream");
         if (!fixture.reopen()) return;
         expect(!fixture.store().find_append(id_of("refused")), "a refused append is found by its id");
         append_now(fixture.store(),
                    append_request::to(order("refused"), expected_version::no_stream(), with_ids(notes(2), "refused")));
         expect_no_holes(fixture.store());
     }},
};

}  // namespace

case_list reopen_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
