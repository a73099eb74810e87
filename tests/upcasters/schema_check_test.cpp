#include "support/described.hpp"
#include "support/memory_world.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/schema_check.hpp>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
namespace v3 = foldline_tests::shop::v3;
using foldline_tests::append_to;
using foldline_tests::described;
using foldline_tests::memory_world;
using namespace foldline;

const stream_id order_1{"order", "1"};

schema_set events(const std::string& messages) { return events_in(described({{"shop.v1", messages}})); }

template <class... Events>
schema_set classes() {
    schema_set all;
    (all.add(schema_of(Events::default_instance())), ...);
    return all;
}

/// `TYPE RULE` of each problem.
std::vector<std::string> told(const compatibility_report& report) {
    std::vector<std::string> all;
    for (const schema_problem& each : report.problems) all.push_back(each.type + " " + each.rule);
    return all;
}
using problems = std::vector<std::string>;

problems found(const schema_set& past, const schema_set& now, const compatibility& asked = {}) {
    return told(check_schemas({past}, now, nullptr, asked));
}
problems found(const schema_set& past, const schema_set& now, const upcaster_chain& chain) {
    return told(check_schemas({past}, now, &chain, {}));
}

constexpr const char* placed =
    "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1}; int64 total = 1; }";
constexpr const char* placed_as_text =
    "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1}; string total = 1; }";
constexpr const char* placed_with_note =
    "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1};"
    "  int64 total = 1; string note = 2; }";

v2::OrderPlaced to_v2(const v1::OrderPlaced&) { return {}; }
v3::OrderPlaced to_v3(const v2::OrderPlaced&) { return {}; }

}  // namespace

TEST_CASE("descriptors: events are found wherever they are declared, and other messages are none") {
    const schema_set all = events_in(described(
        {{"shop.v1",
          "message Line { int64 price = 1; }"
          "message Order { message Placed { option (foldline.event) = {name: \"order-placed\" version: 2}; } }"},
         {"bank.v1", "message Opened { option (foldline.event) = {name: \"account-opened\" version: 1}; }"}}));
    REQUIRE(all.by_type().size() == 2);
    REQUIRE(all.of({"order-placed", 2}).size() == 1);
    CHECK(all.of({"order-placed", 2}).front().message == "shop.v1.Order.Placed");
    CHECK(all.of({"account-opened", 1}).front().message == "bank.v1.Opened");
    CHECK(all.of({"order-placed", 1}).empty());
    CHECK(all.newest_version("order-placed") == 2);
    CHECK(all.newest_version("order") == 0);
}

TEST_CASE("descriptors: what is no descriptor set, or lacks its imports, is refused with how to make one") {
    CHECK_THROWS_WITH_AS(
        (void)events_in("\xFF", "shop.binpb"),
        "shop.binpb cannot be used: it is no FileDescriptorSet; it is made by protoc --include_imports "
        "--descriptor_set_out=shop.binpb FILE.proto...",
        definition_error);
    google::protobuf::FileDescriptorSet alone;
    alone.add_file()->set_name("shop/v1.proto");
    alone.mutable_file(0)->add_dependency("shop/parts.proto");
    CHECK_THROWS_WITH_AS((void)events_in(alone.SerializeAsString()), doctest::Contains("shop/parts.proto"),
                         definition_error);
}

TEST_CASE("descriptors: of sets that are joined, what they have in common counts once") {
    const std::string one = described({{"shop.v1", placed}});
    CHECK(events_in(one + one).of({"order-placed", 1}).size() == 1);
}

TEST_CASE("descriptors: files that every program has may be left out") {
    const event_schema& stored = schema_of(v1::OrderPlaced::default_instance());
    CHECK(events_in(stored.descriptor_set).of(stored.type).front().message == stored.message);
}

TEST_CASE("schema set: a copy keeps its names when the first one is gone") {
    schema_set copy;
    {
        schema_set first;
        first.add({{std::string{"a-name-that-is-too-long-for-its-place"}, 1}, "A", {}});
        copy = first;
    }
    CHECK(copy.by_type().begin()->first.name == "a-name-that-is-too-long-for-its-place");
    CHECK(copy.of({"a-name-that-is-too-long-for-its-place", 1}).front().message == "A");
}

TEST_CASE("schema check: no change, a new field and a new event break nothing") {
    CHECK(found(events(placed), events(placed)).empty());
    CHECK(found(events(placed), events(placed_with_note)).empty());
    CHECK(found({}, events(placed)).empty());
}

TEST_CASE("schema check: what a message breaks is told with its type and rule, unless the rule is allowed") {
    const auto report = check_schemas({events(placed)}, events(placed_as_text), nullptr, {});
    REQUIRE(told(report) == problems{"order-placed@1 type-changed"});
    CHECK(report.is_breaking());
    CHECK(report.to_string().find("order-placed@1: type-changed: shop.v1.OrderPlaced.total = 1") == 0);
    CHECK(found(events(placed), events(placed_as_text), {.allowed = {"type-changed"}}).empty());
    CHECK(found(events(placed), events(placed_as_text), {.mode = compatibility_mode::none}).empty());
}

TEST_CASE("schema check: what is lossy is told and does not refuse") {
    const auto report = check_schemas(
        {events(placed)},
        events(
            "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1}; int32 total = 1; }"),
        nullptr, {});
    CHECK(told(report) == problems{"order-placed@1 value-narrowed"});
    CHECK_FALSE(report.is_breaking());
}

TEST_CASE("schema check: a break that a history has recorded is not told again, and the next one is") {
    schema_set accepted = events(placed);
    accepted.add(events(placed_as_text).of({"order-placed", 1}).front());
    CHECK(found(accepted, events(placed_as_text)).empty());
    CHECK(found(accepted, events(placed)) == problems{"order-placed@1 type-changed"});
    const char* as_fraction =
        "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1}; double total = 1; }";
    CHECK(found(accepted, events(as_fraction)) == problems{"order-placed@1 type-changed"});
    CHECK(told(check_schemas({accepted, past_kind::one_store}, events(placed_as_text), nullptr, {})) ==
          problems{"order-placed@1 type-changed"});
}

TEST_CASE("schema check: two messages that are one event are both named") {
    const schema_set twins = events_in(described({{"shop.v1", placed}, {"shop.v2", placed}}));
    const auto report = check_schemas({}, twins, nullptr, {});
    CHECK(report.to_string() ==
          "order-placed@1: event-of-two-messages: shop.v1.OrderPlaced and shop.v2.OrderPlaced are all this event; give "
          "each a name or version of its own\n");
}

TEST_CASE("schema check: an event without a message is removed, unless an upcaster starts from it") {
    const schema_set past = classes<v1::CartViewed, v1::NoteAdded>();
    CHECK(found(past, classes<v1::NoteAdded>()) == problems{"cart-viewed@1 event-removed"});
    CHECK(found(past, classes<v1::NoteAdded>(), upcaster_chain{}) == problems{"cart-viewed@1 event-removed"});
    const auto renamed = upcaster_chain{}.add([](const v1::CartViewed&) { return v1::NoteAdded{}; });
    CHECK(found(past, classes<v1::NoteAdded>(), renamed).empty());
    const auto dropped = upcaster_chain{}.add([](const v1::CartViewed&, emits<>) {});
    CHECK(found(past, classes<v1::NoteAdded>(), dropped).empty());
}

TEST_CASE("schema check: a retired event keeps its message, and that is enough") {
    const char* retired =
        "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1};"
        "  option (foldline.retired) = true; int64 total = 1; }";
    CHECK(found(events(placed), events(retired), upcaster_chain{}).empty());
}

TEST_CASE("schema check: a version that goes down is told") {
    CHECK(found(classes<v2::OrderPlaced>(), classes<v1::OrderPlaced>()) == problems{"order-placed@2 version-lowered"});
}

TEST_CASE("schema check: a version that is skipped is told, where the past holds every release") {
    const schema_set past = classes<v1::OrderPlaced>();
    const schema_set now = classes<v1::OrderPlaced, v3::OrderPlaced>();
    CHECK(found(past, now) == problems{"order-placed@3 version-skipped"});
    CHECK(told(check_schemas({past, past_kind::one_store}, now, nullptr, {})).empty());
    CHECK(found(past, classes<v1::OrderPlaced, v2::OrderPlaced, v3::OrderPlaced>()).empty());
    CHECK(found({}, now).empty());
    CHECK(found(now, now).empty());
}

TEST_CASE("schema check: an old version without an upcaster is told, also one that is known by its class only") {
    const schema_set both = classes<v1::OrderPlaced, v2::OrderPlaced>();
    CHECK(found(both, classes<v2::OrderPlaced>(), upcaster_chain{}) == problems{"order-placed@1 version-without-path"});
    CHECK(found({}, both, upcaster_chain{}) == problems{"order-placed@1 version-without-path"});
    CHECK(found(both, classes<v2::OrderPlaced>(), upcaster_chain{}.add(to_v2)).empty());
    CHECK(found(both, both, upcaster_chain{}.add(to_v2)).empty());
}

TEST_CASE("schema check: a way that ends before the current version, or at nothing that is known, is told") {
    const schema_set past = classes<v1::OrderPlaced>();
    CHECK(found(past, classes<v1::OrderPlaced, v2::OrderPlaced, v3::OrderPlaced>(), upcaster_chain{}.add(to_v2)) ==
          problems{"order-placed@1 path-ends-elsewhere", "order-placed@2 version-without-path"});
    CHECK(found(past, classes<v2::OrderPlaced, v3::OrderPlaced>(), upcaster_chain{}.add(to_v2).add(to_v3)).empty());
    const auto astray = upcaster_chain{}.add([](const v1::OrderPlaced&) { return v1::NoteAdded{}; });
    CHECK(found(past, classes<v2::OrderPlaced>(), astray) == problems{"order-placed@1 path-ends-elsewhere"});
}

TEST_CASE("schema check: without a chain it is noted which types need a way") {
    const auto report = check_schemas({}, classes<v1::OrderPlaced, v2::OrderPlaced>(), nullptr, {});
    CHECK(report.problems.empty());
    CHECK(report.to_string() == "order-placed@1: whether an upcaster leads from it to version 2 was not looked at\n");
}

TEST_CASE("schema check: what cannot be a chain is a line of the report") {
    try {
        (void)upcaster_chain{}.add(to_v2).add(to_v2);
        FAIL("an ambiguous chain was built");
    } catch (const definition_error& why) {
        const schema_problem problem = refused_chain(why);
        CHECK(problem.rule == "chain-refused");
        CHECK(problem.to_string().find("chain-refused: two upcasters start from order-placed@1") != std::string::npos);
    }
}

TEST_CASE("schema check: rules about several schemas can be allowed too, and only those that exist") {
    const schema_set past = classes<v1::CartViewed>();
    CHECK(found(past, {}, {.allowed = {"event-removed"}}).empty());
    CHECK_NOTHROW(require_known_rules({.allowed = {"event-removed", "field-removed"}}));
    CHECK_THROWS_WITH_AS(require_known_rules({.allowed = {"event-remove"}}),
                         doctest::Contains("there is no rule \"event-remove\" to be allowed; there are "),
                         definition_error);
}

TEST_CASE("schema check: no rule about several schemas has the name of one about a message") {
    for (const schema_rule& ours : past_rules())
        for (const schema_rule& theirs : schema_rules()) CHECK(ours.name != theirs.name);
}

TEST_CASE("start-up: what the store holds and the program handles goes together") {
    memory_world world;
    append_to(world.store, order_1, {}, v1::OrderPlaced{}, v1::NoteAdded{});
    const auto known = event_catalog{}.add(event_list<v3::OrderPlaced, v1::NoteAdded>{});
    CHECK_NOTHROW(require_compatible_schemas(world.store, known, upcaster_chain{}.add(to_v2).add(to_v3)));
}

TEST_CASE("start-up: a program that handles two versions of one event needs no upcaster") {
    memory_world world;
    append_to(world.store, order_1, {}, v1::OrderPlaced{});
    const auto known = event_catalog{}.add(event_list<v1::OrderPlaced, v2::OrderPlaced>{});
    CHECK_NOTHROW(require_compatible_schemas(world.store, known, upcaster_chain{}));
}

TEST_CASE("start-up: events of other programs in the same store refuse nothing") {
    memory_world world;
    append_to(world.store, order_1, {}, v1::NoteAdded{}, foldline_tests::bank::v1::AccountClosed{});
    const auto known = event_catalog{}.add(event_list<v1::NoteAdded>{});
    CHECK_NOTHROW(require_compatible_schemas(world.store, known, upcaster_chain{}));
    const auto report = check_schemas(past_of(world.store), known, nullptr, {});
    CHECK(report.notes ==
          std::vector<std::string>{"account-closed@1: it is stored, and the program has no message of that name"});
}

TEST_CASE("start-up: every problem is a line of the exception") {
    memory_world world;
    // Outlives the store, as what is appended asks for.
    static const schema_set old_notes =
        events("message NoteAdded { option (foldline.event) = {name: \"note-added\" version: 1}; int64 text = 1; }");
    event_data note = to_event(v1::NoteAdded{});
    note.schema = &old_notes.of({"note-added", 1}).front();
    (void)world.store.append(append_request::to(order_1, expected_version::any(), {note}));
    append_to(world.store, order_1, {}, v1::OrderPlaced{});
    const auto known = event_catalog{}.add(event_list<v3::OrderPlaced, v1::NoteAdded>{});
    try {
        require_compatible_schemas(world.store, known, upcaster_chain{});
        FAIL("it was let through");
    } catch (const definition_error& why) {
        const std::string_view text = why.what();
        CHECK(text.find("\n  note-added@1: type-changed: ") != std::string_view::npos);
        CHECK(text.find("\n  order-placed@1: version-without-path: ") != std::string_view::npos);
    }
}
