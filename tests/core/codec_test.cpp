#include <foldline_tests/codec/v1/legacy.pb.h>
#include <foldline_tests/codec/v1/shapes.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace foldline;
namespace v1 = foldline_tests::codec::v1;

namespace {

const std::string not_utf8 = "\xC3(";

v1::ShapeDrawn full_shape() {
    v1::ShapeDrawn shape;
    shape.set_name("caf\xC3\xA9");
    shape.set_pixels(std::string("\x00\xFF\xC3(", 4));  // bytes may hold anything
    shape.add_labels("one");
    shape.add_labels("");
    shape.mutable_corner()->set_x(-1);
    shape.add_corners()->set_label("first");
    (*shape.mutable_notes())["key"] = "value";
    (*shape.mutable_corner_of())[7].set_label("seventh");
    shape.mutable_framed()->set_y(2);
    shape.mutable_drawn_at()->set_seconds(5);
    return shape;
}

event_view view_of(const event_data& event) {
    static const stream_id stream{"shape", "1"};
    event_view view;
    view.stream = stream.ref();
    view.version = stream_version{3};
    view.position = global_position{30};
    view.metadata = event.metadata;
    view.payload = event.payload;
    return view;
}

/// Why a message is refused; empty if it is taken.
std::string refusal_of(const google::protobuf::Message& message) {
    try {
        (void)to_event(message);
        return {};
    } catch (const invalid_request& refused) {
        return refused.what();
    }
}

v1::BoxNested nested(int depth) {
    v1::BoxNested outermost;
    v1::BoxNested* box = &outermost;
    for (int i = 0; i < depth; ++i) box = box->mutable_inner();
    box->set_label("innermost");
    return outermost;
}

v1::BoxNested nested_in_maps(int depth) {
    v1::BoxNested outermost;
    v1::BoxNested* box = &outermost;
    for (int i = 0; i < depth; ++i) box = &(*box->mutable_shelves())["shelf"];
    box->set_label("innermost");
    return outermost;
}

/// Whether Protobuf's own parser takes what its serializer made of the message.
bool is_parsed_again(const v1::BoxNested& message) {
    v1::BoxNested again;
    return again.ParseFromString(message.SerializeAsString());
}

}  // namespace

TEST_CASE("codec: an event bears the type, schema and bytes of its message") {
    const v1::ShapeDrawn shape = full_shape();
    const event_data event = to_event(shape, metadata{.actor = "tester"});
    CHECK(event.type.to_string() == "shape-drawn@3");
    CHECK(decode_metadata(event.metadata).actor == "tester");
    REQUIRE(event.schema);
    CHECK(event.schema->message == "foldline_tests.codec.v1.ShapeDrawn");
    CHECK(event.schema == &schema_of(v1::ShapeDrawn{}));
    CHECK_FALSE(event.id);
    CHECK_FALSE(event.occurred_at);

    v1::ShapeDrawn again;
    REQUIRE(&decode(view_of(event), again, event.type) == &again);
    CHECK(again.DebugString() == shape.DebugString());
}

TEST_CASE("codec: a reused message keeps nothing of the event before") {
    v1::ShapeDrawn reused;
    const event_data first = to_event(full_shape());
    decode(view_of(first), reused, first.type);
    const event_data second = to_event(v1::ShapeDrawn{});
    CHECK(second.payload.empty());
    decode(view_of(second), reused, second.type);
    CHECK(reused.ByteSizeLong() == 0);
}

TEST_CASE("codec: a message that a decorator made is handed on, and the reused one left alone") {
    const v1::ShapeDrawn made = full_shape();
    event_view view;
    view.message = &made;
    v1::ShapeDrawn reused;
    CHECK(&decode(view, reused, {}) == &made);
    CHECK(reused.ByteSizeLong() == 0);
}

TEST_CASE("codec: bytes that do not decode are an event failure that names the place") {
    event_data event = to_event(full_shape());
    v1::ShapeDrawn reused;
    for (const std::string& payload : {std::string("\xFF"), event.payload.substr(0, event.payload.size() - 1),
                                       std::string("\x0A\x02") + not_utf8, std::string("\x0C")}) {
        event.payload = payload;
        try {
            decode(view_of(event), reused, event.type);
            FAIL("it decoded");
        } catch (const event_failure& failure) {
            CHECK(failure.type == "shape-drawn@3");
            CHECK(failure.stream == "shape-1");
            CHECK(failure.version == stream_version{3});
            CHECK(failure.position == global_position{30});
        }
    }
}

TEST_CASE("codec: a message without the option is no event") {
    CHECK_THROWS_AS((void)to_event(v1::NotAnEvent{}), definition_error);
    CHECK_THROWS_AS((void)schema_of(v1::Corner{}), definition_error);
    CHECK_THROWS_AS((void)to_event(google::protobuf::Timestamp{}), definition_error);
    CHECK(event_type_of(*v1::NotAnEvent::descriptor()).version == 0);
}

TEST_CASE("codec: a string that is not UTF-8 is refused wherever it stands, and its field named") {
    using spoil = std::function<void(v1::ShapeDrawn&)>;
    const std::pair<const char*, spoil> places[] = {
        {"name", [](auto& shape) { shape.set_name(not_utf8); }},
        {"labels", [](auto& shape) { shape.set_labels(1, not_utf8); }},
        {"label", [](auto& shape) { shape.mutable_corner()->set_label(not_utf8); }},
        {"label", [](auto& shape) { shape.mutable_corners(0)->set_label(not_utf8); }},
        {"key", [](auto& shape) { (*shape.mutable_notes())[not_utf8] = "v"; }},
        {"value", [](auto& shape) { (*shape.mutable_notes())["k"] = not_utf8; }},
        {"label", [](auto& shape) { (*shape.mutable_corner_of())[8].set_label(not_utf8); }},
        {"label", [](auto& shape) { shape.mutable_framed()->set_label(not_utf8); }},
        {"colour", [](auto& shape) { shape.set_colour(not_utf8); }},
    };
    REQUIRE(refusal_of(full_shape()).empty());
    for (const auto& [field, spoil_it] : places) {
        CAPTURE(field);
        v1::ShapeDrawn shape = full_shape();
        spoil_it(shape);
        CHECK(refusal_of(shape).find("the string '" + std::string(field) + "' is not UTF-8") != std::string::npos);
        // It is refused for a reason: Protobuf would write it, and not read it.
        v1::ShapeDrawn again;
        CHECK_FALSE(again.ParseFromString(shape.SerializeAsString()));
    }
}

TEST_CASE("codec: what is nested is taken exactly as deep as Protobuf reads it") {
    for (const int depth : {0, 1, 50, 99, 100, 101, 102, 150}) {
        CAPTURE(depth);
        CHECK(refusal_of(nested(depth)).empty() == is_parsed_again(nested(depth)));
    }
    CHECK(refusal_of(nested(100)).empty());
    CHECK(refusal_of(nested(101)).find("nested more than 100 deep") != std::string::npos);
    for (const int depth : {1, 49, 50, 51, 52}) {
        CAPTURE(depth);
        CHECK(refusal_of(nested_in_maps(depth)).empty() == is_parsed_again(nested_in_maps(depth)));
    }
    CHECK(refusal_of(nested_in_maps(50)).empty());
    CHECK_FALSE(refusal_of(nested_in_maps(51)).empty());
}

TEST_CASE("codec: ten thousand nested messages are refused, not a stack overflow") {
    CHECK(refusal_of(nested(10'000)).find("nested more than 100 deep") != std::string::npos);
}

TEST_CASE("codec: a missing required field is refused when written and when read") {
    v1::LegacyStored legacy;
    CHECK(refusal_of(legacy).find("required fields are missing: id") != std::string::npos);
    legacy.set_id("1");
    CHECK(refusal_of(legacy).empty());
    legacy.mutable_inner();
    CHECK(refusal_of(legacy).find("inner.size") != std::string::npos);

    event_data event;
    event.type = {"legacy-stored", 1};
    event.payload = legacy.SerializePartialAsString();
    v1::LegacyStored reused;
    CHECK_THROWS_AS(decode(view_of(event), reused, event.type), event_failure);
}

TEST_CASE("codec: extensions are looked into as well") {
    v1::LegacyStored legacy;
    legacy.set_id("1");
    legacy.MutableExtension(v1::box)->set_label("good");
    CHECK(refusal_of(legacy).empty());
    legacy.MutableExtension(v1::box)->set_label(not_utf8);
    v1::LegacyStored again;
    CHECK_FALSE(again.ParseFromString(legacy.SerializeAsString()));
    CHECK_FALSE(refusal_of(legacy).empty());

    *legacy.MutableExtension(v1::box) = nested(99);
    CHECK(refusal_of(legacy).empty());
    CHECK(again.ParseFromString(legacy.SerializeAsString()));
    *legacy.MutableExtension(v1::box) = nested(100);
    CHECK_FALSE(refusal_of(legacy).empty());
    CHECK_FALSE(again.ParseFromString(legacy.SerializeAsString()));
}

TEST_CASE("codec: an event is refused with the words that the message alone is refused with") {
    v1::ShapeDrawn shape = full_shape();
    (*shape.mutable_corner_of())[8].set_label(not_utf8);
    shape.add_labels(not_utf8);
    std::string alone;
    try {
        require_readable_back(shape);
    } catch (const invalid_request& refused) {
        alone = refused.what();
    }
    CHECK_FALSE(alone.empty());
    CHECK(refusal_of(shape) == alone);
}

TEST_CASE("codec: fields that the class does not know, groups among them, are carried") {
    v1::ShapeDrawn shape = full_shape();
    auto& unknown = *shape.GetReflection()->MutableUnknownFields(&shape);
    unknown.AddLengthDelimited(2'000, not_utf8);
    unknown.AddVarint(1, 7);
    unknown.AddGroup(30)->AddFixed32(31, 5);
    CHECK(refusal_of(shape).empty());
    CHECK(to_event(shape).payload == shape.SerializeAsString());
    shape.set_name(not_utf8);
    CHECK(refusal_of(shape).find("the string 'name' is not UTF-8") != std::string::npos);
}

TEST_SUITE("threads") {
    TEST_CASE("codec: threads that encode events of several classes at once get the same schemas and verdicts") {
        const v1::ShapeDrawn good = full_shape();
        v1::ShapeDrawn bad = full_shape();
        bad.set_name(not_utf8);
        const v1::BoxNested box = nested(50);
        std::vector<std::vector<const event_schema*>> seen(4);
        {
            std::vector<std::jthread> threads;
            for (auto& mine : seen)
                threads.emplace_back([&] {
                    for (int i = 0; i < 50; ++i) {
                        mine.push_back(to_event(good).schema);
                        mine.push_back(to_event(box).schema);
                        mine.push_back(refusal_of(bad).empty() ? nullptr : &schema_of(bad));
                    }
                });
        }
        for (const auto& mine : seen) CHECK(mine == seen[0]);
        CHECK(seen[0][2] == &schema_of(good));
    }
}
