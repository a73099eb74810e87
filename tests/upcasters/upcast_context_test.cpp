#include "support/memory_world.hpp"
#include "support/upcast_reading.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

namespace v1 = foldline_tests::shop::v1;
using foldline_tests::append_to;
using foldline_tests::lines_of;
using foldline_tests::memory_world;
using foldline_tests::shop_note;
using namespace foldline;
using lines = std::vector<std::string>;

const timestamp then = std::chrono::sys_days{std::chrono::year{2009} / 3 / 4};

void append_with_metadata(event_store& store, const stream_id& stream, std::string bytes) {
    event_data event = to_event(v1::CartViewed{}, std::move(bytes));
    event.occurred_at = then;
    (void)store.append(append_request::to(stream, expected_version::any(), {event}));
}

}  // namespace

TEST_CASE("context: an upcaster learns where, when and by whom its event was stored") {
    memory_world world;
    metadata meta;
    meta.actor = "clerk";
    append_to(world.store, {"cart", "0"}, {}, shop_note("before"));
    append_with_metadata(world.store, {"cart", "7"}, encode(meta));
    std::optional<event_view> stored;
    world.store.read(read_query::stream({"cart", "7"}), batch_limit{1},
                     [&](const event_view& event) { stored = event; });

    upcaster_chain chain;
    chain.add([&](const v1::CartViewed&, const upcast_context& at) {
        CHECK(at.id == stored->id);
        CHECK(at.recorded_at == stored->recorded_at);
        CHECK(at.occurred_at == then);
        return shop_note(fmt::format("{} v{} at {} by {}", at.stream.to_string(), at.version.value, at.position.value,
                                     at.metadata().actor));
    });
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::category("cart")).back() ==
          "2.0 cart-7 v1 note-added@1 { text: \"cart-7 v1 at 2 by clerk\" }");
}

TEST_CASE("context: metadata that is none hurts only an upcaster that asks for it") {
    memory_world world;
    append_with_metadata(world.store, {"cart", "7"}, "\xff");
    const upcasting_event_store incurious{
        world.store, upcaster_chain{}.add([](const v1::CartViewed&, const upcast_context&) { return shop_note("n"); })};
    CHECK(lines_of(incurious, read_query::all()).size() == 1);

    const upcasting_event_store asking{world.store,
                                       upcaster_chain{}.add([](const v1::CartViewed&, const upcast_context& at) {
                                           return shop_note(at.metadata().actor);
                                       })};
    try {
        (void)lines_of(asking, read_query::all());
        FAIL("not thrown");
    } catch (const event_failure& failure) {
        CHECK(failure.stream == "cart-7");
        CHECK(failure.type == "cart-viewed@1");
    }
}

TEST_CASE("categories: a chain renames them for readers, writers and upcasters") {
    memory_world world;
    append_to(world.store, {"cart", "7"}, {}, v1::CartViewed{}, shop_note("stored in a cart"));
    append_to(world.store, {"order", "8"}, {}, shop_note("stored as an order"));
    upcaster_chain chain;
    chain.add([](const v1::CartViewed&, const upcast_context& at, const earlier<v1::CartViewed>& before) {
        return shop_note(at.stream.to_string() + (before ? " again" : " first"));
    });
    chain.rename_category("cart", "order");
    upcasting_event_store store{world.store, chain};
    append_to(store, {"order", "7"}, {}, v1::CartViewed{});

    const lines all{"1.0 order-7 v1 note-added@1 { text: \"order-7 first\" }",
                    "2.0 order-7 v2 note-added@1 { text: \"stored in a cart\" }",
                    "3.0 order-8 v1 note-added@1 { text: \"stored as an order\" }",
                    "4.0 order-7 v3 note-added@1 { text: \"order-7 again\" }"};
    CHECK(lines_of(store, read_query::category("order"), 1) == all);
    CHECK(lines_of(store, read_query::stream({"order", "7"})) == lines{all[0], all[1], all[3]});
    CHECK(lines_of(world.store, read_query::stream({"cart", "7"})).size() == 3);
}

TEST_CASE("categories: a chain that only renames them is no empty one, and changes what is read") {
    memory_world world;
    append_to(world.store, {"cart", "7"}, {}, shop_note("n"));
    const upcasting_event_store store{world.store, upcaster_chain{}.rename_category("cart", "order")};
    CHECK(lines_of(store, read_query::all()) == lines{"1.0 order-7 v1 note-added@1 { text: \"n\" }"});
    CHECK(store.reading_fingerprint() != world.store.reading_fingerprint());
}
