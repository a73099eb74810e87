// What no command shows of people unless it is asked to, wherever a message holds it.

#include "clubhouse.hpp"
#include "parcels.hpp"
#include "ran.hpp"
#include "sqlite/raw_sqlite.hpp"

#include <foldline/core/protobuf_codec.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using parcels::v1::Item;
using parcels::v1::ParcelSent;
using parcels::v1::Place;

/// A parcel with "secret" in each field that is personal, and "open" in others.
ParcelSent full_parcel() {
    ParcelSent event = parcel("open-1");
    event.set_customer_id("open-2");
    event.mutable_to()->set_street("secret-1");
    event.mutable_to()->set_country("open-3");
    Item& item = *event.add_items();
    item.set_sku("open-4");
    item.set_engraving("secret-2");
    item.add_parts()->set_engraving("secret-3");
    (*event.mutable_boxes())["open-5"].add_parts()->set_engraving("secret-4");
    event.set_signed_by("secret-5");
    event.mutable_phone()->set_value("secret-6");
    (*event.mutable_contacts())["secret-7"] = "secret-8";
    event.set_bell("secret-9");
    event.mutable_billed()->set_country("secret-10");
    return event;
}

/// `inside` in as many wrappings as are asked for.
google::protobuf::Any wrapped(const google::protobuf::Message& inside, int times) {
    google::protobuf::Any any;
    any.PackFrom(inside);
    for (; times > 1; --times) {
        google::protobuf::Any outer;
        outer.PackFrom(any);
        any = outer;
    }
    return any;
}

/// The schema of a parcel, as a program had it that lacked the field.
event_schema schema_without(const std::string& field) {
    event_schema schema = schema_of(ParcelSent{});
    google::protobuf::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(schema.descriptor_set));
    for (auto& message : *files.mutable_file(0)->mutable_message_type()) {
        auto& fields = *message.mutable_field();
        for (int at = fields.size() - 1; at >= 0; --at)
            if (fields[at].name() == field) fields.DeleteSubrange(at, 1);
    }
    schema.descriptor_set = files.SerializeAsString();
    return schema;
}

/// Each way to see an event of the store.
std::vector<std::vector<std::string>> views_of(const std::string& store) {
    std::vector<std::vector<std::string>> views;
    for (const char* shape : {"text", "json", "ndjson"})
        for (std::vector<std::string> view : {std::vector<std::string>{"events", store},
                                              {"show", store, "1"},
                                              {"search", store, "--text", "open-1"},
                                              {"search", store, "--where", "parcel_id = open-1"}}) {
            view.insert(view.end(), {"--format", shape});
            views.push_back(view);
        }
    views.push_back({"tail", store, "--limit", "1"});
    views.push_back({"tail", store, "--limit", "1", "--format", "ndjson"});
    return views;
}

}  // namespace

TEST_CASE("masking: no view of an event shows a personal field, and each shows the others") {
    club post;
    post.store("parcel-1", full_parcel());
    for (std::vector<std::string> view : views_of(post.path())) {
        const ran masked{view};
        CAPTURE(masked.out);
        CHECK_MESSAGE(masked.code == 0, masked.err);
        CHECK_FALSE(masked.says("secret"));
        CHECK(masked.says("***"));
        for (const char* open : {"open-1", "open-2", "open-3", "open-4", "open-5"}) CHECK(masked.says(open));
        view.push_back("--unmasked");
        const ran shown{view};
        for (const char* secret : {"secret-1\"", "secret-2", "secret-3", "secret-4", "secret-5", "secret-6", "secret-7",
                                   "secret-8", "secret-9", "secret-10"})
            CHECK_MESSAGE(shown.says(secret), shown.out);
        CHECK_FALSE(shown.says("***"));
    }
}

TEST_CASE("masking: an attachment is masked, however often it is wrapped") {
    for (const int times : {1, 2, 5}) {
        CAPTURE(times);
        club post;
        ParcelSent event = parcel("open-1");
        *event.mutable_attachment() = wrapped(full_parcel(), times);
        post.store("parcel-1", event);
        const ran masked{{"events", post.path()}};
        CHECK(masked.code == 0);
        CHECK_FALSE_MESSAGE(masked.says("secret"), masked.out);
        CHECK_MESSAGE(masked.says("open-4"), masked.out);
        CHECK(ran{{"events", post.path(), "--unmasked"}}.says("secret-10"));
    }
}

TEST_CASE("masking: a field that the stored schema does not know is not shown at all") {
    club post;
    const event_schema old = schema_without("signed_by");
    event_data event = to_event(full_parcel());
    event.schema = &old;
    post.store("parcel-1", event);
    for (const auto& view : views_of(post.path())) {
        const ran masked{view};
        CHECK_FALSE_MESSAGE(masked.says("secret"), masked.out);
        CHECK_MESSAGE(masked.says("fields that its stored schema does not know"), masked.out);
    }
    CHECK_FALSE(ran{{"show", post.path(), "1", "--unmasked"}}.says("secret-5"));
}

TEST_CASE("masking: an event of an older schema is read, and masked, by the newest one") {
    club post;
    const event_schema old = schema_without("signed_by");
    event_data before = to_event(full_parcel());
    before.schema = &old;
    post.store("parcel-1", before);
    post.store("parcel-1", full_parcel());
    const ran masked{{"show", post.path(), "1"}};
    CHECK(masked.says("revision 2 of 2"));
    CHECK(masked.says(R"("signed_by": "***")"));
    CHECK_FALSE(masked.says("secret"));
    CHECK_FALSE(masked.says("does not know"));
    CHECK(ran{{"show", post.path(), "1", "--unmasked"}}.says(R"("signed_by": "secret-5")"));
}

TEST_CASE("masking: bytes that do not decode are not shown by any view") {
    club post;
    event_data event = to_event(full_parcel());
    event.payload += "\xFF\xFF\xFF";
    post.store("parcel-1", event);
    for (const char* shape : {"text", "json"}) {
        const ran masked{{"show", post.path(), "1", "--format", shape}};
        CHECK(masked.code == 0);
        CHECK(masked.says("its bytes may hold personal data and are not shown"));
        CHECK_FALSE(masked.says("c2VjcmV0"));
        CHECK_FALSE(masked.says("base64"));
    }
}

TEST_CASE("masking: a dead letter's error does not tell what its event keeps to itself") {
    // The plan is no personal field; what an error repeats of a member's name is.
    projecting_club members;
    people::v1::MemberJoined joined;
    joined.set_email("ann@example.org");
    members.store("member-1", joined);
    members.change_plan("member-1", "unknown");
    CHECK(members.catch_up().code == 0);
    raw_sqlite{members.models_path()}.execute(
        "update rm_parked set position = 1, error = 'cannot write to ann@example.org'");
    for (const char* shape : {"text", "json", "ndjson"}) {
        const ran masked{{"dead-letters", members.path(), "--format", shape}};
        CHECK(masked.code == 0);
        CHECK_FALSE_MESSAGE(masked.says("ann@"), masked.out);
        CHECK_MESSAGE(masked.says("cannot write to ***"), masked.out);
        CHECK(ran{{"dead-letters", members.path(), "--format", shape, "--unmasked"}}.says("to ann@example.org"));
    }
}
