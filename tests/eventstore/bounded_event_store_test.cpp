#include "support/memory_world.hpp"
#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/bounded_event_store.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

std::vector<std::int64_t> positions_of(const event_store& store, read_query query, std::size_t page_size = 3) {
    std::vector<std::int64_t> all;
    for (bool at_end = false; !at_end;) {
        const page page = store.read(query, batch_limit{page_size},
                                     [&](const event_view& event) { all.push_back(event.position.value); });
        at_end = page.at_end;
        query = query.from(page);
    }
    return all;
}

using numbers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("bounded store: everything behind its end is not there, whichever way it is read") {
    memory_world world;
    append_sales(world.store, 20);  // till n has the positions n, n + 4, n + 8 …
    const bounded_event_store past{world.store, global_position{10}};
    CHECK(past.head() == global_position{10});
    CHECK(past.identity() == world.store.identity());
    CHECK(positions_of(past, read_query::all()) == numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    CHECK(positions_of(past, read_query::all().after(global_position{7})) == numbers{8, 9, 10});
    CHECK(positions_of(past, read_query::all().after(global_position{15})).empty());
    CHECK(positions_of(past, read_query::all().before(global_position{4})) == numbers{1, 2, 3});
    CHECK(positions_of(past, read_query::all().backward()) == numbers{10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
    CHECK(positions_of(past, read_query::category("till").after(global_position{8})) == numbers{9, 10});
    CHECK(positions_of(past, read_query::stream({"till", "2"})) == numbers{2, 6, 10});
    CHECK(positions_of(past, read_query::stream({"till", "3"})) == numbers{3, 7});
    CHECK(positions_of(past, read_query::stream({"till", "3"}).backward()) == numbers{7, 3});
    CHECK(positions_of(past, read_query::stream({"till", "9"})).empty());
}

TEST_CASE("bounded store: a stream of hundreds of later events ends where it ended then") {
    memory_world world;
    for (int i = 0; i < 350; ++i) (void)append_to(world.store, {"till", "1"}, {}, sold("EIRE", 1));
    CHECK(positions_of(bounded_event_store{world.store, global_position{2}}, read_query::stream({"till", "1"})) ==
          numbers{1, 2});
    CHECK(
        positions_of(bounded_event_store{world.store, global_position{0}}, read_query::stream({"till", "1"})).empty());
}

TEST_CASE("bounded store: nothing can be added to the past, and there is none beyond the present") {
    memory_world world;
    append_sales(world.store, 3);
    bounded_event_store past{world.store, global_position{2}};
    CHECK_THROWS_AS((void)append_to(past, {"till", "1"}, {}, sold("EIRE", 1)), invalid_request);
    CHECK_THROWS_AS((bounded_event_store{world.store, global_position{4}}), invalid_request);
    CHECK(world.store.head() == global_position{3});
}
