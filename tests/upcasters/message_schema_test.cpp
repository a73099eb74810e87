#include "schema_messages.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/codec/v1/legacy.pb.h>
#include <foldline_tests/codec/v1/shapes.pb.h>
#include <foldline_tests/people/v1/members.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace foldline;
using namespace foldline_tests;

namespace {

const google::protobuf::FieldDescriptor& field(const google::protobuf::Descriptor& message, const std::string& name) {
    const auto* found = message.FindFieldByName(name);
    REQUIRE(found);
    return *found;
}

}  // namespace

TEST_CASE("message schema: an event is read by its stored schema alone, and loses nothing") {
    codec::v1::ShapeDrawn shape;
    shape.set_name("square");
    (*shape.mutable_corner_of())[7].set_label("seventh");
    shape.mutable_framed()->set_y(2);
    shape.mutable_drawn_at()->set_seconds(5);
    const message_schema stored{schema_of(shape)};
    CHECK(stored.type() == event_type{"shape-drawn", 3});
    CHECK(stored.descriptor().full_name() == "foldline_tests.codec.v1.ShapeDrawn");
    CHECK(&stored.descriptor() != shape.GetDescriptor());

    const message_ptr read = stored.new_message();
    CHECK(read->GetDescriptor() == &stored.descriptor());
    REQUIRE(read->ParseFromString(shape.SerializeAsString()));
    CHECK(read->DebugString() == shape.DebugString());
}

TEST_CASE("message schema: an event of the older syntax is read too") {
    codec::v1::LegacyStored legacy;
    legacy.set_id("a");
    legacy.mutable_inner()->set_size(3);
    const message_schema stored{schema_of(legacy)};
    const message_ptr read = stored.new_message();
    REQUIRE(read->ParseFromString(legacy.SerializeAsString()));
    CHECK(read->DebugString() == legacy.DebugString());
}

TEST_CASE("message schema: its name is its own") {
    std::string name = "order-placed";
    event_schema schema = order_schema(proto3("message Order { int32 n = 1; }"));
    schema.type.name = name;
    const message_schema made{schema};
    name = "overwritten!";
    CHECK(made.type().name == "order-placed");
}

TEST_CASE("message schema: descriptors that make no message are refused with the reason") {
    const event_schema good = order_schema(proto3("message Order { int32 n = 1; }"));
    const auto refused = [](const event_schema& schema, const char* why) {
        CHECK_THROWS_WITH_AS(message_schema{schema}, doctest::Contains(why), definition_error);
    };
    refused({good.type, "shop.Basket", good.descriptor_set}, "it holds no message shop.Basket");
    refused({good.type, "shop.Order", "no descriptors"}, "it is no FileDescriptorSet");
    refused({good.type, "shop.Order", ""}, "it holds no message shop.Order");
    google::protobuf::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(good.descriptor_set));
    files.mutable_file(0)->mutable_message_type(0)->mutable_field(0)->set_type_name(".shop.Lost");
    refused({good.type, "shop.Order", files.SerializeAsString()}, "the stored schema of order-placed@1 cannot be used");
    files.mutable_file(0)->add_dependency("shop/lost.proto");
    refused({good.type, "shop.Order", files.SerializeAsString()}, "shop/lost.proto");
}

TEST_CASE("message schema: marks of personal data are found in classes and in stored schemas alike") {
    const auto& joined = *people::v1::MemberJoined::descriptor();
    const message_schema stored{schema_of(people::v1::MemberJoined{})};
    for (const auto* message : {&joined, &stored.descriptor()}) {
        CHECK(is_personal(field(*message, "email")));
        CHECK_FALSE(is_personal(field(*message, "plan")));
        CHECK_FALSE(is_personal(field(*message, "address")));
        CHECK(is_subject_id(field(*message, "member_id")));
        CHECK_FALSE(is_subject_id(field(*message, "email")));
        CHECK(holds_personal_data(*message));
        CHECK(holds_personal_data(*field(*message, "address").message_type()));
        CHECK(holds_personal_data(*field(*message, "addresses_by_name").message_type()));
    }
    CHECK_FALSE(holds_personal_data(*people::v1::PlanChanged::descriptor()));
    CHECK_FALSE(holds_personal_data(*codec::v1::BoxNested::descriptor()));
}

TEST_CASE("message schema: a retired message is told in classes and in stored schemas alike") {
    CHECK(is_retired(*bank::v1::MoneyWithdrawn::descriptor()));
    CHECK(is_retired(message_schema{schema_of(bank::v1::MoneyWithdrawn{})}.descriptor()));
    CHECK_FALSE(is_retired(*bank::v1::MoneyDeposited::descriptor()));
    CHECK_FALSE(is_retired(message_schema{schema_of(bank::v1::MoneyDeposited{})}.descriptor()));
}
