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

/// The schema of an event, as a program had it that lacked the field.
template <class Event = ParcelSent>
event_schema schema_without(const std::string& field) {
    event_schema schema = schema_of(Event{});
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

/// A program whose only projection fails at every new member, and says at whom.
class greeting_house final : public cli::projection_host {
public:
    greeting_house(const std::filesystem::path& store, const error_policy& policy)
        : house_(store, std::make_shared<knowledge>()),
          described_{{"greetings", "Letters to new members", [] { return failing(); }, policy}} {}
    [[nodiscard]] const event_store& events() override { return house_.events(); }
    [[nodiscard]] read_model_store& models() override { return house_.models(); }
    [[nodiscard]] commit_signal& commits() override { return house_.commits(); }
    [[nodiscard]] std::span<const cli::described_projection> projections() const override { return described_; }

private:
    static std::unique_ptr<projection> failing() {
        auto made = std::make_unique<sql_projection>("greetings", 1);
        made->table("greetings", "create table greetings (member text primary key) strict");
        made->on([](const people::v1::MemberJoined& joined, const event_view&, sql_session&) {
            throw std::runtime_error("cannot write to " + joined.email());
        });
        made->erase_key_by([](std::string_view, sql_session&) {});
        return made;
    }

    clubhouse house_;
    std::vector<cli::described_projection> described_;
};

struct greeting_club : projecting_club {
    explicit greeting_club(const error_policy& policy = error_policy::park_at_once()) {
        program.projections = [policy](const std::filesystem::path& file) {
            return std::make_unique<greeting_house>(file, policy);
        };
    }
    void join(const std::string& stream, const std::string& email) { store(stream, joined(email)); }
    static people::v1::MemberJoined joined(const std::string& email) {
        people::v1::MemberJoined event;
        event.set_email(email);
        return event;
    }
    /// Each verb about dead letters that repeats their errors.
    [[nodiscard]] std::vector<ran> letters(const std::vector<std::string>& more = {}) const {
        std::vector<ran> all;
        for (const char* shape : {"text", "json", "ndjson"}) {
            const auto add = [&](const std::string& verb, std::vector<std::string> arguments) {
                arguments.insert(arguments.end(), {"--format", shape});
                arguments.insert(arguments.end(), more.begin(), more.end());
                all.push_back(run({"dead-letters", verb}, arguments));
            };
            add("list", {});
            add("show", {"greetings", "1"});
            add("explain", {"greetings", "1"});
            add("retry", {"greetings", "--all"});
        }
        return all;
    }
};

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

TEST_CASE("masking: no verb about dead letters repeats what an error says of a person, unless it is asked to") {
    greeting_club of;
    of.join("member-1", "ann@example.org");
    REQUIRE(of.catch_up().code == 0);
    for (const ran& each : of.letters()) {
        CHECK_FALSE_MESSAGE(each.tells("ann@"), each.out, each.err);
        CHECK_MESSAGE(each.tells("cannot write to ***"), each.out, each.err);
    }
    for (const ran& each : of.letters({"--unmasked"}))
        CHECK_MESSAGE(each.tells("to ann@example.org"), each.out, each.err);
}

TEST_CASE("masking: what was given up is told without what its error and the reason say of a person") {
    greeting_club of;
    of.join("member-1", "ann@example.org");
    REQUIRE(of.catch_up().code == 0);
    REQUIRE(of.run({"dead-letters", "drop"}, {"greetings", "1", "--reason", "asked ann@example.org"}).code == 0);
    for (const char* shape : {"text", "json", "ndjson"}) {
        const std::vector<std::string> arguments{"greetings", "--format", shape};
        const ran masked = of.run({"dead-letters", "dropped"}, arguments);
        CHECK_FALSE_MESSAGE(masked.tells("ann@"), masked.out);
        CHECK(masked.says("cannot write to ***"));
        CHECK(masked.says("asked ***"));
        const ran shown = of.run({"dead-letters", "dropped"}, {"greetings", "--unmasked", "--format", shape});
        CHECK(shown.says("cannot write to ann@example.org"));
        CHECK(shown.says("asked ann@example.org"));
    }
}

TEST_CASE("masking: an error about an event whose personal fields nobody can tell is not shown at all") {
    const event_schema old = schema_without<people::v1::MemberJoined>("email");
    event_data unknown_field = to_event(greeting_club::joined("ann@example.org"));
    unknown_field.schema = &old;
    event_data undecodable = to_event(greeting_club::joined("ann@example.org"));
    undecodable.payload += "\xFF\xFF\xFF";
    for (const event_data& event : {unknown_field, undecodable}) {
        greeting_club of;
        of.store("member-1", event);
        REQUIRE(of.catch_up().code == 0);
        raw_sqlite{of.models_path()}.execute("update rm_parked set error = 'cannot write to ann@example.org'");
        for (const ran& each :
             {of.run({"dead-letters", "list"}), of.run({"dead-letters", "explain"}, {"greetings", "1"}),
              ran{{"dead-letters", of.path()}}}) {
            CHECK_FALSE_MESSAGE(each.tells("ann@"), each.out);
            CHECK_MESSAGE(each.says("--unmasked shows it"), each.out);
        }
        CHECK(of.run({"dead-letters", "list"}, {"--unmasked"}).says("to ann@example.org"));
    }
}

TEST_CASE("masking: an error is told whole where its event is of nobody, or has no schema that would say so") {
    projecting_club of;
    of.change_plan("member-1", "unknown");
    people::v1::PlanChanged plan;
    plan.set_plan("unknown too");
    event_data bare = to_event(plan);
    bare.schema = nullptr;
    of.store("member-2", bare);
    REQUIRE(of.catch_up().code == 0);
    const ran list = of.run({"dead-letters", "list"});
    CHECK_MESSAGE(list.says("there is no plan unknown\n"), list.out);
    CHECK_MESSAGE(list.says("there is no plan unknown too\n"), list.out);
}

TEST_CASE("masking: an error of an event that is not where it was is shown only if its type is of nobody") {
    greeting_club of;
    of.join("member-1", "ann@example.org");
    REQUIRE(of.catch_up().code == 0);
    raw_sqlite{of.models_path()}.execute("update rm_parked set position = 4711");
    CHECK_FALSE(of.run({"dead-letters", "list"}).says("ann@"));
    CHECK_FALSE(ran{{"dead-letters", of.path()}}.says("ann@"));
    raw_sqlite{of.models_path()}.execute("update rm_parked set type = 'plan-changed@1'");
    CHECK(of.run({"dead-letters", "list"}).says("cannot write to ann@"));
}

TEST_CASE("masking: one that follows, and stops at an event, does not tell of whom the event is") {
    greeting_club of{error_policy::stop()};
    of.change_plan("member-1", "gold");
    for (int number = 0; number < 5; ++number) of.join("member-1", "ann" + std::to_string(number) + "@example.org");
    const ran masked = of.catch_up();
    CHECK(masked.code == 5);
    CHECK_FALSE_MESSAGE(masked.complains("ann0"), masked.err);
    CHECK_MESSAGE(masked.complains("stopped at position "), masked.err);
    CHECK_MESSAGE(masked.complains(": cannot write to ***\n"), masked.err);
    const ran shown = of.catch_up({"--unmasked"});
    CHECK(shown.code == 5);
    CHECK(shown.complains(": cannot write to ann0@example.org\n"));
}

TEST_CASE("masking: a rebuild that ends at an event does not tell of whom the event is") {
    greeting_club of;
    of.join("member-1", "ann@example.org");
    REQUIRE(of.catch_up().code == 0);
    const ran masked = of.run({"projections", "rebuild"}, {"greetings", "--key", "member-1"});
    CHECK(masked.code == 5);
    CHECK_FALSE_MESSAGE(masked.tells("ann@"), masked.err);
    CHECK_MESSAGE(masked.complains("cannot write to ***"), masked.err);
    CHECK(of.run({"projections", "rebuild"}, {"greetings", "--key", "member-1", "--unmasked"}).complains("ann@"));
}
