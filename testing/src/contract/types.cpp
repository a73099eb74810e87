// The numbers of event types, and the identity of the store.
#include "cases.hpp"
#include "support.hpp"

#include <algorithm>

namespace foldline::inline v0::testing::contract {
namespace {

const stream_id stream = order("typed");

event_data typed(event_type type) {
    event_data event = note("typed");
    event.type = type;
    return event;
}

std::vector<std::string> stored_types(const event_store& store) {
    std::vector<std::string> types;
    for (const event_type type : store.stored_types()) types.push_back(type.to_string());
    std::sort(types.begin(), types.end());
    return types;
}

const contract_case cases[] = {
    {"types: a type keeps its number, and the number its type",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const event_type placed{"order-placed", 2};
         const auto number = store.type_id(placed);
         append_now(store, stream, {typed(placed), typed({"order-paid", 1})});
         for (int i = 0; i < 100; ++i) (void)store.type_id({"order-paid", static_cast<std::uint32_t>(i + 1)});
         expect(store.type_id(placed) == number, "the number of a type changed");
         expect_equal(store.type_of(number).to_string(), std::string("order-placed@2"), "the type behind the number");
     }},
    {"types: an event bears the number of its type",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const std::vector<event_type> types = {{"a", 1}, {"b", 1}, {"a", 2}, {"a", 1}};
         for (const auto type : types) append_now(store, stream, {typed(type)});
         std::size_t seen = 0;
         store.read(read_query::stream(stream), batch_limit{10}, [&](const event_view& event) {
             expect(event.type == store.type_id(types[seen]), "an event bears another type's number");
             ++seen;
         });
         expect_equal(seen, types.size(), "events read");
     }},
    {"types: another name or another version is another number",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::vector<event_type_id> numbers;
         for (const event_type type : {event_type{"a", 1}, event_type{"a", 2}, event_type{"b", 1}, event_type{"A", 1},
                                       event_type{"a ", 1}, event_type{"a@1", 1}})
             numbers.push_back(store.type_id(type));
         std::sort(numbers.begin(), numbers.end());
         expect(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end(), "two types share a number");
     }},
    {"types: a type that was never stored has a number too, and is not among the stored ones",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const auto number = store.type_id({"never-stored", 4});
         expect_equal(store.type_of(number).to_string(), std::string("never-stored@4"), "the type behind the number");
         expect_same_lines(stored_types(store), {}, "the stored types");
     }},
    {"types: the name may be gone once the number is given",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::string name = "a name that needs memory of its own";
         const auto number = store.type_id({name, 1});
         name.assign(name.size(), 'x');
         expect_equal(store.type_of(number).to_string(), std::string("a name that needs memory of its own@1"),
                      "the type behind the number");
     }},
    {"types: each stored type is listed once",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         expect_same_lines(stored_types(store), {}, "the types of an empty store");
         append_now(store, stream, {typed({"placed", 1}), typed({"placed", 2}), typed({"placed", 1})});
         append_now(store, order("other"), {typed({"paid", 1}), typed({"placed", 2})});
         expect_same_lines(stored_types(store), {"paid@1", "placed@1", "placed@2"}, "the stored types");
     }},
    {"types: a refused append lists none",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         expect_conflict(store, append_request::to(stream, expected_version::stream_exists(), {typed({"refused", 1})}),
                         "an absent stream");
         append_now(store, stream, {typed({"placed", 1})});
         expect_same_lines(stored_types(store), {"placed@1"}, "the stored types");
     }},
    {"types: many types are told apart",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         std::vector<std::string> names;
         for (int i = 0; i < 300; ++i) names.push_back(fmt::format("type-{:03}", i));
         std::vector<event_data> events_to_store;
         for (const auto& name : names) events_to_store.push_back(typed({name, 1}));
         append_now(store, stream, events_to_store);
         const auto events = read_stream(store, stream);
         for (std::size_t i = 0; i < names.size(); ++i)
             expect_equal(events.at(i).type_name, names[i], "the type of an event");
         expect_equal(store.stored_types().size(), names.size(), "the number of stored types");
     }},

    {"identity: it stays the same whatever is appended",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         const store_identity before = store.identity();
         append_now(store, stream, notes(3));
         expect(store.identity() == before, "the identity changed");
         expect(before.store != store_id{} && before.history != history_id{}, "the store has no identity");
     }},
    {"identity: two stores have two",
     [](store_fixture& fixture) {
         const store_identity one = fixture.store().identity();
         const store_identity two = fixture.second_store().identity();
         expect(one.store != two.store && one.history != two.history, "two stores have the same identity");
     }},
    {"identity: two stores have nothing else in common",
     [](store_fixture& fixture) {
         event_store& one = fixture.store();
         event_store& two = fixture.second_store();
         append_now(one, stream, notes(3));
         expect_equal(two.head(), global_position{0}, "the other store's head");
         append_now(two, stream, notes(1), expected_version::no_stream());
         expect_equal(read_stream(one, stream).size(), std::size_t{3}, "the first store's stream");
     }},
};

}  // namespace

case_list type_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
