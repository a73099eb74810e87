// What a store keeps of an event: every byte of it.
#include "cases.hpp"
#include "support.hpp"

namespace foldline::inline v0::testing::contract {
namespace {

const stream_id stream = order("kept");

std::string every_byte() {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    return bytes;
}

void expect_kept(store_fixture& fixture, const event_data& event) {
    event_store& store = fixture.store();
    append_now(store, stream, {note("before"), event, note("after")});
    for (const auto& query : {read_query::all(), read_query::category("order"), read_query::stream(stream)})
        for (const auto& events : {read_all(store, query), read_all(store, query.backward())}) {
            expect_equal(events.size(), std::size_t{3}, "events read");
            expect_equal(events.at(1).payload, event.payload, "the payload");
            expect_equal(events.at(1).metadata, event.metadata, "the metadata");
            expect_equal(events.at(1).type_name, std::string(event.type.name), "the name of the type");
            expect_equal(events.at(1).type_version, event.type.version, "the version of the type");
        }
}

void expect_payload_kept(store_fixture& fixture, std::string payload) {
    expect_kept(fixture, note(std::move(payload)));
}

void expect_metadata_kept(store_fixture& fixture, std::string metadata) {
    event_data event = note("with metadata");
    event.metadata = std::move(metadata);
    expect_kept(fixture, event);
}

const contract_case cases[] = {
    {"payload: an empty one is kept", [](store_fixture& fixture) { expect_payload_kept(fixture, {}); }},
    {"payload: every byte is kept", [](store_fixture& fixture) { expect_payload_kept(fixture, every_byte()); }},
    {"payload: zeros are kept, at both ends too",
     [](store_fixture& fixture) { expect_payload_kept(fixture, std::string("\0\0middle\0\0", 10)); }},
    {"payload: a single zero is kept",
     [](store_fixture& fixture) { expect_payload_kept(fixture, std::string(1, '\0')); }},
    {"payload: what looks like a number or SQL is kept as it is",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const std::vector<std::string> texts = {"007", "1e3", "0x10", " 1 ", "NULL", "'; drop table events; --", "?1"};
         for (const auto& text : texts) append_now(store, stream, {note(text)});
         expect_same_lines(payloads(read_stream(store, stream)), texts, "the payloads");
     }},
    {"payload: a large one is kept",
     [](store_fixture& fixture) {
         std::string large;
         while (large.size() < 300'000) large += every_byte();
         expect_payload_kept(fixture, std::move(large));
     }},
    {"metadata: none is kept as none", [](store_fixture& fixture) { expect_metadata_kept(fixture, {}); }},
    {"metadata: every byte is kept", [](store_fixture& fixture) { expect_metadata_kept(fixture, every_byte()); }},
    {"metadata: each event has its own",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::vector<event_data> events = notes(4);
         events[0].metadata = "first";
         events[2].metadata = "third";
         append_now(store, stream, events);
         std::vector<std::string> metadata;
         for (const auto& event : read_stream(store, stream)) metadata.push_back(event.metadata);
         expect_same_lines(metadata, {"first", "", "third", ""}, "the metadata");
     }},
};

}  // namespace

case_list value_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
