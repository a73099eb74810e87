// `schema list`, `show`, `diff` and `export`: what events are made of, from the file alone.

#include "foldline_tests/people/v1/members.pb.h"
#include "foldline_tests/shop/v1/order.pb.h"
#include "parcels.hpp"
#include "ran.hpp"

#include <foldline/core/protobuf_codec.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
namespace pb = google::protobuf;

/// The schema of a message as it would be if `change` were made of it.
event_schema changed(const pb::Message& event, const std::function<void(pb::DescriptorProto&)>& change) {
    event_schema schema = schema_of(event);
    pb::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(schema.descriptor_set));
    for (auto& file : *files.mutable_file())
        for (auto& message : *file.mutable_message_type())
            if (message.name() == event.GetDescriptor()->name()) change(message);
    schema.descriptor_set = files.SerializeAsString();
    return schema;
}

void remove_field(pb::DescriptorProto& message, const std::string& name) {
    auto& fields = *message.mutable_field();
    for (int at = fields.size() - 1; at >= 0; --at)
        if (fields[at].name() == name) fields.DeleteSubrange(at, 1);
}

std::string text_in(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream{file, std::ios::binary}.rdbuf();
    return text.str();
}

/// Members, of whom the first joined before there were plans; and parcels.
struct members_and_parcels : club {
    members_and_parcels() {
        people::v1::MemberJoined joined;
        const event_schema old = changed(joined, [](auto& message) { remove_field(message, "plan"); });
        event_data before = to_event(joined);
        before.schema = &old;
        store("member-1", std::move(before));
        store("member-1", people::v1::PlanChanged{});
        store("member-2", joined);
        store("parcel-1", parcel("a"));
        store("parcel-1", parcels::v1::ParcelLost{});
        event_data bare;
        bare.type = {"thing-done", 3};
        store("thing-1", bare);
    }
};

/// Without what protoc adds to each field, and with what a message holds in the order that stored schemas have.
void make_comparable(pb::DescriptorProto& message) {
    for (auto& field : *message.mutable_field()) field.clear_json_name();
    auto& inside = *message.mutable_nested_type();
    for (auto& each : inside) make_comparable(each);
    std::sort(inside.pointer_begin(), inside.pointer_end(), [](auto* a, auto* b) { return a->name() < b->name(); });
}

bool has_protoc() { return std::system("protoc --version > /dev/null 2>&1") == 0; }

}  // namespace

TEST_CASE("schema list: a row for each type, with its revisions, events and marks") {
    const members_and_parcels of;
    const ran text{{"schema", "list", of.path()}};
    CHECK(text.code == 0);
    CHECK(text.err.empty());
    const ran lines{{"schema", "list", of.path(), "--format", "ndjson"}};
    CHECK(lines.says(R"({"event":"member-joined@1","name":"member-joined","version":1,"revisions":2,"events":2,)"
                     R"("first_position":1,"message":"foldline_tests.people.v1.MemberJoined","retired":false,)"
                     R"("personal":["email","birth_year","address.street","former_addresses.street",)"
                     R"("addresses_by_name.street"]})"));
    CHECK(lines.says(R"("event":"plan-changed@1","name":"plan-changed","version":1,"revisions":1,"events":1,)"
                     R"("first_position":2,)"));
    CHECK(lines.says(R"("message":"foldline_tests.parcels.v1.ParcelLost","retired":true,"personal":[])"));
    CHECK(lines.says(R"("event":"thing-done@3","name":"thing-done","version":3,"revisions":0,"events":1,)"
                     R"("first_position":6,"message":null,"retired":false,"personal":[],)"
                     R"("problem":"no schema is stored for it"})"));
    CHECK(text.says("member-joined@1"));
    CHECK(text.says("personal"));
    CHECK(text.says("retired"));
}

TEST_CASE("schema show: the newest revision is shown as a .proto, with its options") {
    const members_and_parcels of;
    const ran shown{{"schema", "show", of.path(), "member-joined"}};
    CHECK(shown.code == 0);
    for (const char* said :
         {"// member-joined@1, revision 2 of 2: foldline_tests.people.v1.MemberJoined\n",
          "// foldline_tests/people/v1/members.proto\n", "syntax = \"proto3\";\n",
          "package foldline_tests.people.v1;\n", "import \"foldline/options.proto\";", "message MemberJoined {",
          "string plan = 4;", "foldline.event", "foldline.personal", "foldline.subject_id", "map<string, "})
        CHECK_MESSAGE(shown.says(said), said << "\n" << shown.out);
    CHECK_FALSE(shown.says("PlanChanged"));
    const ran first{{"schema", "show", of.path(), "member-joined@1#1"}};
    CHECK(first.says("revision 1 of 2"));
    CHECK_FALSE(first.says("string plan = 4;"));
}

TEST_CASE("schema show: json has the files, the marks and the descriptors") {
    const members_and_parcels of;
    const ran shown{{"schema", "show", of.path(), "parcel-lost@1", "--format", "ndjson"}};
    CHECK(shown.says(R"({"event":"parcel-lost@1","revision":1,"revisions":1,)"
                     R"("message":"foldline_tests.parcels.v1.ParcelLost","retired":true,"personal":[],)"
                     R"("files":[{"name":"foldline_tests/parcels/v1/parcels.proto","text":"syntax = \"proto3\";)"));
    CHECK(shown.says("\"descriptor_set_base64\":\""));
}

TEST_CASE("schema show: what is not stored is not found, and a nearly right name is guessed") {
    const members_and_parcels of;
    CHECK(ran{{"schema", "show", of.path(), "member-joind"}}.complains("did you mean member-joined?"));
    CHECK(ran{{"schema", "show", of.path(), "member-joiend"}}.complains("did you mean member-joined?"));
    CHECK(ran{{"schema", "show", of.path(), "member-joined@2"}}.complains("did you mean member-joined@1?"));
    CHECK(ran{{"schema", "export", "--help"}}.says("[TYPE...]"));
    for (const char* missing : {"member-joind", "member-joined@2", "member-joined@1#3", "thing-done"}) {
        const ran refused{{"schema", "show", of.path(), missing}};
        CHECK_MESSAGE(refused.code == 3, missing);
    }
    for (const char* wrong : {"", "@1", "member-joined@", "member-joined@x", "member-joined#0", "#1"}) {
        const ran refused{{"schema", "show", of.path(), wrong}};
        CHECK_MESSAGE(refused.code == 2, wrong);
    }
}

TEST_CASE("schema diff: a revision that gains a field is compatible, and the way back is not") {
    const members_and_parcels of;
    const ran gained{{"schema", "diff", of.path(), "member-joined@1#1", "member-joined@1#2"}};
    CHECK(gained.code == 0);
    CHECK(gained.says("member-joined@1#1 -> member-joined@1#2: compatible\n"));
    CHECK(gained.says("  +   string plan = 4;\n"));
    const ran lost{{"schema", "diff", of.path(), "member-joined@1#2", "member-joined@1#1"}};
    CHECK(lost.code == 1);
    CHECK(lost.says(": breaking\n"));
    CHECK_MESSAGE(lost.says("MemberJoined.plan = 4"), lost.out);
    CHECK(lost.says("\n  why     "));
    CHECK(lost.says("\n  do      "));
    CHECK(lost.says("  -   string plan = 4;\n"));
    const ran json{{"schema", "diff", of.path(), "member-joined@1#2", "member-joined@1#1", "--format", "ndjson"}};
    CHECK(json.code == 1);
    CHECK(json.says(R"({"breaking":true,"differences":[{"before":"member-joined@1#2","after":"member-joined@1#1",)"));
    CHECK(json.says(R"x("level":"wire","weight":"breaking","where":")x"));
    const ran same{{"schema", "diff", of.path(), "plan-changed", "plan-changed"}};
    CHECK(same.code == 0);
    CHECK(same.out == "plan-changed@1 -> plan-changed@1: the same\n");
}

TEST_CASE("schema diff: the same types of two stores are compared, and the others named") {
    const members_and_parcels of;
    club other;
    people::v1::PlanChanged plan;
    const event_schema renumbered =
        changed(plan, [](auto& message) { message.mutable_field(0)->set_type(pb::FieldDescriptorProto::TYPE_INT64); });
    event_data event = to_event(plan);
    event.schema = &renumbered;
    other.store("member-1", event);
    other.store("order-1", shop::v1::NoteAdded{});
    const ran all{{"schema", "diff", of.path(), "--with", other.path()}};
    CHECK(all.code == 1);
    CHECK(all.says("plan-changed@1 -> plan-changed@1 of " + other.path() + ": breaking\n"));
    CHECK(all.says("member-joined@1#2: only in " + of.path() + "\n"));
    CHECK(all.says("note-added@1: only in " + other.path() + "\n"));
    CHECK(ran{{"schema", "diff", of.path(), "plan-changed", "--with", other.path()}}.code == 1);
    CHECK(ran{{"schema", "diff", of.path(), "member-joined", "--with", other.path()}}.code == 3);
    CHECK(ran{{"schema", "diff", of.path(), "--with", of.path()}}.code == 0);
}

TEST_CASE("schema diff: a level asks for more") {
    club of;
    people::v1::PlanChanged plan;
    of.store("member-1", plan);
    const event_schema renamed = changed(plan, [](auto& message) {
        message.mutable_field(0)->set_name("tariff");
        message.mutable_field(0)->set_json_name("tariff");
    });
    event_data event = to_event(plan);
    event.schema = &renamed;
    of.store("member-1", event);
    const std::vector<std::string> call{"schema", "diff", of.path(), "plan-changed@1#1", "plan-changed@1#2"};
    CHECK(ran{call}.code == 0);
    for (const char* level : {"json", "source"}) {
        auto with_level = call;
        with_level.insert(with_level.end(), {"--level", level});
        CHECK_MESSAGE(ran{with_level}.code == 1, level);
    }
}

TEST_CASE("schema diff: two schemas of the store are named, or another store") {
    const members_and_parcels of;
    CHECK(ran{{"schema", "diff", of.path()}}.code == 2);
    CHECK(ran{{"schema", "diff", of.path(), "plan-changed"}}.code == 2);
    CHECK(ran{{"schema", "diff", of.path(), "a", "b", "c"}}.code == 2);
    CHECK(ran{{"schema", "diff", of.path(), "--with", (of.folder / "none.db").string()}}.code == 3);
}

TEST_CASE("schema export: protoc compiles the files again to the same messages") {
    const members_and_parcels of;
    const auto folder = of.folder / "protos";
    const ran done{{"schema", "export", of.path(), folder.string()}};
    REQUIRE_MESSAGE(done.code == 0, done.err);
    CHECK(done.err.empty());
    CHECK(done.says("foldline_tests/people/v1/members.proto\n"));
    const std::string members = text_in(folder / "foldline_tests/people/v1/members.proto");
    // One event's schema lacks the other event: together they have both.
    CHECK(members.find("message MemberJoined {") != std::string::npos);
    CHECK(members.find("message PlanChanged {") != std::string::npos);
    pb::FileDescriptorSet stored;
    REQUIRE(stored.ParseFromString(text_in(folder / "descriptors.binpb")));
    if (!has_protoc()) return;
    const std::string made = (of.folder / "made.binpb").string();
    const std::string call = "protoc -I '" + folder.string() + "' --include_imports --descriptor_set_out='" + made +
                             "' '" + (folder / "foldline_tests/people/v1/members.proto").string() + "' '" +
                             (folder / "foldline_tests/parcels/v1/parcels.proto").string() + "'";
    REQUIRE(std::system(call.c_str()) == 0);
    pb::FileDescriptorSet compiled;
    REQUIRE(compiled.ParseFromString(text_in(made)));
    for (auto& file : *compiled.mutable_file()) {
        for (auto& message : *file.mutable_message_type()) make_comparable(message);
        if (file.name().rfind("foldline_tests/", 0) != 0) continue;
        const auto same = std::find_if(stored.file().begin(), stored.file().end(),
                                       [&](const auto& each) { return each.name() == file.name(); });
        REQUIRE(same != stored.file().end());
        CHECK_MESSAGE(same->SerializeAsString() == file.SerializeAsString(), file.name());
    }
}

TEST_CASE("schema export: only what is named is written, and nothing is overwritten") {
    const members_and_parcels of;
    const auto folder = of.folder / "protos";
    const ran done{{"schema", "export", of.path(), folder.string(), "member-joined@1#1", "--format", "ndjson"}};
    CHECK(done.says(R"("events":["member-joined@1#1"],"files":["foldline/options.proto",)"
                    R"("foldline_tests/people/v1/members.proto"],"set":"descriptors.binpb","clashes":[]})"));
    CHECK_FALSE(std::filesystem::exists(folder / "foldline_tests/parcels"));
    CHECK(text_in(folder / "foldline_tests/people/v1/members.proto").find("string plan") == std::string::npos);
    const ran again{{"schema", "export", of.path(), folder.string()}};
    CHECK(again.code == 1);
    CHECK(again.complains("not empty"));
}

TEST_CASE("schema export: where schemas disagree about a message the larger one is taken, and that is told") {
    const members_and_parcels of;
    const auto folder = of.folder / "protos";
    const ran done{{"schema", "export", of.path(), folder.string(), "member-joined@1#1", "member-joined@1#2"}};
    CHECK(done.code == 0);
    CHECK(done.complains("foldline_tests.people.v1.MemberJoined is not the same in all schemas"));
    CHECK(text_in(folder / "foldline_tests/people/v1/members.proto").find("string plan = 4;") != std::string::npos);
}

TEST_CASE("schema export: a stored name does not lead out of the folder") {
    club of;
    people::v1::PlanChanged plan;
    event_schema hostile = schema_of(plan);
    pb::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(hostile.descriptor_set));
    files.mutable_file(files.file_size() - 1)->set_name("../outside.proto");
    hostile.descriptor_set = files.SerializeAsString();
    event_data event = to_event(plan);
    event.schema = &hostile;
    of.store("member-1", event);
    const ran refused{{"schema", "export", of.path(), (of.folder / "protos").string()}};
    CHECK(refused.code == 5);
    CHECK(refused.complains("../outside.proto"));
    CHECK_FALSE(std::filesystem::exists(of.folder / "outside.proto"));
}

TEST_CASE("schema: the verb alone says what is missing") {
    const ran alone{{"schema"}};
    CHECK(alone.code == 2);
    CHECK(alone.complains("See: foldline schema --help"));
    CHECK(ran{{"schema", "shows", "x"}}.complains("did you mean show?"));
    for (const char* verb : {"list", "show", "diff", "export"}) {
        const ran help{{"schema", verb, "--help"}};
        CHECK(help.code == 0);
        CHECK_MESSAGE(help.says(std::string("\n  foldline schema ") + verb + " "), help.out);
    }
}
