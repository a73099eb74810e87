#include "support/memory_world.hpp"
#include "support/upcast_reading.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/event_batch.hpp>
#include <foldline/core/repository.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/upcasters/reachability.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace pb = google::protobuf;
namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
namespace v3 = foldline_tests::shop::v3;
using foldline_tests::append_to;
using foldline_tests::lines_of;
using foldline_tests::memory_world;
using foldline_tests::old_order;
using foldline_tests::shop_note;
using namespace foldline;
using lines = std::vector<std::string>;

const stream_id order_1{"order", "1"};
const event_type first_placed{"order-placed", 1};
const event_type second_placed{"order-placed", 2};

/// Version 1 as a program sees it whose class of it was deleted.
v3::OrderPlaced placed_of(const dynamic_event& old) {
    v3::OrderPlaced made;
    made.set_customer(old.text("customer"));
    made.set_total_minor(old.integer("total_major") * 100);
    return made;
}

std::string failure_of(const event_store& store) {
    try {
        (void)lines_of(store, read_query::all());
    } catch (const event_failure& failure) {
        return failure.what();
    }
    return "no failure";
}

std::string complaint(const event_store& store, const upcaster_chain& chain, const event_catalog& known) {
    try {
        (void)require_reachable(store, chain, known);
    } catch (const definition_error& error) {
        return error.what();
    }
    return "no complaint";
}

/// Stores an event as programs do that give no schema with it.
void append_without_schema(event_store& store, const pb::Message& message) {
    event_data event = to_event(message);
    event.schema = nullptr;
    (void)store.append(append_request::to(order_1, expected_version::any(), {event}));
}

declared_upcaster in_pence() {
    return declared_upcaster{first_placed, second_placed}.move("total_major", "total_minor", multiplied_by{100});
}
declared_upcaster in_pounds() { return declared_upcaster{second_placed, {"order-placed", 3}}.fill("currency", "GBP"); }

struct order {
    static constexpr std::string_view category = "order";
    using events = event_list<v2::OrderPlaced>;
    using commands = command_list<>;
    enum class refusal { none };
    struct state {
        std::string customer{};
        std::int64_t total = 0;
    };
    using decision = foldline::decision<events, refusal>;
    static void evolve(state& known, const v2::OrderPlaced& placed) {
        known.customer = placed.customer();
        known.total += placed.total_minor();
    }
};

}  // namespace

TEST_CASE("dynamic: an event whose class is gone is read by the schema that the store keeps") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7), old_order("bob", 8));
    upcaster_chain chain;
    chain.add_dynamic(first_placed, &placed_of);
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) ==
          lines{"1.0 order-1 v1 order-placed@3 { customer: \"ann\" total_minor: 700 }",
                "2.0 order-1 v2 order-placed@3 { customer: \"bob\" total_minor: 800 }"});
}

TEST_CASE("dynamic: the context, earlier events and emits go with it") {
    memory_world world;
    append_to(world.store, order_1, {}, shop_note("gift"), old_order("ann", 7));
    upcaster_chain chain;
    chain.add_dynamic(first_placed, [](const dynamic_event& old, const upcast_context& at,
                                       const earlier<v1::NoteAdded>& note, emits<v1::NoteAdded, v3::OrderPlaced> emit) {
        emit(placed_of(old));
        emit(shop_note(note->text() + std::to_string(at.position.value)));
    });
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all().after(global_position{1})) ==
          lines{"2.0 order-1 v2 order-placed@3 { customer: \"ann\" total_minor: 700 }",
                "2.1 order-1 v2 note-added@1 { text: \"gift2\" }"});
}

TEST_CASE("dynamic: in the middle of a chain it takes what the step before made, of whatever class") {
    memory_world world;
    append_to(world.store, order_1, {}, shop_note("n"));
    upcaster_chain chain;
    chain.add([](const v1::NoteAdded& old) { return old_order(old.text(), 3); });
    chain.add_dynamic(first_placed, &placed_of);
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) ==
          lines{"1.0 order-1 v1 order-placed@3 { customer: \"n\" total_minor: 300 }"});
}

TEST_CASE("dynamic: without a stored schema the event fails, and says that the store keeps none") {
    memory_world world;
    append_without_schema(world.store, old_order("ann", 7));
    upcaster_chain chain;
    chain.add_dynamic(first_placed, &placed_of);
    const upcasting_event_store store{world.store, chain};
    const std::string what = failure_of(store);
    CHECK(what.find("the upcaster (order-placed@1 -> order-placed@3) failed: no upcaster has a class for "
                    "order-placed@1, and the store keeps no schema of it") != std::string::npos);
    CHECK(what.find("order-1") != std::string::npos);
    CHECK(complaint(store, chain, event_catalog{}.add(event_list<v3::OrderPlaced>{}))
              .find("order-placed@1: the upcaster (order-placed@1 -> order-placed@3) cannot run: ") !=
          std::string::npos);
    append_to(world.store, order_1, {}, old_order("bob", 8));
    CHECK(failure_of(store) == "no failure");
    CHECK(complaint(store, chain, event_catalog{}.add(event_list<v3::OrderPlaced>{})) == "no complaint");
}

TEST_CASE("dynamic: a field that the event does not have fails it, with the step and the place") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7));
    upcaster_chain chain;
    chain.add_dynamic(first_placed, [](const dynamic_event& old) { return shop_note(old.text("gone")); });
    const upcasting_event_store store{world.store, chain};
    CHECK(failure_of(store).find("the upcaster (order-placed@1 -> note-added@1) failed: ") != std::string::npos);
}

TEST_CASE("declared: chains of declared steps go by stored schemas alone, and readers get their own class of the end") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7));
    append_to(world.store, {"order", "2"}, {}, v2::OrderPlaced{}, v3::OrderPlaced{});
    upcaster_chain chain;
    chain.add(in_pounds()).add(in_pence());
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) ==
          lines{"1.0 order-1 v1 order-placed@3 { customer: \"ann\" total_minor: 700 currency: \"GBP\" }",
                "2.0 order-2 v1 order-placed@3 { currency: \"GBP\" }", "3.0 order-2 v2 order-placed@3 {  }"});
    store.read(read_query::all(), batch_limit{1}, [](const event_view& event) {
        REQUIRE(event.message != nullptr);
        CHECK(event.message->GetDescriptor() != v3::OrderPlaced::descriptor());
        CHECK(testing::one_line(*event.message) ==
              "order-placed@3 { customer: \"ann\" total_minor: 700 currency: \"GBP\" }");
    });
}

TEST_CASE(
    "declared: a step to a class of the program needs no stored event of it, and one to another type is refused") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7));
    upcaster_chain chain;
    chain.add<v2::OrderPlaced>(in_pence());
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) ==
          lines{"1.0 order-1 v1 order-placed@2 { customer: \"ann\" total_minor: 700 }"});
    REQUIRE(chain.step_from(first_placed)->declared);
    CHECK(chain.step_from(first_placed)->declared->to_string() == in_pence().to_string());
    CHECK(chain.step_from(first_placed)->declared->made().value().message == "foldline_tests.shop.v2.OrderPlaced");
    CHECK_THROWS_AS((void)make_upcaster<v3::OrderPlaced>(in_pence()), definition_error);
}

TEST_CASE("declared: a dropping one makes nothing of the event") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7), shop_note("n"));
    upcaster_chain chain;
    chain.add(declared_upcaster::dropping(first_placed));
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) == lines{"2.0 order-1 v2 note-added@1 { text: \"n\" }"});
}

TEST_CASE("declared: without a class or a schema of its end, the start-up check and the event say what is missing") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7));
    upcaster_chain chain;
    chain.add(in_pence());
    const upcasting_event_store store{world.store, chain};
    CHECK(failure_of(store).find("no upcaster has a class for order-placed@2, and the store keeps no schema") !=
          std::string::npos);
    CHECK(complaint(store, chain, event_catalog{}.add(event_list<v2::OrderPlaced>{}))
              .find("no upcaster has a class for order-placed@2") != std::string::npos);
}

TEST_CASE("declared: rules that do not suit the schemas are found at start-up") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7));
    upcaster_chain chain;
    chain.add<v2::OrderPlaced>(declared_upcaster{first_placed, second_placed});
    CHECK(complaint(world.store, chain, event_catalog{}.add(event_list<v2::OrderPlaced>{})).find("total_major") !=
          std::string::npos);
}

TEST_CASE("a chain mixes typed, carried-over, declared and dynamic steps") {
    memory_world world;
    event_data script = to_event(shop_note("x"));
    script.type = {"remark-made", 1};
    script.schema = nullptr;
    (void)world.store.append(append_request::to(order_1, expected_version::any(), {script}));
    upcaster_chain chain;
    chain.add(renamed<v1::NoteAdded>({"remark-made", 1}));
    chain.add([](const v1::NoteAdded& old) { return old_order(old.text(), 5); });
    chain.add<v2::OrderPlaced>(in_pence());
    chain.add(carried_over<v2::OrderPlaced>([](v3::OrderPlaced& event) { event.set_currency("EUR"); }));
    chain.add_dynamic({"order-placed", 3}, [](const dynamic_event& old) {
        v1::OrderShipped made;
        made.set_carrier(old.text("customer") + old.text("currency") + std::to_string(old.integer("total_minor")));
        return made;
    });
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) == lines{"1.0 order-1 v1 order-shipped@1 { carrier: \"xEUR500\" }"});
}

TEST_CASE("dynamic: a step may also fill a message that has no class") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7), old_order("bob", 8), v2::OrderPlaced{});
    upcaster_chain chain;
    chain.add_dynamic(first_placed, second_placed, [](const dynamic_event& old, pb::Message& made) {
        // Only the customer of one: a message is empty each time.
        if (old.integer("total_major") == 8) return;
        made.GetReflection()->SetString(&made, made.GetDescriptor()->FindFieldByName("customer"), "Ann");
    });
    const upcasting_event_store store{world.store, chain};
    CHECK(lines_of(store, read_query::all()) == lines{"1.0 order-1 v1 order-placed@2 { customer: \"Ann\" }",
                                                      "2.0 order-1 v2 order-placed@2 {  }",
                                                      "3.0 order-1 v3 order-placed@2 {  }"});
}

TEST_CASE("dynamic: an aggregate folds events that were made without its class, alone and in a batch") {
    memory_world world;
    append_to(world.store, order_1, {}, old_order("ann", 7), v2::OrderPlaced{});
    upcaster_chain chain;
    chain.add(in_pence());
    upcasting_event_store store{world.store, chain};
    repository<order> orders{store};
    const auto loaded = orders.load("1");
    CHECK(loaded.state.total == 700);

    event_batch batch;
    store.read(read_query::all(), batch_limit{10}, [&](const event_view& event) { batch.add(event); });
    v2::OrderPlaced reused;
    REQUIRE(batch.events().size() == 2);
    CHECK(&decode(batch.events()[0], reused, second_placed) == &reused);
    CHECK(reused.total_minor() == 700);
}

TEST_CASE("decode: a message of the reader's own class is handed out as it is") {
    v2::OrderPlaced made;
    event_view event;
    event.message = &made;
    v2::OrderPlaced reused;
    CHECK(&decode(event, reused, second_placed) == &made);
}

TEST_SUITE("threads") {
    TEST_CASE("dynamic: the first events of a type without a class may be met by several readers at once") {
        memory_world world;
        for (int i = 0; i < 20; ++i) append_to(world.store, order_1, {}, old_order("c" + std::to_string(i), i));
        upcaster_chain chain;
        chain.add_dynamic(first_placed, &placed_of);
        const upcasting_event_store store{world.store, chain};
        std::vector<lines> seen(4);
        {
            std::vector<std::jthread> readers;
            for (auto& own : seen) readers.emplace_back([&] { own = lines_of(store, read_query::all(), 3); });
        }
        for (const auto& own : seen) {
            CHECK(own.size() == 20);
            CHECK(own == seen[0]);
        }
    }
}
