#include "support/shop_upcasters.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/upcaster_chain.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
namespace v3 = foldline_tests::shop::v3;
using namespace foldline;

std::string refusal(auto&& define) {
    try {
        define();
    } catch (const definition_error& error) {
        return error.what();
    }
    return "not refused";
}

v2::OrderPlaced plain_function(const v1::OrderPlaced&) noexcept { return {}; }
v2::OrderPlaced plain_dynamic(const dynamic_event&) { return {}; }
void fill(v2::OrderPlaced&) {}

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

TEST_CASE("chain: plain functions do for every kind of step, and a step tells what it starts from and leads to") {
    CHECK(foldline::make_upcaster([](const v1::OrderShipped&, const upcast_context&, const earlier<v1::OrderPlaced>&,
                                     const earlier<v1::CartViewed>&, emits<v1::NoteAdded>) {
          }).to_string() == "order-shipped@1 after order-placed@1, cart-viewed@1 -> note-added@1");
    CHECK(carried_over<v1::OrderPlaced>(&fill).to_string() == "order-placed@1 -> order-placed@2");
    CHECK(carried_over(event_type{"order-made", 3}, &fill).to_string() == "order-made@3 -> order-placed@2");
    CHECK(renamed<v1::NoteAdded>({"remark-made", 1}).to_string() == "remark-made@1 -> note-added@1");
    CHECK(make_dynamic_upcaster({"order-made", 1}, &plain_dynamic).to_string() == "order-made@1 -> order-placed@2");
    CHECK(foldline::make_upcaster(declared_upcaster{{"order-made", 1}, {"order-made", 2}}).to_string() ==
          "order-made@1 -> order-made@2");
    CHECK(foldline::make_upcaster(declared_upcaster::dropping({"order-made", 1})).to_string() ==
          "order-made@1 -> nothing");
}

TEST_CASE("chain: names that no class has are kept by it, and by its copies") {
    upcaster_chain copy;
    {
        std::string name = "order-made-long-ago-by-hand";
        std::string target = "order-made-not-so-long-ago";
        upcaster_chain chain;
        chain.add(renamed<v1::NoteAdded>({name, 1}));
        chain.add_dynamic({name, 2}, {target, 2}, [](const dynamic_event&, google::protobuf::Message&) {});
        chain.add(declared_upcaster{{name, 3}, {target, 3}});
        copy = chain;
        name.assign(name.size(), 'x');
        target.assign(target.size(), 'x');
    }
    CHECK(copy.ends_of({"order-made-long-ago-by-hand", 1}) == std::vector{event_type{"note-added", 1}});
    CHECK(copy.ends_of({"order-made-long-ago-by-hand", 2}) == std::vector{event_type{"order-made-not-so-long-ago", 2}});
    CHECK(copy.ends_of({"order-made-long-ago-by-hand", 3}) == std::vector{event_type{"order-made-not-so-long-ago", 3}});
}

TEST_CASE("chain: steps of different kinds from one schema, and circles through them, are refused as any other") {
    upcaster_chain chain;
    chain.add(carried_over<v1::OrderPlaced>(&fill));
    CHECK(refusal([&] {
              chain.add_dynamic({"order-placed", 1}, &plain_dynamic);
          }).find("two upcasters start from order-placed@1: ") == 0);
    CHECK(refusal([&] {
              chain.add(declared_upcaster{{"order-placed", 2}, {"order-placed", 1}});
          }) ==
          "the upcaster (order-placed@2 -> order-placed@1) leads back to where it starts: order-placed@2 -> "
          "order-placed@1 -> order-placed@2");
    CHECK(refusal([&] { chain.add(renamed<v1::OrderPlaced>({"order-placed", 1})); }).find("two upcasters") == 0);
}

TEST_CASE("chain: a category has one new name, and no name leads back to itself") {
    upcaster_chain chain;
    chain.rename_category("cart", "basket").rename_category("basket", "order");
    CHECK(refusal([&] { chain.rename_category("cart", "order"); }) ==
          "the category 'cart' is renamed twice: to 'basket' and to 'order'; keep one");
    CHECK(refusal([&] { chain.rename_category("order", "cart"); }) ==
          "the category 'order' would be renamed to itself: order -> cart -> basket -> order");
    CHECK(refusal([&] { chain.rename_category("shop", "shop"); }) ==
          "the category 'shop' would be renamed to itself: shop -> shop");
    CHECK_THROWS_AS(chain.rename_category("Shop", "shop"), foldline::invalid_name);
    CHECK(chain.renamed_categories().size() == 2);
}

TEST_CASE("chain: the fingerprint tells kinds of steps, what they look back at, declared rules and categories apart") {
    const auto of = [](auto&&... steps) {
        upcaster_chain chain;
        (chain.add(std::forward<decltype(steps)>(steps)), ...);
        return chain.fingerprint();
    };
    const auto typed = [](const v1::OrderPlaced&) { return v2::OrderPlaced{}; };
    const auto looking_back = [](const v1::OrderPlaced&, const earlier<v1::CartViewed>&) { return v2::OrderPlaced{}; };
    const declared_upcaster declared{{"order-placed", 1}, {"order-placed", 2}};
    std::set<std::uint64_t> all{
        0,
        of(typed),
        of(looking_back),
        of(carried_over<v1::OrderPlaced>(&fill)),
        of(renamed<v2::OrderPlaced>({"order-placed", 1})),
        of(make_dynamic_upcaster({"order-placed", 1}, &plain_dynamic)),
        of(declared),
        of(declared_upcaster{declared}.fill("customer", "x")),
        upcaster_chain{}.rename_category("cart", "order").fingerprint(),
        upcaster_chain{}.rename_category("cart", "basket").fingerprint(),
        upcaster_chain{}.add(typed).rename_category("cart", "basket").fingerprint(),
    };
    CHECK(all.size() == 11);
}

TEST_CASE("chain: the class of an event is the one that any of its steps has for it") {
    upcaster_chain chain;
    chain.add(declared_upcaster{{"order-placed", 1}, {"order-placed", 2}});
    CHECK(bool{chain.class_of({"order-placed", 2}) == nullptr});
    chain.add([](const v2::OrderPlaced&) { return v3::OrderPlaced{}; });
    REQUIRE(bool{chain.class_of({"order-placed", 2}) != nullptr});
    CHECK(chain.class_of({"order-placed", 2})()->GetDescriptor() == v2::OrderPlaced::descriptor());
    CHECK(chain.class_of({"order-placed", 3})()->GetDescriptor() == v3::OrderPlaced::descriptor());
    CHECK(bool{chain.class_of({"order-placed", 1}) == nullptr});
}
