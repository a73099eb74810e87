// The walk over encoded bytes against what Protobuf's own parser takes, for classes that the tests know and for random
// ones.
#include "support/seed.hpp"

#include "../../core/src/string_plan.hpp"

#include <foldline_tests/codec/v1/legacy.pb.h>
#include <foldline_tests/codec/v1/shapes.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <memory>
#include <random>
#include <string>

using foldline::detail::string_plan;
namespace pb = google::protobuf;
namespace v1 = foldline_tests::codec::v1;
using field_proto = pb::FieldDescriptorProto;

namespace {

field_proto& add_field(pb::DescriptorProto& message, int number, field_proto::Type type, const std::string& of = {}) {
    field_proto& field = *message.add_field();
    field.set_name("f" + std::to_string(number));
    field.set_number(number);
    field.set_type(type);
    field.set_label(field_proto::LABEL_OPTIONAL);
    if (!of.empty()) field.set_type_name("." + of);
    return field;
}

/// A file of classes M0, M1, … that a test makes up.
class made_up_classes {
public:
    explicit made_up_classes(const std::string& syntax = "proto3") {
        file_.set_name("made_up.proto");
        file_.set_syntax(syntax);
    }

    pb::DescriptorProto& add() {
        pb::DescriptorProto& message = *file_.add_message_type();
        message.set_name("M" + std::to_string(file_.message_type_size() - 1));
        return message;
    }
    const pb::Descriptor& build(int which) {
        const pb::FileDescriptor* file = pool_.BuildFile(file_);
        REQUIRE(file);
        return *file->message_type(which);
    }
    std::unique_ptr<pb::Message> make(const pb::Descriptor& type) {
        return std::unique_ptr<pb::Message>{factory_.GetPrototype(&type)->New()};
    }

private:
    pb::FileDescriptorProto file_;
    pb::DescriptorPool pool_;
    pb::DynamicMessageFactory factory_{&pool_};
};

using random_source = std::mt19937_64;

std::size_t below(random_source& random, std::size_t limit) { return random() % limit; }

/// Four classes; each can hold only those before it, so that nothing nests without end.
const pb::Descriptor& build_random(made_up_classes& classes, random_source& random) {
    constexpr int count = 4;
    const field_proto::Type types[] = {field_proto::TYPE_STRING,  field_proto::TYPE_STRING, field_proto::TYPE_BYTES,
                                       field_proto::TYPE_INT64,   field_proto::TYPE_SINT32, field_proto::TYPE_FIXED32,
                                       field_proto::TYPE_FIXED64, field_proto::TYPE_BOOL,   field_proto::TYPE_MESSAGE,
                                       field_proto::TYPE_MESSAGE};
    for (int i = 0; i < count; ++i) {
        pb::DescriptorProto& message = classes.add();
        const std::size_t fields = below(random, 6);
        int number = 0;
        for (std::size_t n = 0; n < fields; ++n) {
            number += 1 + static_cast<int>(below(random, 4) == 0 ? below(random, 190) : below(random, 3));
            auto type = types[below(random, std::size(types))];
            if (type == field_proto::TYPE_MESSAGE && i == 0) type = field_proto::TYPE_STRING;
            const std::string of = type == field_proto::TYPE_MESSAGE
                                       ? "M" + std::to_string(below(random, static_cast<std::size_t>(i)))
                                       : std::string{};
            if (below(random, 3) == 0) add_field(message, number, type, of).set_label(field_proto::LABEL_REPEATED);
            else add_field(message, number, type, of);
        }
    }
    return classes.build(count - 1);
}

/// Mostly good text; now and then a byte that is none, at a random place.
std::string random_text(random_source& random, bool may_be_bad) {
    std::string text;
    const std::size_t parts = below(random, 20);
    for (std::size_t i = 0; i < parts; ++i)
        text += below(random, 8) == 0 ? "\xE2\x82\xAC" : std::string(1, static_cast<char>('a' + below(random, 26)));
    if (may_be_bad && below(random, 12) == 0) text.insert(below(random, text.size() + 1), 1, '\xC3');
    return text;
}

void fill(pb::Message& message, random_source& random);

void fill(pb::Message& message, const pb::FieldDescriptor& field, random_source& random) {
    const pb::Reflection& reflection = *message.GetReflection();
    using cpp = pb::FieldDescriptor;
    const auto number = static_cast<std::int64_t>(random() >> below(random, 64));
    const bool many = field.is_repeated();
    switch (field.cpp_type()) {
        case cpp::CPPTYPE_STRING: {
            const bool is_text = field.type() == cpp::TYPE_STRING;
            std::string value = is_text ? random_text(random, true) : std::string(below(random, 12), '\xC3');
            if (many) reflection.AddString(&message, &field, std::move(value));
            else reflection.SetString(&message, &field, std::move(value));
            break;
        }
        case cpp::CPPTYPE_MESSAGE:
            fill(many ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
                 random);
            break;
        case cpp::CPPTYPE_INT64:
            if (many) reflection.AddInt64(&message, &field, number);
            else reflection.SetInt64(&message, &field, number);
            break;
        case cpp::CPPTYPE_INT32:
            if (many) reflection.AddInt32(&message, &field, static_cast<std::int32_t>(number));
            else reflection.SetInt32(&message, &field, static_cast<std::int32_t>(number));
            break;
        case cpp::CPPTYPE_UINT32:
            if (many) reflection.AddUInt32(&message, &field, static_cast<std::uint32_t>(number));
            else reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(number));
            break;
        case cpp::CPPTYPE_UINT64:
            if (many) reflection.AddUInt64(&message, &field, static_cast<std::uint64_t>(number));
            else reflection.SetUInt64(&message, &field, static_cast<std::uint64_t>(number));
            break;
        default:
            if (many) reflection.AddBool(&message, &field, number % 2 == 0);
            else reflection.SetBool(&message, &field, number % 2 == 0);
    }
}

void fill(pb::Message& message, random_source& random) {
    const pb::Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i)
        for (std::size_t times = below(random, type.field(i)->is_repeated() ? 4 : 2); times > 0; --times)
            fill(message, *type.field(i), random);
}

bool is_readable_back(const pb::Message& message) {
    try {
        foldline::require_readable_back(message);
        return true;
    } catch (const foldline::invalid_request&) {
        return false;
    }
}

bool covers(const pb::Descriptor& type) { return string_plan{type}.covers_class(); }

}  // namespace

TEST_CASE("string plan: for messages of random classes the bytes say what the messages say") {
    const auto seed = foldline_tests::seed_of_this_run();
    CAPTURE(seed);
    random_source random{seed};
    int good = 0;
    int bad = 0;
    for (int round = 0; round < 300; ++round) {
        made_up_classes classes;
        const pb::Descriptor& type = build_random(classes, random);
        const string_plan plan{type};
        REQUIRE(plan.covers_class());
        for (int i = 0; i < 10; ++i) {
            const auto message = classes.make(type);
            fill(*message, random);
            const bool readable = is_readable_back(*message);
            CAPTURE(type.file()->DebugString());
            REQUIRE(plan.is_surely_utf8(message->SerializeAsString()) == readable);
            ++(readable ? good : bad);
        }
    }
    CHECK(good > 100);
    CHECK(bad > 100);
}

TEST_CASE("string plan: what Protobuf parses again is sure, and what it refuses for a string is not") {
    v1::ShapeDrawn shape;
    shape.set_name("caf\xC3\xA9");
    shape.set_pixels("\xFF\xC3(");
    shape.add_labels("label");
    shape.mutable_corner()->set_x(-1);
    (*shape.mutable_notes())["key"] = "value";
    (*shape.mutable_corner_of())[7].set_label("seventh");
    shape.mutable_drawn_at()->set_seconds(1'600'000'000);
    const std::string whole = shape.SerializeAsString();
    const string_plan plan{*shape.GetDescriptor()};
    REQUIRE(plan.is_surely_utf8(whole));
    int sure = 0;
    int parsed = 0;
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        // A copy of its own on the heap, so that a read behind the end is seen.
        auto flipped = std::make_unique<std::string>(whole);
        (*flipped)[bit / 8] = static_cast<char>((*flipped)[bit / 8] ^ (1 << (bit % 8)));
        sure += plan.is_surely_utf8(*flipped) ? 1 : 0;
        v1::ShapeDrawn again;
        if (!again.ParseFromString(*flipped)) continue;
        ++parsed;
        CAPTURE(bit);
        // Fields that the class does not have may be groups, which are left to the message.
        again.DiscardUnknownFields();
        REQUIRE(plan.is_surely_utf8(again.SerializeAsString()));
        again.set_name("\xC3(");
        REQUIRE_FALSE(plan.is_surely_utf8(again.SerializeAsString()));
    }
    CHECK(parsed > 100);
    CHECK(sure > 100);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string cut = whole.substr(0, size);
        CAPTURE(size);
        if (v1::ShapeDrawn again; again.ParseFromString(cut)) REQUIRE(plan.is_surely_utf8(cut));
    }
}

TEST_CASE("string plan: a class without strings needs no look at its bytes") {
    CHECK(string_plan{*pb::Timestamp::descriptor()}.is_surely_utf8("\xFF"));
    made_up_classes classes;
    add_field(classes.add(), 1, field_proto::TYPE_BYTES);
    add_field(classes.add(), 1, field_proto::TYPE_MESSAGE, "M0");
    CHECK(string_plan{classes.build(1)}.is_surely_utf8("\xFF"));
}

TEST_CASE("string plan: a field of another wire type, or of a number the class lacks, is no string") {
    const string_plan plan{*v1::Corner::descriptor()};
    CHECK(plan.is_surely_utf8(std::string("\x18\x96\x01", 3)));
    CHECK(plan.is_surely_utf8("\x22\x02\xC3("));
    CHECK(plan.is_surely_utf8("\xFA\x3E\x02\xC3("));
    CHECK_FALSE(plan.is_surely_utf8("\x1A\x02\xC3("));
    CHECK_FALSE(
        plan.is_surely_utf8("\x1A\x03"
                            "ab"));
    CHECK_FALSE(plan.is_surely_utf8("\x1B\x1C"));
}

TEST_CASE("string plan: classes whose bytes cannot tell are not covered") {
    CHECK(covers(*v1::ShapeDrawn::descriptor()));
    CHECK_FALSE(covers(*v1::BoxNested::descriptor()));     // holds itself
    CHECK_FALSE(covers(*pb::Struct::descriptor()));        // through others
    CHECK_FALSE(covers(*v1::LegacyStored::descriptor()));  // extensions

    made_up_classes far;
    add_field(far.add(), 1'000, field_proto::TYPE_STRING);
    add_field(far.add(), 1'001, field_proto::TYPE_STRING);
    const pb::Descriptor& near_enough = far.build(0);
    CHECK(covers(near_enough));
    CHECK_FALSE(covers(*near_enough.file()->message_type(1)));

    made_up_classes grouped{"proto2"};
    pb::DescriptorProto& holder = grouped.add();
    pb::DescriptorProto& group = *holder.add_nested_type();
    group.set_name("F1");
    add_field(group, 2, field_proto::TYPE_STRING);
    add_field(holder, 1, field_proto::TYPE_GROUP, "M0.F1");
    CHECK_FALSE(covers(grouped.build(0)));
}

TEST_CASE("string plan: a class is covered only if none of its messages nests too deep to be parsed") {
    made_up_classes chain;
    add_field(chain.add(), 1, field_proto::TYPE_STRING);
    for (int i = 1; i < 110; ++i) add_field(chain.add(), 1, field_proto::TYPE_MESSAGE, "M" + std::to_string(i - 1));
    const pb::Descriptor& innermost = chain.build(0);
    int covered = 0;
    for (int i = 0; i < 110; ++i) {
        const pb::Descriptor& type = *innermost.file()->message_type(i);
        if (!covers(type)) continue;
        ++covered;
        const auto message = chain.make(type);
        pb::Message* at = message.get();
        for (int depth = 0; depth < i; ++depth)
            at = at->GetReflection()->MutableMessage(at, at->GetDescriptor()->field(0));
        at->GetReflection()->SetString(at, at->GetDescriptor()->field(0), "innermost");
        REQUIRE(chain.make(type)->ParseFromString(message->SerializeAsString()));
        REQUIRE(string_plan{type}.is_surely_utf8(message->SerializeAsString()));
        at->GetReflection()->SetString(at, at->GetDescriptor()->field(0), "\xC3(");
        REQUIRE_FALSE(string_plan{type}.is_surely_utf8(message->SerializeAsString()));
    }
    CHECK(covered == 100);
}
