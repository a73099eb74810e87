#include "support/memory_world.hpp"
#include "support/spying_event_store.hpp"

#include <foldline/core/error.hpp>
#include <foldline/testing/event_store_contract.hpp>
#include <foldline/upcasters/aliasing_event_store.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace foldline;
using namespace foldline_tests;

namespace {

const stream_id cart1{"cart", "1"};
const stream_id order1{"order", "1"};

event_data note(std::string text, std::optional<event_id> id = std::nullopt) {
    event_data event;
    event.type = {"note-taken", 1};
    event.payload = std::move(text);
    event.id = id;
    return event;
}

event_id id_of(std::string_view name) { return event_id{uuid::from_name(name)}; }

append_request to(const stream_id& stream, std::string text, expected_version expected = expected_version::any(),
                  std::optional<event_id> id = std::nullopt) {
    return append_request::to(stream, expected, {note(std::move(text), id)});
}

/// Each event as `category-id@version: payload`.
std::vector<std::string> read(const event_store& store, const read_query& query) {
    std::vector<std::string> lines;
    (void)store.read(query, batch_limit{100}, [&](const event_view& event) {
        lines.push_back(event.stream.to_string() + "@" + std::to_string(event.version.value) + ": " +
                        std::string(event.payload));
    });
    return lines;
}

/// The store of a program that called its orders carts, and the same one as the program sees it that took its place.
struct renamed_world : memory_world {
    renamed_world() = default;
    explicit renamed_world(std::map<std::string, std::string> aliases) : current(store, std::move(aliases)) {}

    appended before(const stream_id& stream, std::string text) {
        return std::get<appended>(store.append(to(stream, std::move(text))));
    }
    append_result now(const append_request& request) { return current.append(request); }

    aliasing_event_store current{store, {{"cart", "order"}}};
};

struct opened_alias : testing::opened_store {
    explicit opened_alias(const testing::store_parts& parts)
        : memory(parts.time, parts.ids, parts.limits),
          current(memory, {{"cart", "order"}, {"basket", "cart"}, {"visit", "call"}}) {}
    event_store& store() override { return current; }
    memory_event_store memory;
    aliasing_event_store current;
};

std::unique_ptr<testing::opened_store> open_alias(const testing::store_parts& parts) {
    return std::make_unique<opened_alias>(parts);
}

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("alias: a store with aliases keeps the contract") {
    CHECK_NOTHROW(testing::run_event_store_contract(open_alias));
}

TEST_CASE("alias: events of the old category are handed out under the new one, and stay where they are") {
    renamed_world world;
    world.before(cart1, "a");
    world.before({"customer", "1"}, "b");
    CHECK(read(world.current, read_query::all()) == lines{"order-1@1: a", "customer-1@1: b"});
    CHECK(read(world.current, read_query::category("order")) == lines{"order-1@1: a"});
    CHECK(read(world.current, read_query::categories({"customer", "order"})) ==
          lines{"order-1@1: a", "customer-1@1: b"});
    CHECK(read(world.current, read_query::stream(order1)) == lines{"order-1@1: a"});
    CHECK(read(world.store, read_query::all()) == lines{"cart-1@1: a", "customer-1@1: b"});
}

TEST_CASE("alias: a query keeps its bounds, its direction and its filters") {
    renamed_world world;
    for (const char* text : {"a", "b", "c", "d"}) world.before(cart1, text);
    const auto last = read_query::stream(order1).after(stream_version{1}).before(stream_version{4}).backward();
    CHECK(read(world.current, last) == lines{"order-1@3: c", "order-1@2: b"});
    const auto category = read_query::category("order").after(global_position{1}).before(global_position{3});
    CHECK(read(world.current, category) == lines{"order-1@2: b"});
    CHECK(read(world.current, category.of_types({event_type{"other", 1}})).empty());
    CHECK(read(world.current, category.with_correlation("c")).empty());
    CHECK(read(world.current, read_query::stream(order1).of_types({event_type{"other", 1}})).empty());
}

TEST_CASE("alias: a stream goes on under the name that it has, and a new one gets the new name") {
    renamed_world world;
    world.before(cart1, "a");
    CHECK(std::get<appended>(world.now(to(order1, "b", expected_version::exactly(stream_version{1})))).version ==
          stream_version{2});
    CHECK(std::get<appended>(world.now(to({"order", "2"}, "c", expected_version::no_stream()))).version ==
          stream_version{1});
    CHECK(read(world.store, read_query::all()) == lines{"cart-1@1: a", "cart-1@2: b", "order-2@1: c"});
    CHECK(read(world.current, read_query::category("order")) == lines{"order-1@1: a", "order-1@2: b", "order-2@1: c"});
    CHECK(read(world.current, read_query::stream(order1)) == lines{"order-1@1: a", "order-1@2: b"});
}

TEST_CASE("alias: a conflict speaks of the new name and of where the stream is") {
    renamed_world world;
    world.before(cart1, "a");
    const version_conflict stale{order1, stream_version{1}};
    CHECK(std::get<version_conflict>(world.now(to(order1, "x", expected_version::no_stream()))) == stale);
    CHECK(std::get<version_conflict>(world.now(to(order1, "x", expected_version::exactly(stream_version{2})))) ==
          stale);
    const version_conflict absent{{"order", "2"}, stream_version{0}};
    CHECK(std::get<version_conflict>(world.now(to({"order", "2"}, "x", expected_version::stream_exists()))) == absent);
    CHECK(world.store.head() == global_position{1});
}

TEST_CASE("alias: conditions are asked of the stream under the name that it has") {
    renamed_world world;
    world.before(cart1, "a");
    const auto under = [&](expected_version expected) {
        append_request request = to({"order", "2"}, "b");
        request.conditions.push_back({order1, expected});
        return world.now(request);
    };
    CHECK(std::get<version_conflict>(under(expected_version::no_stream())) ==
          version_conflict{order1, stream_version{1}});
    CHECK(std::get<version_conflict>(under(expected_version::exactly(stream_version{2}))).stream == order1);
    CHECK(std::holds_alternative<appended>(under(expected_version::exactly(stream_version{1}))));
    CHECK(std::holds_alternative<appended>(under(expected_version::stream_exists())));
}

TEST_CASE("alias: one request may write streams of the old name, of the new name and of others") {
    renamed_world world;
    world.before(cart1, "a");
    world.before({"cart", "2"}, "b");
    append_request request = to(order1, "c");
    request.writes.push_back({{"order", "2"}, expected_version::exactly(stream_version{1}), {note("d")}});
    request.writes.push_back({{"order", "3"}, expected_version::no_stream(), {note("e")}});
    request.writes.push_back({{"customer", "1"}, expected_version::no_stream(), {note("f")}});
    CHECK(std::holds_alternative<appended>(world.now(request)));
    CHECK(read(world.store, read_query::all().after(global_position{2})) ==
          lines{"cart-1@2: c", "cart-2@2: d", "order-3@1: e", "customer-1@1: f"});
}

TEST_CASE("alias: a repeated append has its first answer, whoever stored it and under which name") {
    renamed_world world;
    const append_request by_old_program = to(cart1, "a", expected_version::no_stream(), id_of("a"));
    const auto first = std::get<appended>(world.store.append(by_old_program));
    const auto again = std::get<appended>(world.now(to(order1, "a", expected_version::no_stream(), id_of("a"))));
    CHECK(again.when == stored::before);
    CHECK(again.position == first.position);

    const append_request fresh = to({"order", "2"}, "b", expected_version::no_stream(), id_of("b"));
    const auto second = std::get<appended>(world.now(fresh));
    CHECK(std::get<appended>(world.now(fresh)).when == stored::before);
    CHECK(world.current.find_append(id_of("a"))->stream == order1);
    CHECK(world.current.find_append(id_of("b"))->stream == stream_id{"order", "2"});
    CHECK(world.current.find_append(id_of("b"))->result.position == second.position);
    CHECK_FALSE(world.current.find_append(id_of("c")));
    CHECK(std::holds_alternative<id_reused>(world.now(to({"order", "3"}, "a", expected_version::any(), id_of("a")))));
    CHECK(world.store.head() == global_position{2});
}

TEST_CASE("alias: a stream that an older program begins in between is gone on with") {
    memory_world world;
    spying_event_store spy{world.store};
    aliasing_event_store current{spy, {{"cart", "order"}}};
    spy.before_append = [&] { (void)world.store.append(to(cart1, "old")); };
    const auto done = std::get<appended>(current.append(to(order1, "new")));
    CHECK(done.version == stream_version{2});
    CHECK(read(world.store, read_query::all()) == lines{"cart-1@1: old", "cart-1@2: new"});

    spy.before_append = [&] { (void)world.store.append(to({"cart", "2"}, "old")); };
    const auto conflict = current.append(to({"order", "2"}, "new", expected_version::no_stream()));
    CHECK(std::get<version_conflict>(conflict) == version_conflict{{"order", "2"}, stream_version{1}});
}

TEST_CASE("alias: a stream with events under both names is refused, and both are named") {
    renamed_world world;
    world.before(cart1, "a");
    world.before(order1, "b");
    const auto told = doctest::Contains("the streams cart-1 and order-1 both hold events");
    CHECK_THROWS_WITH_AS((void)read(world.current, read_query::stream(order1)), told, definition_error);
    CHECK_THROWS_WITH_AS((void)world.now(to(order1, "c")), told, definition_error);
    append_request beside = to({"order", "2"}, "c");
    beside.conditions.push_back({order1, expected_version::stream_exists()});
    CHECK_THROWS_WITH_AS((void)world.now(beside), told, definition_error);
    CHECK(world.store.head() == global_position{2});
    CHECK(read(world.current, read_query::category("order")).size() == 2);
}

TEST_CASE("alias: a second name that appears once the stream is known is seen as well") {
    renamed_world world;
    world.before(cart1, "a");
    CHECK(read(world.current, read_query::stream(order1)).size() == 1);
    world.before(order1, "b");
    CHECK_THROWS_AS((void)read(world.current, read_query::stream(order1)), definition_error);
    CHECK_THROWS_AS((void)world.now(to(order1, "c")), definition_error);
    CHECK(world.store.head() == global_position{2});
}

TEST_CASE("alias: the old name is refused with the new one") {
    renamed_world world;
    world.before(cart1, "a");
    const auto told = "the category 'cart' is called 'order' here; ask for that";
    CHECK_THROWS_WITH_AS((void)read(world.current, read_query::category("cart")), told, invalid_request);
    CHECK_THROWS_WITH_AS((void)read(world.current, read_query::categories({"call", "cart"})), told, invalid_request);
    CHECK_THROWS_WITH_AS((void)read(world.current, read_query::stream(cart1)), told, invalid_request);
    CHECK_THROWS_WITH_AS((void)world.now(to(cart1, "b")), told, invalid_request);
    append_request request = to(order1, "b");
    request.conditions.push_back({cart1, expected_version::any()});
    CHECK_THROWS_WITH_AS((void)world.now(request), told, invalid_request);
    CHECK(world.current.current(cart1) == order1);
    CHECK(world.current.current(order1) == order1);
    CHECK(world.current.current("customer") == "customer");
}

TEST_CASE("alias: names that changed twice lead to the last one") {
    renamed_world world{{{"basket", "cart"}, {"cart", "order"}, {"trolley", "order"}}};
    world.before({"basket", "1"}, "a");
    world.before({"cart", "2"}, "b");
    world.before({"trolley", "3"}, "c");
    world.before({"order", "4"}, "d");
    CHECK(read(world.current, read_query::category("order")) ==
          lines{"order-1@1: a", "order-2@1: b", "order-3@1: c", "order-4@1: d"});
    for (const char* id : {"1", "2", "3", "4"})
        CHECK(std::get<appended>(world.now(to({"order", id}, "more"))).version == stream_version{2});
    CHECK(read(world.store, read_query::all().after(global_position{4})) ==
          lines{"basket-1@2: more", "cart-2@2: more", "trolley-3@2: more", "order-4@2: more"});
    world.before({"trolley", "1"}, "e");
    CHECK_THROWS_WITH_AS((void)world.now(to(order1, "x")),
                         doctest::Contains("the streams basket-1 and trolley-1 both hold events"), definition_error);
    CHECK_THROWS_AS((void)read(world.current, read_query::category("cart")), invalid_request);
}

TEST_CASE("alias: names that lead in a circle, or are none, are refused") {
    memory_world world;
    using map = std::map<std::string, std::string>;
    for (const map& circle : {map{{"a", "a"}}, map{{"a", "b"}, {"b", "a"}}, map{{"a", "b"}, {"b", "c"}, {"c", "b"}}})
        CHECK_THROWS_AS((aliasing_event_store{world.store, circle}), definition_error);
    CHECK_THROWS_AS((aliasing_event_store{world.store, {{"Cart", "order"}}}), invalid_name);
    CHECK_THROWS_AS((aliasing_event_store{world.store, {{"cart", ""}}}), invalid_name);
}

TEST_CASE("alias: states that were made under other aliases are void, and without aliases they are not") {
    memory_world world;
    const aliasing_event_store none{world.store, {}};
    const aliasing_event_store one{world.store, {{"cart", "order"}}};
    const aliasing_event_store two{world.store, {{"cart", "order"}, {"basket", "order"}}};
    CHECK(none.reading_fingerprint() == world.store.reading_fingerprint());
    CHECK(one.reading_fingerprint() != none.reading_fingerprint());
    CHECK(one.reading_fingerprint() != two.reading_fingerprint());
    CHECK(one.reading_fingerprint() == aliasing_event_store{world.store, {{"cart", "order"}}}.reading_fingerprint());
}

TEST_SUITE("threads") {
    TEST_CASE("alias: it keeps the contract's promises to many callers") {
        for (const auto& promise : testing::event_store_contract()) {
            if (!promise.name.starts_with("threads:")) continue;
            INFO(std::string(promise.name));
            CHECK(testing::failure_of(promise, open_alias).value_or("") == "");
        }
    }

    TEST_CASE("alias: beside a program that still writes the old name no stream is ever split or loses an event") {
        constexpr int streams = 400;
        renamed_world world;
        std::atomic<int> old_writes = 0;
        std::atomic<int> new_writes = 0;
        // The old program begins streams only, and knows nothing of orders: it stays away from those that are there.
        std::jthread old_program{[&] {
            for (int i = 0; i < streams; ++i) {
                append_request request = to({"cart", std::to_string(i)}, "old", expected_version::no_stream());
                request.conditions.push_back({{"order", std::to_string(i)}, expected_version::no_stream()});
                if (std::holds_alternative<appended>(world.store.append(request))) ++old_writes;
            }
        }};
        std::vector<std::jthread> new_programs;
        for (int writer = 0; writer < 2; ++writer)
            new_programs.emplace_back([&] {
                for (int i = 0; i < streams; ++i)
                    if (std::holds_alternative<appended>(world.now(to({"order", std::to_string(i)}, "new"))))
                        ++new_writes;
            });
        new_programs.clear();
        old_program.join();

        CHECK(new_writes == 2 * streams);
        std::size_t events = 0;
        for (int i = 0; i < streams; ++i)
            events += read(world.current, read_query::stream({"order", std::to_string(i)})).size();
        CHECK(events == static_cast<std::size_t>(old_writes + new_writes));
    }
}
