#include "support/memory_world.hpp"
#include "support/shop_upcasters.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/reachability.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
namespace v3 = foldline_tests::shop::v3;
using foldline_tests::append_to;
using foldline_tests::memory_world;
using foldline_tests::shop_upcasters;
using namespace foldline;

using current_events = event_list<v3::OrderPlaced, v1::OrderShipped, v1::NoteAdded>;

const stream_id order_1{"order", "1"};

std::string complaint(const event_store& store, const upcaster_chain& chain, const event_catalog& known,
                      unknown_events unknown = unknown_events::allowed) {
    try {
        (void)require_reachable(store, chain, known, unknown);
    } catch (const definition_error& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("reachability: old events that lead to the catalog, dropped ones and current ones are fine") {
    memory_world world;
    append_to(world.store, order_1, {}, v1::OrderPlaced{}, v1::CartViewed{}, v1::OrderScripted{}, v3::OrderPlaced{});
    const auto known = event_catalog{}.add(current_events{});
    CHECK(require_reachable(world.store, shop_upcasters(), known).empty());
    CHECK(complaint(world.store, shop_upcasters(), known, unknown_events::refused).empty());
    const upcasting_event_store decorated{world.store, shop_upcasters()};
    CHECK(require_reachable(decorated, shop_upcasters(), known).empty());
}

TEST_CASE("reachability: an old version without an upcaster is refused, with what to do") {
    memory_world world;
    append_to(world.store, order_1, {}, v2::OrderPlaced{});
    CHECK(complaint(world.store, upcaster_chain{}, event_catalog{}.add(current_events{})) ==
          "this program cannot read every stored event:\n"
          "  order-placed@2: no upcaster starts from it; keep its message and add one that leads to a known version");
}

TEST_CASE("reachability: a chain that ends before the current version is refused, and its end named") {
    memory_world world;
    append_to(world.store, order_1, {}, v1::OrderPlaced{});
    const auto chain = upcaster_chain{}.add([](const v1::OrderPlaced&) { return v2::OrderPlaced{}; });
    CHECK(complaint(world.store, chain, event_catalog{}.add(current_events{}))
              .find("order-placed@1: its upcasters lead to order-placed@2, which is not known") != std::string::npos);
}

TEST_CASE("reachability: events of a newer program are called that") {
    memory_world world;
    append_to(world.store, order_1, {}, v3::OrderPlaced{});
    CHECK(complaint(world.store, upcaster_chain{}, event_catalog{}.add(event_list<v2::OrderPlaced>{}))
              .find("order-placed@3: written by a newer program, this one knows the event up to version 2") !=
          std::string::npos);
}

TEST_CASE("reachability: a name that only the chain still knows is no unknown one") {
    memory_world world;
    append_to(world.store, order_1, {}, v2::OrderPlaced{});
    const auto chain = upcaster_chain{}.add([](const v1::OrderPlaced&) { return v1::NoteAdded{}; });
    CHECK(complaint(world.store, chain, event_catalog{}.add(event_list<v1::NoteAdded>{}))
              .find("order-placed@2: written by a newer program") != std::string::npos);
}

TEST_CASE("reachability: unknown names are reported, and refused only if that is asked for") {
    memory_world world;
    append_to(world.store, order_1, {}, v1::NoteAdded{}, foldline_tests::bank::v1::AccountClosed{});
    const auto known = event_catalog{}.add(current_events{});
    CHECK(require_reachable(world.store, upcaster_chain{}, known) == std::vector{event_type{"account-closed", 1}});
    CHECK(complaint(world.store, upcaster_chain{}, known, unknown_events::refused)
              .find("account-closed@1: no event of this name is known") != std::string::npos);
}

TEST_CASE("reachability: all problems come at once, a line each") {
    memory_world world;
    append_to(world.store, order_1, {}, v1::OrderPlaced{}, v2::OrderPlaced{}, v1::CartViewed{});
    const auto chain = upcaster_chain{}.add([](const v1::CartViewed&) { return v1::OrderScripted{}; });
    const std::string text = complaint(world.store, chain, event_catalog{}.add(current_events{}));
    CHECK(text.find("\n  order-placed@1: ") != std::string::npos);
    CHECK(text.find("\n  order-placed@2: ") != std::string::npos);
    CHECK(text.find("\n  cart-viewed@1: ") != std::string::npos);
}

TEST_CASE("catalog: it knows versions, and the newest of a name that is the beginning of another name") {
    const auto known = event_catalog{}.add(event_list<v1::OrderPlaced, v3::OrderPlaced, v1::NoteAdded>{});
    CHECK(known.knows({"order-placed", 1}));
    CHECK_FALSE(known.knows({"order-placed", 2}));
    CHECK(known.newest_version("order-placed") == 3);
    CHECK(known.newest_version("order") == 0);
    CHECK(known.newest_version("zebra") == 0);
    CHECK(known.message_of({"order-placed", 3}) == "foldline_tests.shop.v3.OrderPlaced");
}

TEST_CASE("catalog: two messages with one name and version are refused, and both are named") {
    static const event_schema twin{{"note-added", 1}, "elsewhere.NoteAdded", {}};
    event_catalog known;
    known.add(current_events{}).add(event_list<v1::NoteAdded>{});
    CHECK_THROWS_WITH_AS(known.add(twin),
                         "two messages are the event note-added@1: foldline_tests.shop.v1.NoteAdded and "
                         "elsewhere.NoteAdded",
                         definition_error);
}
