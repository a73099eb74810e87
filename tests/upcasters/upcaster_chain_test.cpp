#include "support/shop_upcasters.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/upcaster_chain.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
namespace v3 = foldline_tests::shop::v3;
using foldline::definition_error;
using foldline::emits;
using foldline::event_type;
using foldline::upcaster_chain;

std::string refusal(auto&& define) {
    try {
        define();
    } catch (const definition_error& error) {
        return error.what();
    }
    return "not refused";
}

v2::OrderPlaced plain_function(const v1::OrderPlaced&) noexcept { return {}; }

}  // namespace

TEST_CASE("chain: the types of a step are read from the callable, whatever its kind") {
    struct functor {
        v2::OrderPlaced operator()(const v1::OrderPlaced&) const noexcept { return {}; }
    };
    const std::string expected = "order-placed@1 -> order-placed@2";
    CHECK(foldline::make_upcaster([](const v1::OrderPlaced&) { return v2::OrderPlaced{}; }).to_string() == expected);
    CHECK(foldline::make_upcaster(&plain_function).to_string() == expected);
    CHECK(foldline::make_upcaster(functor{}).to_string() == expected);
    CHECK(foldline::make_upcaster([](const v1::OrderPlaced&, emits<v2::OrderPlaced, v1::NoteAdded>) {}).to_string() ==
          "order-placed@1 -> order-placed@2, note-added@1");
    CHECK(foldline::make_upcaster([](const v1::CartViewed&, emits<>) {}).to_string() == "cart-viewed@1 -> nothing");
}

TEST_CASE("chain: a second step from one schema is refused, and both are named") {
    upcaster_chain chain;
    chain.add([](const v1::OrderPlaced&) { return v2::OrderPlaced{}; });
    CHECK(refusal([&] { chain.add([](const v1::OrderPlaced&) { return v3::OrderPlaced{}; }); }) ==
          "two upcasters start from order-placed@1: (order-placed@1 -> order-placed@2) and (order-placed@1 -> "
          "order-placed@3); keep one");
    CHECK(chain.ends_of({"order-placed", 1}) == std::vector{event_type{"order-placed", 2}});
}

TEST_CASE("chain: a step to itself is refused") {
    upcaster_chain chain;
    CHECK(refusal([&] { chain.add([](const v1::OrderPlaced& old) { return old; }); }) ==
          "the upcaster (order-placed@1 -> order-placed@1) leads back to where it starts: order-placed@1 -> "
          "order-placed@1");
    CHECK(chain.steps().empty());
}

TEST_CASE("chain: a circle is refused by the step that would close it, and the way is shown") {
    upcaster_chain chain;
    chain.add([](const v1::OrderPlaced&) { return v2::OrderPlaced{}; });
    chain.add([](const v2::OrderPlaced&, emits<v1::NoteAdded, v3::OrderPlaced>) {});
    CHECK(refusal([&] { chain.add([](const v3::OrderPlaced&) { return v1::OrderPlaced{}; }); }) ==
          "the upcaster (order-placed@3 -> order-placed@1) leads back to where it starts: order-placed@3 -> "
          "order-placed@1 -> order-placed@2 -> order-placed@3");
    CHECK(chain.step_from({"order-placed", 3}) == nullptr);
}

TEST_CASE("chain: the ends of a schema are those of every way from it, each once") {
    const upcaster_chain chain = foldline_tests::shop_upcasters();
    CHECK(chain.ends_of({"order-placed", 1}) == std::vector{event_type{"order-placed", 3}});
    CHECK(chain.ends_of({"cart-viewed", 1}).empty());
    CHECK(chain.ends_of({"order-scripted", 1}) ==
          std::vector{event_type{"order-placed", 3}, event_type{"order-shipped", 1}, event_type{"note-added", 1}});
    CHECK(chain.ends_of({"unheard-of", 7}) == std::vector{event_type{"unheard-of", 7}});
}

TEST_CASE("chain: the fingerprint tells chains apart, and not the order in which they were written down") {
    const auto first = [](const v1::OrderPlaced&) { return v2::OrderPlaced{}; };
    const auto second = [](const v2::OrderPlaced&) { return v3::OrderPlaced{}; };
    const auto shortcut = [](const v1::OrderPlaced&) { return v3::OrderPlaced{}; };
    const auto one_way = upcaster_chain{}.add(first).add(second).fingerprint();
    CHECK(one_way == upcaster_chain{}.add(second).add(first).fingerprint());
    CHECK(one_way != upcaster_chain{}.add(first).fingerprint());
    CHECK(one_way != upcaster_chain{}.add(shortcut).add(second).fingerprint());
    CHECK(upcaster_chain{}.fingerprint() == 0);
}
