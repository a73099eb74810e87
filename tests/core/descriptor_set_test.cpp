#include <foldline_tests/codec/v1/legacy.pb.h>
#include <foldline_tests/codec/v1/shapes.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>

#include <string>
#include <vector>

using namespace foldline;
namespace pb = google::protobuf;
namespace v1 = foldline_tests::codec::v1;

namespace {

pb::FileDescriptorSet parsed(const std::string& descriptor_set) {
    pb::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(descriptor_set));
    return files;
}

/// The set of `p.M`, of files written as text.
std::string pruned(const std::vector<std::string>& texts) {
    pb::FileDescriptorSet files;
    for (const std::string& text : texts) REQUIRE(pb::TextFormat::ParseFromString(text, files.add_file()));
    return pruned_descriptor_set(files.SerializeAsString(), "p.M");
}

std::string holding(const std::string& name, int number, const std::string& type, const std::string& kind = "MESSAGE") {
    return "field { name: \"" + name + "\" number: " + std::to_string(number) + " type: TYPE_" + kind +
           " label: LABEL_OPTIONAL type_name: \"." + type + "\" } ";
}
const std::string text_field = R"(field { name: "text" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL } )";

/// The two files that most cases change a little: M holds an `A.Inner` of the other file, and an enum.
std::string other_file(const std::string& more = {}, const std::string& in_a = {}) {
    return R"(name: "other.proto" package: "p" syntax: "proto3" message_type { name: "A" nested_type { name: "Inner" )" +
           text_field + "} " + in_a + "} " + more;
}
std::string main_file(const std::string& more = {}, const std::string& in_m = {}) {
    return R"(name: "main.proto" package: "p" syntax: "proto3" dependency: "other.proto" message_type { name: "M" )" +
           holding("inner", 1, "p.A.Inner") + holding("colour", 2, "p.Colour", "ENUM") + in_m +
           R"(} enum_type { name: "Colour" value { name: "RED" number: 0 } } )" + more;
}
std::string usual() { return pruned({other_file(), main_file()}); }

}  // namespace

TEST_CASE("descriptor set: what the message does not reach is left out") {
    CHECK(usual() == pruned({other_file(R"(message_type { name: "Unrelated" } enum_type { name: "Taste" value { name:
          "SWEET" number: 0 } } service { name: "Shop" })"),
                             main_file(R"(message_type { name: "Neighbour" } options { java_package: "p.q" })")}));
    CHECK(usual() == pruned({R"(name: "unused.proto" package: "q" message_type { name: "Q" })", other_file(),
                             main_file(R"(dependency: "unused.proto" dependency: "google/protobuf/any.proto" )")}));
    CHECK(usual() == pruned({other_file(), main_file(R"(source_code_info { location { leading_comments: "why" } })")}));
    CHECK(usual() == pruned({other_file(), main_file(R"(extension { name: "e" number: 100 extendee: ".p.M"
                              type: TYPE_BOOL label: LABEL_OPTIONAL })")}));
}

TEST_CASE("descriptor set: of a message that only holds another, a shell is left") {
    const std::string inner_only = usual();
    CHECK(inner_only == pruned({other_file("", text_field + R"(options { deprecated: true } reserved_range { start: 7
          end: 8 } nested_type { name: "Beside" })"),
                                main_file()}));
    const auto files = parsed(inner_only);
    REQUIRE(files.file_size() == 2);
    CHECK(files.file(0).name() == "other.proto");
    const auto& shell = files.file(0).message_type(0);
    CHECK(shell.name() == "A");
    CHECK(shell.field_size() == 0);
    CHECK(shell.nested_type(0).field_size() == 1);
}

TEST_CASE("descriptor set: each change of what the message reaches changes it") {
    const std::string option = "options { deprecated: true } ";
    for (
        const std::string& changed :
        {pruned({other_file(), main_file("", text_field)}),
         pruned({other_file(), main_file("", "reserved_range { start: 9 end: 10 } ")}),
         pruned({other_file(), main_file("", option)}),
         pruned({R"(name: "other.proto" package: "p" syntax: "proto3" message_type { name: "A" nested_type {
                   name: "Inner" } })",
                 main_file()}),
         pruned(
             {other_file(),
              R"(name: "main.proto" package: "p" syntax: "proto3" dependency: "other.proto" message_type { name: "M" )" +
                  holding("inner", 1, "p.A.Inner") + holding("colour", 2, "p.Colour", "ENUM") +
                  R"(} enum_type { name: "Colour" value { name: "RED" number: 0 } value { name: "BLUE" number: 1 } })"}),
         pruned({other_file(), main_file("", holding("at", 3, "google.protobuf.Timestamp"))})}) {
        CHECK(changed != usual());
        CHECK(parsed(changed).file_size() == 2);
    }
}

TEST_CASE("descriptor set: the order in which files, imports and messages stand does not matter") {
    const std::string a = R"(name: "a.proto" package: "p" message_type { name: "A" } message_type { name: "B" })";
    const std::string a_turned =
        R"(name: "a.proto" package: "p" message_type { name: "B" } message_type { name: "A" })";
    const std::string c = R"(name: "c.proto" package: "p" message_type { name: "C" })";
    const auto m = [](const std::string& imports) {
        return R"(name: "b.proto" package: "p" )" + imports + R"(message_type { name: "M" )" + holding("a", 1, "p.A") +
               holding("b", 2, "p.B") + holding("c", 3, "p.C") + "} ";
    };
    const std::string one = pruned({a, c, m(R"(dependency: "a.proto" dependency: "c.proto" )")});
    CHECK(one == pruned({c, a_turned, m(R"(dependency: "c.proto" dependency: "a.proto" )")}));
    // What came through an import of an import is imported by its own name.
    CHECK(one == pruned({c, a, R"(name: "all.proto" dependency: "a.proto" dependency: "c.proto" public_dependency: 0
                                  public_dependency: 1)",
                         m(R"(dependency: "all.proto" )")}));
    const auto files = parsed(one);
    REQUIRE(files.file_size() == 3);
    CHECK(files.file(2).name() == "b.proto");
}

TEST_CASE("descriptor set: a message that holds itself, or is held by what it holds, is there once") {
    const std::string set = pruned({R"(name: "m.proto" package: "p" message_type { name: "M" )" +
                                    holding("self", 1, "p.M") + holding("other", 2, "p.Other") +
                                    R"(} message_type { name: "Other" )" + holding("back", 1, "p.M") + "}"});
    CHECK(parsed(set).file(0).message_type_size() == 2);
}

TEST_CASE("descriptor set: one that lacks a part, or goes round in a circle, is left as it is") {
    for (const std::vector<std::string>& texts :
         {std::vector<std::string>{main_file()},
          {R"(name: "m.proto" package: "q" message_type { name: "M" })"},
          {R"(name: "a.proto" package: "p" message_type { name: "A" )" + holding("m", 1, "p.M") + "}",
           R"(name: "b.proto" package: "p" message_type { name: "M" )" + holding("a", 1, "p.A") + "}"}}) {
        pb::FileDescriptorSet files;
        for (const std::string& text : texts) REQUIRE(pb::TextFormat::ParseFromString(text, files.add_file()));
        const std::string whole = files.SerializeAsString();
        CHECK(pruned_descriptor_set(whole, "p.M") == whole);
    }
    CHECK(pruned_descriptor_set("no descriptors", "p.M") == "no descriptors");
    CHECK(pruned_descriptor_set("", "p.M").empty());
}

TEST_CASE("descriptor set: of a generated class it is the cut one, its options kept, and can be read with") {
    v1::ShapeDrawn shape;
    const event_schema& schema = schema_of(shape);
    CHECK(pruned_descriptor_set(schema.descriptor_set, schema.message) == schema.descriptor_set);
    const auto files = parsed(schema.descriptor_set);
    for (const auto& file : files.file())
        for (const auto& message : file.message_type()) {
            CHECK(message.name() != "BoxNested");
            CHECK(message.name() != "NotAnEvent");
        }
    const message_schema stored{schema};
    CHECK(event_type_of(stored.descriptor()) == event_type{"shape-drawn", 3});
    CHECK(stored.descriptor().field_count() == v1::ShapeDrawn::descriptor()->field_count());
    CHECK(stored.descriptor().FindFieldByName("notes")->is_map());
    CHECK(fingerprint_of(stored.descriptor()) == fingerprint_of(*v1::ShapeDrawn::descriptor()));
}

TEST_CASE("descriptor set: of an event in the older syntax, groups and ranges for extensions stay") {
    const message_schema stored{schema_of(v1::LegacyStored::default_instance())};
    CHECK(stored.descriptor().extension_range_count() == 1);
    CHECK(stored.descriptor().FindFieldByName("id")->is_required());
    CHECK(stored.descriptor().file()->dependency_count() == 1);  // foldline's options, and nothing for the extension
}
