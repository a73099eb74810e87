#include "proto_text.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/schema_rules.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace foldline;
using foldline_tests::compiled;
using foldline_tests::order_schema;
using foldline_tests::proto2;
using foldline_tests::proto3;

namespace {

std::string order3(std::string_view fields) { return proto3("message Order { " + std::string(fields) + " }"); }
std::string order2(std::string_view fields) { return proto2("message Order { " + std::string(fields) + " }"); }

event_schema schema(const std::string& text) { return order_schema(text); }

std::vector<std::string> rules_of(const std::vector<schema_finding>& findings) {
    std::vector<std::string> names;
    for (const schema_finding& finding : findings) names.push_back(finding.rule);
    return names;
}

std::vector<std::string> checked(const std::vector<event_schema>& stored, const event_schema& candidate,
                                 compatibility_mode mode, schema_level level = schema_level::wire) {
    return rules_of(check(stored, candidate, {mode, level, {}}));
}

using names = std::vector<std::string>;
constexpr auto none = compatibility_mode::none;
constexpr auto backward = compatibility_mode::backward;
constexpr auto forward = compatibility_mode::forward;
constexpr auto full = compatibility_mode::full;

}  // namespace

TEST_CASE("schema modes: what only the new program must read is not asked of the old one, and the other way round") {
    const event_schema text = schema(order3("string id = 1;"));
    const event_schema bytes = schema(order3("bytes id = 1;"));
    CHECK(checked({text}, bytes, backward).empty());
    CHECK(checked({text}, bytes, forward) == names{"type-changed"});
    CHECK(checked({text}, bytes, full) == names{"type-changed"});
    CHECK(checked({bytes}, text, backward) == names{"type-changed"});
    CHECK(checked({bytes}, text, forward).empty());
    CHECK(checked({bytes}, text, none).empty());
}

TEST_CASE("schema modes: a new field is compatible both ways, at every level") {
    const event_schema before = schema(order3("string id = 1;"));
    const event_schema after = schema(order3("string id = 1; int64 total = 2; map<string, int32> items = 3;"));
    for (const auto level : {schema_level::wire, schema_level::json, schema_level::source})
        CHECK(checked({before}, after, full, level).empty());
}

TEST_CASE("schema modes: a new enum value is compatible backward, and lossy forward where enums are open") {
    const auto status = [](const std::string& values) {
        return schema(proto3("enum Status { NEW = 0; " + values + " } message Order { Status status = 1; }"));
    };
    CHECK(checked({status("")}, status("PAID = 1;"), backward, schema_level::source).empty());
    const auto told = check(std::vector{status("")}, status("PAID = 1;"), {forward, schema_level::wire, {}});
    CHECK(rules_of(told) == names{"enum-value-added"});
    CHECK_FALSE(is_breaking(told));
}

TEST_CASE("schema modes: what was before stands before also when older programs are asked about newer events") {
    const auto told = check(std::vector{schema(order3("int32 total = 1;"))}, schema(order3("int64 total = 1;")),
                            {forward, schema_level::wire, {}});
    REQUIRE(rules_of(told) == names{"value-narrowed"});
    CHECK(told[0].before == "int32 total = 1;");
    CHECK(told[0].after == "int64 total = 1;");
}

TEST_CASE("schema modes: a change that breaks both ways is told once") {
    CHECK(checked({schema(order3("int64 total = 1;"))}, schema(order3("string total = 1;")), full) ==
          names{"type-changed"});
}

TEST_CASE("schema modes: only transitive modes look at schemas before the last") {
    const std::vector stored{schema(order3("int64 total = 1;")), schema(order3("reserved 1;")),
                             schema(order3("reserved 1; string id = 2;"))};
    const event_schema candidate = schema(order3("string id = 2; string total = 1;"));
    CHECK(checked(stored, candidate, backward) == names{"reserved-number-removed"});
    CHECK(checked(stored, candidate, compatibility_mode::backward_transitive) ==
          names{"type-changed", "reserved-number-removed"});
    CHECK(checked(stored, candidate, compatibility_mode::forward_transitive) ==
          names{"type-changed", "reserved-number-removed"});
}

TEST_CASE("schema modes: a finding is told once, for the first stored schema that it holds against") {
    const std::vector stored{schema(order3("int64 total = 1;")), schema(order3("uint64 total = 1;"))};
    const auto told = check(stored, schema(order3("string total = 1;")), {});
    REQUIRE(rules_of(told) == names{"type-changed"});
    CHECK(told[0].before == "int64 total = 1;");
}

TEST_CASE("schema modes: nothing is asked of a type that was never stored") {
    CHECK(check({}, schema(order3("int64 total = 1;")), {}).empty());
}

TEST_CASE("schema compare: the same descriptors are compatible without a look at them") {
    const event_schema damaged{{"order-placed", 1}, "shop.Order", "no descriptors"};
    CHECK(compare(damaged, damaged, schema_level::source).empty());
    CHECK(check(std::vector{damaged}, damaged, {}).empty());
}

TEST_CASE("schema compare: descriptors that cannot be read are a definition error") {
    const event_schema good = schema(order3("string id = 1;"));
    const event_schema damaged{{"order-placed", 1}, "shop.Order", "no descriptors"};
    const event_schema elsewhere{{"order-placed", 1}, "shop.Invoice", good.descriptor_set};
    CHECK_THROWS_AS((void)compare(good, damaged, schema_level::wire), definition_error);
    CHECK_THROWS_AS((void)compare(damaged, good, schema_level::wire), definition_error);
    CHECK_THROWS_WITH_AS((void)compare(good, elsewhere, schema_level::wire),
                         "the descriptors of order-placed@1 cannot be read: they hold no message shop.Invoice",
                         definition_error);
}

TEST_CASE("schema compare: messages are followed through the fields that hold them, and the way is told") {
    const auto nested = [](const std::string& amount) {
        return schema(proto3("message Money { " + amount +
                             " amount = 1; } message Line { Money price = 3; }"
                             "message Order { repeated Line lines = 2; }"));
    };
    const auto told = compare(nested("int64"), nested("string"), schema_level::wire);
    REQUIRE(rules_of(told) == names{"type-changed"});
    CHECK(told[0].where == "shop.Money.amount = 1 (through lines.price)");
    CHECK(told[0].to_string() ==
          "type-changed: shop.Money.amount = 1 (through lines.price): \"int64 amount = 1;\" became "
          "\"string amount = 1;\"; keep the type and add a field with a new number, or give the event version 2 and "
          "add an upcaster from version 1");
}

TEST_CASE("schema compare: the values of a map are followed") {
    const event_schema before = schema(order3("map<string, int64> items = 1;"));
    const event_schema after = schema(order3("map<string, string> items = 1;"));
    const auto told = compare(before, after, schema_level::wire);
    REQUIRE(rules_of(told) == names{"type-changed"});
    CHECK(told[0].where == "shop.Order, value of a map (through items)");
}

TEST_CASE("schema compare: messages that hold each other come to an end") {
    const auto tree = [](const std::string& leaf) {
        return schema(proto3("message Node { repeated Node nodes = 1; Order order = 2; " + leaf +
                             " leaf = 3; }"
                             "message Order { Node root = 1; }"));
    };
    CHECK(rules_of(compare(tree("int32"), tree("double"), schema_level::wire)) == names{"type-changed"});
    CHECK(compare(tree("int32"), tree("int64"), schema_level::wire).empty());
}

TEST_CASE("schema compare: a message may move to another package and another name if its fields agree") {
    const event_schema before =
        schema(proto3("message Money { int64 amount = 1; } message Order { Money total = 1; }"));
    const auto moved = [](const std::string& fields) {
        return order_schema(compiled("syntax = \"proto3\"; package shop.v2; message Price { " + fields +
                                     " } message Order { Price total = 1; }"),
                            "shop.v2.Order");
    };
    CHECK(compare(before, moved("int64 amount = 1;"), schema_level::json).empty());
    CHECK(rules_of(compare(before, moved("int64 units = 2;"), schema_level::wire)) == names{"field-removed"});
}

TEST_CASE("schema compare: an enum may move to another package if it keeps its short name and its values") {
    const auto in = [](const std::string& package, const std::string& declared) {
        return order_schema(compiled("syntax = \"proto3\"; package " + package + "; enum " + declared +
                                     " message Order { Status status = 1; }"),
                            package + ".Order");
    };
    const event_schema before = in("shop", "Status { NEW = 0; PAID = 1; }");
    CHECK(compare(before, in("shop.v2", "Status { NEW = 0; PAID = 1; SENT = 2; }"), schema_level::json).empty());
    CHECK(rules_of(compare(before, in("shop.v2", "Status { NEW = 0; reserved 1; }"), schema_level::wire)) ==
          names{"type-changed"});
    const event_schema renamed =
        schema(proto3("enum State { NEW = 0; PAID = 1; } message Order { State status = 1; }"));
    CHECK(rules_of(compare(before, renamed, schema_level::wire)) == names{"type-changed"});
}

TEST_CASE("schema compare: well-known types are compared by their names") {
    const auto with = [](const std::string& type) {
        return schema(
            "syntax = \"proto3\"; package shop; import \"google/protobuf/timestamp.proto\";"
            "message Instant { int64 seconds = 1; } message Order { " +
            type + " at = 1; string id = 2; }");
    };
    CHECK(compare(with("google.protobuf.Timestamp"), with("google.protobuf.Timestamp"), schema_level::source).empty());
    CHECK(rules_of(compare(with("google.protobuf.Timestamp"), with("Instant"), schema_level::wire)) ==
          names{"type-changed"});
}

TEST_CASE("schema compare: a field that becomes implicit after a default of its own is read as another value") {
    const event_schema before = schema(order2("optional int32 units = 1 [default = 1];"));
    CHECK(rules_of(compare(before, schema(order3("int32 units = 1;")), schema_level::wire)) ==
          names{"default-changed"});
}

TEST_CASE("schema compare: the first value of a proto2 enum is a default too") {
    const auto status = [](const std::string& values) {
        return schema(proto2("enum Status { " + values + " } message Order { optional Status status = 1; }"));
    };
    CHECK(rules_of(compare(status("NEW = 0; PAID = 1;"), status("PAID = 1; NEW = 0;"), schema_level::wire)) ==
          names{"default-changed"});
}

TEST_CASE("schema compare: an enum is closed for the message that holds it, whichever message is met first") {
    const auto both = [](const std::string& values) {
        google::protobuf::FileDescriptorSet files;
        auto file = compiled(proto3("enum Status { NEW = 0; " + values + " } message Order { Status status = 1; }"));
        *files.add_file() = file;
        auto old = compiled(proto2("enum Status { NEW = 0; } message Old { optional Status status = 1; }"));
        old.clear_enum_type();
        old.set_name("shop/old.proto");
        old.mutable_message_type(0)->mutable_field(0)->set_type_name(".shop.Status");
        *files.add_file() = old;
        auto* field = files.mutable_file(0)->mutable_message_type(0)->add_field();
        field->set_name("old");
        field->set_number(2);
        field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
        field->set_type(google::protobuf::FieldDescriptorProto::TYPE_MESSAGE);
        field->set_type_name(".shop.Old");
        return event_schema{{"order-placed", 1}, "shop.Order", files.SerializeAsString()};
    };
    CHECK(checked({both("")}, both("PAID = 1;"), forward) == names{"enum-value-added", "closed-enum-value-added"});
}

TEST_CASE("schema compare: personal data without a subject cannot be given one afterwards") {
    const event_schema before = schema(order3("string id = 1; string email = 2 [(foldline.personal) = true];"));
    const event_schema after =
        schema(order3("string id = 1 [(foldline.subject_id) = true]; string email = 2 [(foldline.personal) = true];"));
    CHECK(rules_of(compare(before, after, schema_level::wire)) == names{"subject-id-changed"});
}

TEST_CASE("schema compare: the name of a removed field must not be another's at level json") {
    const event_schema before = schema(order3("string id = 1; string note = 2;"));
    const event_schema after = schema(order3("string note = 1; reserved 2;"));
    CHECK(rules_of(compare(before, after, schema_level::json)) == names{"field-renamed", "field-name-not-reserved"});
}

TEST_CASE("schema rules: require_compatible throws with a line for each rule that is broken, and none for losses") {
    const std::vector stored{schema(order3("int64 total = 1; int64 units = 2; string note = 3;"))};
    const event_schema candidate = schema(order3("string total = 1; int32 units = 2;"));
    try {
        require_compatible(stored, candidate, {});
        FAIL("it did not throw");
    } catch (const incompatible_schema& refused) {
        const std::string text = refused.what();
        CHECK(std::count(text.begin(), text.end(), '\n') == 2);
        CHECK(text.find("\n  type-changed: shop.Order.total = 1: ") != std::string::npos);
        CHECK(text.find("\n  field-removed: shop.Order.note = 3: ") != std::string::npos);
    }
    CHECK_NOTHROW(require_compatible(stored, schema(order3("int64 total = 1; int32 units = 2; string note = 3;")), {}));
}

TEST_CASE("schema compare: a finding that is a loss says so") {
    const auto told =
        compare(schema(order3("int64 total = 1;")), schema(order3("int32 total = 1;")), schema_level::wire);
    REQUIRE(told.size() == 1);
    CHECK(told[0].to_string().rfind("value-narrowed (lossy): shop.Order.total = 1: ", 0) == 0);
}

TEST_CASE("schema compare: a chain of a hundred thousand messages takes no stack, and endless work is refused") {
    const auto chain = [](int messages, int back_to, const std::string& package) {
        google::protobuf::FileDescriptorSet files;
        auto* file = files.add_file();
        file->set_syntax("proto3");
        file->set_package(package);
        for (int i = 0; i < messages; ++i) {
            auto* message = file->add_message_type();
            message->set_name("M" + std::to_string(i));
            auto* field = message->add_field();
            field->set_name("next");
            field->set_number(1);
            field->set_type(google::protobuf::FieldDescriptorProto::TYPE_MESSAGE);
            field->set_type_name("." + package + ".M" + std::to_string(i + 1 == messages ? back_to : i + 1));
        }
        return event_schema{{"order-placed", 1}, package + ".M0", files.SerializeAsString()};
    };
    CHECK(compare(chain(100'000, 0, "a"), chain(100'000, 0, "b"), schema_level::wire).empty());
    // Cycles whose lengths have no common divisor let every message meet every other one.
    CHECK_THROWS_AS((void)compare(chain(9'999, 0, "a"), chain(10'000, 0, "b"), schema_level::wire), definition_error);
}
