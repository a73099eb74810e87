#include <foldline/core/error.hpp>
#include <foldline/core/read_query.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace foldline;

namespace {

const stream_id order_1{"order", "1"};
constexpr auto no_bound = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("read query: a stream is bounded by versions, everything else by positions") {
    const auto stream = read_query::stream(order_1);
    CHECK(stream.after(stream_version{3}).lower_bound() == 3);
    CHECK(stream.before(stream_version{9}).upper_bound() == 9);
    CHECK_THROWS_AS((void)stream.after(global_position{3}), invalid_request);
    CHECK_THROWS_AS((void)stream.before(global_position{3}), invalid_request);
    for (const auto& query : {read_query::all(), read_query::category("order")}) {
        CHECK(query.after(global_position{3}).lower_bound() == 3);
        CHECK(query.before(global_position{9}).upper_bound() == 9);
        CHECK_THROWS_AS((void)query.after(stream_version{3}), invalid_request);
        CHECK_THROWS_AS((void)query.before(stream_version{3}), invalid_request);
    }
}

TEST_CASE("read query: without bounds it is open at both ends, and goes forward") {
    CHECK(read_query::all().lower_bound() == 0);
    CHECK(read_query::all().upper_bound() == no_bound);
    CHECK(read_query::all().direction() == read_direction::forward);
    CHECK(read_query::all().backward().direction() == read_direction::backward);
    CHECK(read_query::all().backward().backward().direction() == read_direction::backward);
}

TEST_CASE("read query: it goes on behind the page, in its own direction and unit") {
    const page seen{5, stream_version{3}, global_position{40}, false};
    CHECK(read_query::stream(order_1).from(seen).lower_bound() == 3);
    CHECK(read_query::stream(order_1).from(seen).upper_bound() == no_bound);
    CHECK(read_query::all().before(global_position{90}).from(seen).lower_bound() == 40);
    CHECK(read_query::all().before(global_position{90}).from(seen).upper_bound() == 90);
    CHECK(read_query::all().after(global_position{1}).backward().from(seen).upper_bound() == 40);
    CHECK(read_query::all().after(global_position{1}).backward().from(seen).lower_bound() == 1);
}

TEST_CASE("read query: an empty page goes on where the query began") {
    const auto forward = read_query::stream(order_1).after(stream_version{7});
    CHECK(forward.empty_page().last_version == stream_version{7});
    CHECK(forward.from(forward.empty_page()).lower_bound() == 7);
    const auto backward = read_query::all().before(global_position{7}).backward();
    CHECK(backward.empty_page().last_position == global_position{7});
    CHECK(backward.from(backward.empty_page()).upper_bound() == 7);
    const auto open = read_query::category("order").backward();
    CHECK(open.from(open.empty_page()).upper_bound() == no_bound);
    CHECK(open.empty_page().events == 0);
}

TEST_CASE("read query: a category has to be one") {
    CHECK_THROWS_AS((void)read_query::category("Order"), invalid_name);
    CHECK_THROWS_AS((void)read_query::category(""), invalid_name);
    CHECK_THROWS_AS((void)read_query::category("order-1"), invalid_name);
}

TEST_CASE("read query: a bound changes a copy, not the query") {
    const auto whole = read_query::all();
    (void)whole.after(global_position{5}).backward();
    CHECK(whole.lower_bound() == 0);
    CHECK(whole.direction() == read_direction::forward);
}

TEST_CASE("read query: filters are kept by everything that is made of the query") {
    const auto query = read_query::category("order")
                           .of_types({event_type{"order-paid", 2}, wanted_type::every_version_of("order-placed")})
                           .with_correlation("c1");
    for (const auto& made : {query, query.after(global_position{4}), query.before(global_position{9}), query.backward(),
                             query.from(query.empty_page())}) {
        CHECK(made.types().size() == 2);
        CHECK(made.correlation() == "c1");
    }
    CHECK(read_query::all().types().empty());
    CHECK(read_query::all().correlation().empty());
    CHECK(query.of_types({event_type{"order-paid", 1}}).types().size() == 1);
}

TEST_CASE("read query: a wanted type is one version, or every one") {
    const wanted_type second = event_type{"order-paid", 2};
    CHECK(second.admits({"order-paid", 2}));
    CHECK_FALSE(second.admits({"order-paid", 1}));
    CHECK_FALSE(second.admits({"order-pai", 2}));
    const wanted_type any = wanted_type::every_version_of("order-paid");
    CHECK(any.admits({"order-paid", 1}));
    CHECK(any.admits({"order-paid", 99}));
    CHECK_FALSE(any.admits({"order-paid-late", 1}));
}

TEST_CASE("read query: a filter that could let nothing through is refused") {
    CHECK_THROWS_AS((void)read_query::all().of_types({}), invalid_request);
    CHECK_THROWS_AS((void)read_query::all().of_types({event_type{"", 1}}), invalid_request);
    CHECK_THROWS_AS((void)read_query::all().of_types({wanted_type::every_version_of("")}), invalid_request);
    CHECK_THROWS_AS((void)read_query::all().with_correlation(""), invalid_request);
}
