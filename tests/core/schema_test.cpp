#include <foldline_tests/codec/v1/shapes.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/protobuf_codec.hpp>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace foldline;
namespace pb = google::protobuf;
namespace v1 = foldline_tests::codec::v1;

namespace {

std::vector<std::string> file_names(const std::string& descriptor_set) {
    pb::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(descriptor_set));
    std::vector<std::string> names;
    for (const auto& file : files.file()) names.push_back(file.name());
    return names;
}

/// A schema in a pool of its own, as a text that a test changes a little.
class schema {
public:
    explicit schema(const std::string& file_as_text) {
        pb::FileDescriptorProto file;
        REQUIRE(pb::TextFormat::ParseFromString(file_as_text, &file));
        file_ = pool_->BuildFile(file);
        REQUIRE(file_);
    }
    [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_of(*file_->FindMessageTypeByName("M")); }

private:
    std::unique_ptr<pb::DescriptorPool> pool_ = std::make_unique<pb::DescriptorPool>();
    const pb::FileDescriptor* file_ = nullptr;
};

std::string file_with(const std::string& body) { return R"(name: "f.proto" package: "p" syntax: "proto3" )" + body; }

constexpr char first_field[] = R"(field { name: "a" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL } )";
constexpr char second_field[] = R"(field { name: "b" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL } )";

std::uint64_t of_message(const std::string& fields) {
    return schema{file_with(R"(message_type { name: "M" )" + fields + "}")}.fingerprint();
}

/// M holds an A, or two, and an enum; the parts are written by the test.
std::uint64_t of_parts(
    const std::string& fields_of_m, const std::string& fields_of_a, const std::string& fields_of_b,
    const std::string& values = R"(value { name: "ZERO" number: 0 } value { name: "ONE" number: 1 })") {
    return schema{file_with(R"(message_type { name: "M" )" + fields_of_m + R"(} message_type { name: "A" )" +
                            fields_of_a + R"(} message_type { name: "B" )" + fields_of_b +
                            R"(} enum_type { name: "E" )" + values + "}")}
        .fingerprint();
}

std::string field(const std::string& name, int number, const std::string& type_name) {
    return "field { name: \"" + name + "\" number: " + std::to_string(number) +
           " type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: \".p." + type_name + "\" } ";
}

}  // namespace

TEST_CASE("descriptor set: imports come first, well-known files and the options are left out") {
    const auto names = file_names(descriptor_set_of(*v1::ShapeDrawn::descriptor()));
    CHECK(names ==
          std::vector<std::string>{"foldline_tests/codec/v1/parts.proto", "foldline_tests/codec/v1/shapes.proto"});
}

TEST_CASE("descriptor set: it builds in a fresh pool, and an event is read with nothing else") {
    v1::ShapeDrawn shape;
    shape.set_name("caf\xC3\xA9");
    (*shape.mutable_corner_of())[7].set_x(70);
    shape.mutable_drawn_at()->set_seconds(5);
    const event_data event = to_event(shape);

    pb::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(event.schema->descriptor_set));
    // What is left out every reader has of its own.
    pb::DescriptorPool fresh;
    for (const char* known :
         {"google/protobuf/descriptor.proto", "google/protobuf/timestamp.proto", "foldline/options.proto"}) {
        pb::FileDescriptorProto file;
        pb::DescriptorPool::generated_pool()->FindFileByName(known)->CopyTo(&file);
        REQUIRE(fresh.BuildFile(file));
    }
    for (const auto& file : files.file()) REQUIRE(fresh.BuildFile(file));
    const pb::Descriptor* type = fresh.FindMessageTypeByName(event.schema->message);
    REQUIRE(type);

    pb::DynamicMessageFactory factory;
    const std::unique_ptr<pb::Message> read{factory.GetPrototype(type)->New()};
    REQUIRE(read->ParseFromString(event.payload));
    CHECK(read->DebugString() == shape.DebugString());
}

TEST_CASE("fingerprint: it is the same every time, and for ever") {
    CHECK(of_message(std::string(first_field) + second_field) == of_message(std::string(first_field) + second_field));
    CHECK(of_message(std::string(first_field) + second_field) == 16411544818215855671ULL);
}

TEST_CASE("fingerprint: the order in which fields are written and comments do not matter") {
    const auto whole = of_message(std::string(first_field) + second_field);
    CHECK(of_message(std::string(second_field) + first_field) == whole);
    CHECK(schema{file_with(R"(message_type { name: "M" )" + std::string(first_field) + second_field +
                           R"(} source_code_info { location { path: 4 path: 0 leading_comments: "what it is for" } })")}
              .fingerprint() == whole);
    CHECK(schema{file_with(R"(message_type { name: "M" reserved_range { start: 9 end: 10 } )" +
                           std::string(first_field) + second_field + R"(} message_type { name: "Unrelated" })")}
              .fingerprint() == whole);
}

TEST_CASE("fingerprint: each kind of change of a field changes it") {
    std::vector<std::uint64_t> seen = {
        of_message(first_field),
        of_message(std::string(first_field) + second_field),
        of_message(R"(field { name: "c" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL })"),
        of_message(R"(field { name: "a" number: 3 type: TYPE_INT32 label: LABEL_OPTIONAL })"),
        of_message(R"(field { name: "a" number: 1 type: TYPE_SINT32 label: LABEL_OPTIONAL })"),
        of_message(R"(field { name: "a" number: 1 type: TYPE_INT32 label: LABEL_REPEATED })"),
        of_message(R"(field { name: "a" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL proto3_optional: true
                      oneof_index: 0 } oneof_decl { name: "_a" })"),
        of_message(""),
    };
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("fingerprint: a change of a message inside changes it, however deep") {
    const std::string m = field("a", 1, "A");
    const auto before = of_parts(m, field("b", 1, "B"), first_field);
    CHECK(of_parts(m, field("b", 1, "B"), first_field) == before);
    CHECK(of_parts(m, field("b", 1, "B"), std::string(first_field) + second_field) != before);
    CHECK(of_parts(m, field("c", 1, "B"), first_field) != before);
    CHECK(of_parts(m, "", first_field) != before);
}

TEST_CASE("fingerprint: a field that holds another message than before changes it") {
    const std::string both = field("a", 1, "A") + field("b", 2, "B");
    // Each message is described once, so the names of the types must be told where they are used.
    CHECK(of_parts(both, first_field, field("x", 1, "A")) != of_parts(both, first_field, field("x", 1, "B")));
    CHECK(of_parts(both, first_field, field("x", 1, "A")) != of_parts(both, first_field, field("x", 1, "M")));
}

TEST_CASE("fingerprint: an enum whose numbers mean something else changes it") {
    const std::string m = R"(field { name: "e" number: 1 type: TYPE_ENUM label: LABEL_OPTIONAL type_name: ".p.E" })";
    const auto before = of_parts(m, "", "");
    CHECK(of_parts(m, "", "", R"(value { name: "ZERO" number: 0 } value { name: "ONE" number: 1 })") == before);
    CHECK(of_parts(m, "", "", R"(value { name: "ZERO" number: 0 } value { name: "ONE" number: 2 })") != before);
    CHECK(of_parts(m, "", "", R"(value { name: "ZERO" number: 0 } value { name: "TWO" number: 1 })") != before);
}

TEST_CASE("fingerprint: a message that holds itself has one") {
    CHECK(fingerprint_of(*v1::ShapeDrawn::descriptor()) != 0);
    CHECK(of_parts(field("a", 1, "A"), field("b", 1, "B"), field("a", 1, "A")) !=
          of_parts(field("a", 1, "A"), field("b", 1, "B"), field("a", 1, "B")));
}
