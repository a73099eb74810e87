#include "proto_text.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/schema_rules.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace foldline;
using foldline_tests::order_schema;
using foldline_tests::proto2;
using foldline_tests::proto3;

namespace {

constexpr auto backward = compatibility_mode::backward;
constexpr auto forward = compatibility_mode::forward;

/// Two states of a file, and where the rule finds what changed.
struct broken {
    std::string before;
    std::string after;
    std::string where;
    std::string was;
    std::string is;
};
/// A change that is like the broken one and keeps to the rule.
struct kept {
    std::string before;
    std::string after;
};
struct example {
    std::string_view rule;
    compatibility_mode mode;
    broken bad;
    kept good;
};

std::string order2(std::string_view fields) { return proto2("message Order { " + std::string(fields) + " }"); }
std::string order3(std::string_view fields) { return proto3("message Order { " + std::string(fields) + " }"); }
std::string status2(std::string_view values) {
    return proto2("enum Status { " + std::string(values) + " } message Order { optional Status status = 1; }");
}
std::string status3(std::string_view values) {
    return proto3("enum Status { " + std::string(values) + " } message Order { Status status = 1; }");
}

// Strings that many examples share.
const std::string id = "string id = 1;";
const std::string id_and_note = "string id = 1; string note = 2;";
const std::string id_or_note = "oneof key { string id = 1; string note = 2; }";
const std::string status_key = "shop.Status.PAID = 1";

const std::vector<example> examples{
    {"field-removed",
     backward,
     {order3(id_and_note), order3(id), "shop.Order.note = 2", "string note = 2;", ""},
     {order3(id_and_note), order3(id + "reserved 2;")}},
    {"enum-value-removed",
     backward,
     {status3("NEW = 0; PAID = 1;"), status3("NEW = 0;"), status_key, "PAID = 1;", ""},
     {status3("NEW = 0; PAID = 1;"), status3("NEW = 0; reserved 1;")}},
    {"reserved-number-removed",
     backward,
     {order3("reserved 4 to 6;"), order3("reserved 4, 6;"), "shop.Order, reserved 4 to 6", "reserved 4 to 6;", ""},
     {order3("reserved 4 to 6;"), order3("reserved 6, 3 to 5;")}},
    {"reserved-name-removed",
     backward,
     {order3("reserved \"a\", \"b\";"), order3("reserved \"b\";"), "shop.Order, reserved \"a\"", "reserved \"a\";", ""},
     {order3("reserved \"a\";"), order3("reserved \"b\", \"a\";")}},
    {"extension-range-removed",
     backward,
     {order2("extensions 100 to max;"), order2("extensions 100 to 200;"), "shop.Order, extensions 100 to max",
      "extensions 100 to max;", ""},
     {order2("extensions 100 to 200;"), order2("extensions 100 to 150; reserved 151 to 200;")}},
    {"type-changed",
     backward,
     {order3("int64 total = 1;"), order3("sint64 total = 1;"), "shop.Order.total = 1", "int64 total = 1;",
      "sint64 total = 1;"},
     {order3("string total = 1;"), order3("bytes total = 1;")}},
    {"cardinality-changed",
     backward,
     {order3(id), order3("repeated string id = 1;"), "shop.Order.id = 1", "string id = 1;", "repeated string id = 1;"},
     {order3(id), order3("optional string id = 1;")}},
    {"fields-joined-in-oneof",
     backward,
     {order3(id_and_note), order3(id_or_note), "shop.Order.key", "string id = 1; string note = 2;",
      "oneof key { string id = 1; string note = 2; }"},
     {order3(id), order3(id_or_note)}},
    {"oneof-split",
     forward,
     {order3(id_or_note), order3(id_and_note), "shop.Order.key", "oneof key { string id = 1; string note = 2; }",
      "string id = 1; string note = 2;"},
     {order3("oneof key { string id = 1; }"), order3(id)}},
    {"oneof-member-removed",
     backward,
     {order3(id_or_note), order3("oneof key { string id = 1; } reserved 2;"), "shop.Order.note = 2", "string note = 2;",
      ""},
     {order3(id_or_note), order3("reserved 1, 2;")}},
    {"oneof-member-added",
     forward,
     {order3("oneof key { string id = 1; }"), order3(id_or_note), "shop.Order.note = 2", "", "string note = 2;"},
     {order3("oneof key { string id = 1; }"), order3("oneof key { string id = 1; } string note = 2;")}},
    {"required-added",
     backward,
     {order2("optional string id = 1;"), order2("required string id = 1;"), "shop.Order.id = 1",
      "optional string id = 1;", "required string id = 1;"},
     {order2("required string id = 1;"), order2("optional string id = 1;")}},
    {"required-removed",
     forward,
     {order2("required string id = 1;"), order2("reserved 1;"), "shop.Order.id = 1", "required string id = 1;", ""},
     {order2("optional string id = 1;"), order2("required string id = 1;")}},
    {"default-changed",
     backward,
     {order2("optional int32 units = 1 [default = 1];"), order2("optional int32 units = 1 [default = 2];"),
      "shop.Order.units = 1", "optional int32 units = 1 [default = 1]; // unset is 1",
      "optional int32 units = 1 [default = 2]; // unset is 2"},
     {order2("optional int32 units = 1;"), order2("optional int64 units = 1 [default = 0];")}},
    {"utf8-checking-changed",
     backward,
     {order2("optional string id = 1;"), order3("optional string id = 1;"), "shop.Order.id = 1",
      "optional string id = 1; // proto2", "optional string id = 1; // proto3"},
     {order3("optional string id = 1;"), order2("optional string id = 1;")}},
    {"message-set-changed",
     backward,
     {order2("extensions 4 to max;"), order2("option message_set_wire_format = true; extensions 4 to max;"),
      "shop.Order", "", "option message_set_wire_format = true;"},
     {order2("extensions 4 to max;"), order2("option deprecated = true; extensions 4 to max;")}},
    {"required-enum-value-removed",
     backward,
     {proto2("enum Status { NEW = 0; PAID = 1; } message Order { required Status status = 1; }"),
      proto2("enum Status { NEW = 0; reserved 1; } message Order { required Status status = 1; }"),
      "shop.Order.status = 1, PAID", "PAID = 1;", ""},
     {status2("NEW = 0; PAID = 1;"), status2("NEW = 0; reserved 1;")}},
    {"closed-enum-value-added",
     forward,
     {status2("NEW = 0;"), status2("NEW = 0; PAID = 1;"), status_key, "", "PAID = 1;"},
     {status2("NEW = 0; PAID = 1;"), status2("NEW = 0; reserved 1;")}},
    {"enum-value-added",
     forward,
     {status3("NEW = 0;"), status3("NEW = 0; PAID = 1;"), status_key, "", "PAID = 1;"},
     {status3("NEW = 0; PAID = 1;"), status3("NEW = 0; reserved 1;")}},
    {"value-narrowed",
     backward,
     {order3("int64 total = 1;"), order3("int32 total = 1;"), "shop.Order.total = 1", "int64 total = 1;",
      "int32 total = 1;"},
     {order3("uint32 total = 1;"), order3("int64 total = 1;")}},
    {"repeated-made-map",
     backward,
     {proto3("message Entry { string key = 1; int32 value = 2; } message Order { repeated Entry items = 1; }"),
      order3("map<string, int32> items = 1;"), "shop.Order.items = 1", "repeated shop.Entry items = 1;",
      "map<string, int32> items = 1;"},
     {order3("map<string, int32> items = 1;"),
      proto3("message Entry { string key = 1; int32 value = 2; } message Order { repeated Entry items = 1; }")}},
    {"personal-mark-added",
     backward,
     {order3(id), order3("string id = 1 [(foldline.personal) = true];"), "shop.Order.id = 1", "string id = 1;",
      "string id = 1 [(foldline.personal) = true];"},
     {order3(id), order3(id + "string email = 2 [(foldline.personal) = true];")}},
    {"personal-mark-removed",
     backward,
     {order3("string id = 1 [(foldline.personal) = true];"), order3(id), "shop.Order.id = 1",
      "string id = 1 [(foldline.personal) = true];", "string id = 1;"},
     {order3("string id = 1 [(foldline.personal) = true];"), order3("string id = 1 [(foldline.personal) = true];")}},
    {"subject-id-changed",
     backward,
     {order3("string id = 1 [(foldline.subject_id) = true]; string note = 2;"),
      order3("string id = 1; string note = 2 [(foldline.subject_id) = true];"), "shop.Order",
      "string id = 1 [(foldline.subject_id) = true];", "string note = 2 [(foldline.subject_id) = true];"},
     {order3(id), order3("string id = 1 [(foldline.subject_id) = true];")}},
    {"field-renamed",
     backward,
     {order3("string id = 1;"), order3("string key = 1;"), "shop.Order.key = 1", "string id = 1;", "string key = 1;"},
     {order3("string id = 1;"), order3("string id = 1; string key = 2;")}},
    {"json-name-changed",
     backward,
     {order3("string order_id = 1;"), order3("string order_id = 1 [json_name = \"id\"];"), "shop.Order.order_id = 1",
      "string order_id = 1;", "string order_id = 1 [json_name = \"id\"];"},
     {order3("string order_id = 1;"), order3("string order_id = 1 [json_name = \"orderId\"];")}},
    {"enum-value-renamed",
     backward,
     {status3("NEW = 0; PAID = 1;"), status3("NEW = 0; SETTLED = 1;"), status_key, "PAID = 1;", "SETTLED = 1;"},
     {status3("NEW = 0; PAID = 1;"), status3("option allow_alias = true; NEW = 0; SETTLED = 1; PAID = 1;")}},
    {"field-name-not-reserved",
     backward,
     {order3(id_and_note), order3(id + "reserved 2;"), "shop.Order.note = 2", "string note = 2;", ""},
     {order3(id_and_note), order3(id + "reserved 2; reserved \"note\";")}},
    {"enum-value-name-not-reserved",
     backward,
     {status3("NEW = 0; PAID = 1;"), status3("NEW = 0; reserved 1;"), status_key, "PAID = 1;", ""},
     {status3("NEW = 0; PAID = 1;"), status3("NEW = 0; reserved 1; reserved \"PAID\";")}},
    {"json-type-changed",
     backward,
     {order3("int32 total = 1;"), order3("int64 total = 1;"), "shop.Order.total = 1", "int32 total = 1;",
      "int64 total = 1;"},
     {order3("int32 total = 1;"), order3("uint32 total = 1;")}},
    {"json-map-changed",
     backward,
     {order3("map<string, int32> items = 1;"),
      proto3("message Entry { string key = 1; int32 value = 2; } message Order { repeated Entry items = 1; }"),
      "shop.Order.items = 1", "map<string, int32> items = 1;", "repeated shop.Entry items = 1;"},
     {order3("map<string, int32> items = 1;"), order3("map<string, uint32> items = 1;")}},
    {"source-field-removed",
     backward,
     {order3(id_and_note), order3(id + "reserved 2; reserved \"note\";"), "shop.Order.note = 2", "string note = 2;",
      ""},
     {order3(id), order3(id_and_note)}},
    {"source-enum-value-removed",
     backward,
     {status3("NEW = 0; PAID = 1;"), status3("NEW = 0; reserved 1; reserved \"PAID\";"), status_key, "PAID = 1;", ""},
     {status3("NEW = 0;"), status3("NEW = 0; PAID = 1;")}},
    {"source-type-changed",
     backward,
     {order3("int32 total = 1;"), order3("uint32 total = 1;"), "shop.Order.total = 1", "int32 total = 1;",
      "uint32 total = 1;"},
     {order3("repeated int32 total = 1;"), order3("repeated int32 total = 1 [packed = false];")}},
    {"source-cardinality-changed",
     backward,
     {order3("int32 total = 1;"), order3("optional int32 total = 1;"), "shop.Order.total = 1", "int32 total = 1;",
      "optional int32 total = 1;"},
     {order3("int32 total = 1;"), order3("int32 total = 1; optional int32 units = 2;")}},
    {"source-oneof-changed",
     backward,
     {order3(id_or_note), order3("oneof choice { string id = 1; string note = 2; }"), "shop.Order.id = 1",
      "oneof key { string id = 1; string note = 2; }", "oneof choice { string id = 1; string note = 2; }"},
     {order3(id_or_note), order3("oneof key { string id = 1; string note = 2; string third = 3; }")}},
    {"source-message-renamed",
     backward,
     {proto3("message Order { string id = 1; message Part {} }"), proto3("message Order { message Part {} }"),
      "shop.Order.Part", "message Order", "message Order.Part"},
     {order3(id), order3("string id = 1; message Part {}")}},
    {"source-package-changed",
     backward,
     {order3(id), "syntax = \"proto3\"; package shop.v2; message Order { string id = 1; }", "shop.v2.Order",
      "package shop;", "package shop.v2;"},
     {order3(id), "syntax = \"proto3\"; package shop; message Order { string id = 1; }"}},
    {"source-syntax-changed",
     backward,
     {order3("optional int32 units = 1;"), order2("optional int32 units = 1;"), "shop.Order", "syntax = \"proto3\";",
      "syntax = \"proto2\";"},
     {order3(id), order3(id_and_note)}},
};

/// The message whose name its example's package or nesting decides.
event_schema later_schema(const example& one) {
    const std::string& where = one.bad.where;
    if (one.rule == "source-message-renamed" || one.rule == "source-package-changed")
        return order_schema(foldline_tests::compiled(one.bad.after), where);
    return order_schema(one.bad.after);
}

schema_rule described(std::string_view name) {
    const auto rules = schema_rules();
    const auto found =
        std::find_if(rules.begin(), rules.end(), [&](const schema_rule& rule) { return rule.name == name; });
    REQUIRE_MESSAGE(found != rules.end(), "there is no rule ", std::string(name));
    return *found;
}

std::vector<schema_finding> found(const event_schema& before, const event_schema& after, compatibility_mode mode,
                                  schema_level level) {
    return check(std::vector{before}, after, {mode, level, {}});
}

const schema_finding* of_rule(const std::vector<schema_finding>& findings, std::string_view rule) {
    const auto one = std::find_if(findings.begin(), findings.end(),
                                  [&](const schema_finding& finding) { return finding.rule == rule; });
    return one == findings.end() ? nullptr : &*one;
}

std::string lines_of(const std::vector<schema_finding>& findings) {
    std::string lines;
    for (const schema_finding& finding : findings) lines += finding.to_string() + "\n";
    return lines;
}

}  // namespace

TEST_CASE(
    "schema rules: each of them has an example that breaks it and one that keeps to it, and no name is used twice") {
    std::set<std::string_view> shown;
    for (const example& one : examples) CHECK_MESSAGE(shown.insert(one.rule).second, "twice: ", std::string(one.rule));
    std::set<std::string_view> listed;
    for (const schema_rule& rule : schema_rules()) {
        CHECK_MESSAGE(listed.insert(rule.name).second, "twice: ", std::string(rule.name));
        CHECK_FALSE(rule.explanation.empty());
    }
    CHECK(shown == listed);
}

TEST_CASE("schema rules: they are listed in the order of levels") {
    const auto rules = schema_rules();
    CHECK(std::is_sorted(rules.begin(), rules.end(),
                         [](const schema_rule& a, const schema_rule& b) { return a.level < b.level; }));
}

TEST_CASE("schema rules: a change that breaks a rule is found, with its place, what was, what is, and what to do") {
    for (const example& one : examples) {
        CAPTURE(std::string(one.rule));
        const schema_rule rule = described(one.rule);
        const auto findings = found(order_schema(one.bad.before), later_schema(one), one.mode, rule.level);
        const std::string all = lines_of(findings);
        CAPTURE(all);
        const schema_finding* finding = of_rule(findings, one.rule);
        REQUIRE(finding);
        CHECK(finding->where == one.bad.where);
        CHECK(finding->before == one.bad.was);
        CHECK(finding->after == one.bad.is);
        CHECK(finding->level == rule.level);
        CHECK(finding->weight == rule.weight);
        CHECK_FALSE(finding->advice.empty());
    }
}

TEST_CASE("schema rules: a change that keeps to a rule is not held against it, nor against any other of its level") {
    for (const example& one : examples) {
        CAPTURE(std::string(one.rule));
        const auto level = described(one.rule).level;
        const auto findings = found(order_schema(one.good.before), order_schema(one.good.after), one.mode, level);
        const std::string all = lines_of(findings);
        CAPTURE(all);
        CHECK(of_rule(findings, one.rule) == nullptr);
        CHECK_FALSE(is_breaking(findings));
    }
}

TEST_CASE("schema rules: no rule of a level is applied below it") {
    for (const example& one : examples) {
        CAPTURE(std::string(one.rule));
        const schema_rule rule = described(one.rule);
        if (rule.level == schema_level::wire) continue;
        const auto below = rule.level == schema_level::source ? schema_level::json : schema_level::wire;
        const auto findings = found(order_schema(one.bad.before), later_schema(one), one.mode, below);
        CHECK(of_rule(findings, one.rule) == nullptr);
    }
}

TEST_CASE("schema rules: a rule that is allowed is not applied, and the others are") {
    for (const example& one : examples) {
        CAPTURE(std::string(one.rule));
        const compatibility allowing{one.mode, described(one.rule).level, {std::string(one.rule)}};
        const std::vector stored{order_schema(one.bad.before)};
        CHECK(of_rule(check(stored, later_schema(one), allowing), one.rule) == nullptr);
    }
    const std::vector stored{order_schema(order3("int64 total = 1; string note = 2;"))};
    const event_schema candidate = order_schema(order3("string total = 1;"));
    const auto left = check(stored, candidate, {backward, schema_level::wire, {"type-changed"}});
    CHECK(of_rule(left, "type-changed") == nullptr);
    CHECK(of_rule(left, "field-removed") != nullptr);
}

TEST_CASE("schema rules: what one level tells, a higher one does not tell again, unless the lower rule is allowed") {
    const std::vector stored{order_schema(order3("int64 total = 1;"))};
    const event_schema candidate = order_schema(order3("string total = 1;"));
    const auto told = check(stored, candidate, {backward, schema_level::source, {}});
    CHECK(of_rule(told, "type-changed") != nullptr);
    CHECK(of_rule(told, "source-type-changed") == nullptr);
    const auto allowed = check(stored, candidate, {backward, schema_level::source, {"type-changed"}});
    CHECK(of_rule(allowed, "json-type-changed") != nullptr);
}
