#include "support/described.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/schema_history.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace {

using foldline_tests::described;
using foldline_tests::scratch_folder;
using namespace foldline;

const event_type order_placed{"order-placed", 1};

schema_set placed_with(const std::string& fields) {
    return events_in(
        described({{"shop.v1", "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1}; " +
                                   fields + " }"}}));
}

struct repository_folder {
    repository_folder() { history().record(placed_with("int64 total = 1;")); }

    [[nodiscard]] schema_history history() const { return schema_history{folder / "schemas"}; }
    [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder / ("schemas/" + name); }
    [[nodiscard]] std::string text(const std::string& name) const {
        std::ifstream in{file(name), std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories(file(name).parent_path());
        std::ofstream{file(name), std::ios::binary} << text;
    }
    /// What reading it again complains of, without the name of the folder.
    [[nodiscard]] std::string complaint() const {
        try {
            (void)history();
        } catch (const corrupt_data& error) {
            std::string text = error.what();
            const std::string beginning = file("").string();
            for (auto at = text.find(beginning); at != std::string::npos; at = text.find(beginning))
                text.erase(at, beginning.size());
            return text;
        }
        return {};
    }

    scratch_folder folder;
};

std::string changed(std::string text, const std::string& from, const std::string& to) {
    REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("history: a folder that is not there has no schemas") {
    const scratch_folder folder;
    const schema_history history{folder / "schemas"};
    CHECK(history.past().schemas.empty());
    CHECK(history.past().kind == past_kind::every_release);
    CHECK_FALSE(std::filesystem::exists(folder / "schemas"));
}

TEST_CASE("history: a file says what it is, shows the .proto, and holds the schema as text") {
    const repository_folder repository;
    CHECK(
        repository.text("order-placed/1.1.textpb") ==
        R"(# order-placed@1, revision 1, as it was released. Written by `foldline schema accept`; never changed afterwards.
#
# // shop/v1.proto
# syntax = "proto3";
#
# import "foldline/options.proto";
# package shop.v1;
#
# message OrderPlaced {
#   option (.foldline.event) = {
#     name: "order-placed"
#     version: 1
#   };
#   int64 total = 1;
# }

name: "order-placed"
version: 1
revision: 1
message: "shop.v1.OrderPlaced"
files {
  file {
    name: "shop/v1.proto"
    package: "shop.v1"
    dependency: "foldline/options.proto"
    message_type {
      name: "OrderPlaced"
      field {
        name: "total"
        number: 1
        label: LABEL_OPTIONAL
        type: TYPE_INT64
      }
      options {
        [foldline.event] {
          name: "order-placed"
          version: 1
        }
      }
    }
    syntax: "proto3"
  }
}
)");
}

TEST_CASE("history: what was recorded is read as it was") {
    const repository_folder repository;
    const schema_set messages = placed_with("int64 total = 1;");
    const schema_history history = repository.history();
    REQUIRE(history.past().schemas.of(order_placed).size() == 1);
    const event_schema& read = history.past().schemas.of(order_placed).front();
    CHECK(read.message == "shop.v1.OrderPlaced");
    CHECK(read.descriptor_set == messages.of(order_placed).front().descriptor_set);
    CHECK(history.unrecorded(messages).empty());
}

TEST_CASE("history: a change is a revision of its own, and the files before it stay") {
    const repository_folder repository;
    const std::string before = repository.text("order-placed/1.1.textpb");
    schema_history history = repository.history();
    const auto changed_messages = placed_with("int64 total = 1; string note = 2;");
    CHECK(history.unrecorded(changed_messages).of(order_placed).size() == 1);
    const auto recorded = history.record(changed_messages);
    REQUIRE(recorded.size() == 1);
    CHECK(recorded.front().type == "order-placed@1");
    CHECK(recorded.front().revision == 2);
    CHECK(recorded.front().file == repository.file("order-placed/1.2.textpb"));
    CHECK(repository.text("order-placed/1.1.textpb") == before);
    CHECK(history.record(changed_messages).empty());
    CHECK(repository.history().past().schemas.of(order_placed).size() == 2);
    CHECK(repository.history().unrecorded(placed_with("int64 total = 1;")).of(order_placed).size() == 1);
}

TEST_CASE("history: a record of more than the event is made of is no other revision") {
    const repository_folder repository;
    const std::string sound = repository.text("order-placed/1.1.textpb");
    const std::string more = "    message_type { name: \"Other\" }\n    syntax: ";
    repository.write("order-placed/1.1.textpb", changed(sound, "    syntax: ", more));
    CHECK(repository.history().unrecorded(placed_with("int64 total = 1;")).empty());
    CHECK_FALSE(repository.history().unrecorded(placed_with("int64 total = 1; int64 tax = 2;")).empty());
}

TEST_CASE("history: options that are not foldline's, and derived names of JSON, leave no trace") {
    const auto plain = placed_with("int64 total_sum = 1;");
    const auto optioned = placed_with("int64 total_sum = 1 [json_name = \"totalSum\"];");
    const auto named = placed_with("int64 total_sum = 1 [json_name = \"sum\"];");
    CHECK(plain.of(order_placed).front().descriptor_set == optioned.of(order_placed).front().descriptor_set);
    CHECK(plain.of(order_placed).front().descriptor_set != named.of(order_placed).front().descriptor_set);

    const auto own = events_in(described(
        {{"shop.v1",
          "import \"google/protobuf/descriptor.proto\";"
          "extend google.protobuf.FieldOptions { bool shown_on_bill = 60001; }"
          "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1};"
          "  int64 total_sum = 1 [(shown_on_bill) = true, (foldline.personal) = true, deprecated = true]; }"}}));
    const scratch_folder folder;
    schema_history history{folder / "schemas"};
    history.record(own);
    std::ifstream in{history.file_of(order_placed, 1)};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    CHECK(text.find("60001: ") == std::string::npos);
    CHECK(text.find("[foldline.personal]: true") != std::string::npos);
    CHECK(text.find("deprecated: true") != std::string::npos);
    CHECK(schema_history{folder / "schemas"}.unrecorded(own).empty());
}

TEST_CASE("history: a file that is no text, or holds what is no schema, is named with its line") {
    const repository_folder repository;
    const std::string sound = repository.text("order-placed/1.1.textpb");
    repository.write("order-placed/1.1.textpb", "# of a merge\n<<<<<<< HEAD\n" + sound);
    CHECK(
        repository.complaint() ==
        "order-placed/1.1.textpb:2: Expected identifier, got: <; take the file as it was recorded from the repository");
    repository.write("order-placed/1.1.textpb", changed(sound, "label: LABEL_OPTIONAL", "lable: LABEL_OPTIONAL"));
    CHECK(repository.complaint() ==
          "order-placed/1.1.textpb:31: Message type \"google.protobuf.FieldDescriptorProto\" has no field named "
          "\"lable\".; "
          "take the file as it was recorded from the repository");
    repository.write("order-placed/1.1.textpb", "");
    CHECK(repository.complaint().find("order-placed/1.1.textpb:1: ") == 0);
}

TEST_CASE("history: a file that is not what its name says is refused") {
    const repository_folder repository;
    const std::string sound = repository.text("order-placed/1.1.textpb");
    repository.write("order-shipped/1.1.textpb", sound);
    CHECK(repository.complaint() ==
          "order-shipped/1.1.textpb:1: it holds revision 1 of order-placed@1, which stands in order-placed/1.1.textpb; "
          "move it there");
    std::filesystem::remove_all(repository.file("order-shipped"));
    repository.write("order-placed/1.2.textpb", sound);
    CHECK(repository.complaint().find("order-placed/1.2.textpb:1: it holds revision 1 of order-placed@1") == 0);
    std::filesystem::remove(repository.file("order-placed/1.2.textpb"));
    repository.write("old/order-placed/1.1.textpb", sound);
    CHECK(repository.complaint().find("old/order-placed/1.1.textpb:1: ") == 0);
}

TEST_CASE("history: a revision that is missing between others is named") {
    const repository_folder repository;
    schema_history history = repository.history();
    history.record(placed_with("int64 total = 1; string note = 2;"));
    std::filesystem::remove(repository.file("order-placed/1.1.textpb"));
    CHECK(repository.complaint() ==
          "order-placed/1.1.textpb: the file is missing, and there is one of revision 2; take it from the repository");
}

TEST_CASE("history: other files beside the records are nobody's business, and a file is no history") {
    const repository_folder repository;
    repository.write("README.md", "Never change these.");
    repository.write("order-placed/1.1.textpb.orig", "of a merge");
    CHECK(repository.history().past().schemas.by_type().size() == 1);
    CHECK_THROWS_WITH_AS(schema_history{repository.file("README.md")}, doctest::Contains("README.md is no folder"),
                         corrupt_data);
}

TEST_CASE("history: of two who record at once the second is refused, and overwrites nothing") {
    const repository_folder repository;
    schema_history first = repository.history();
    schema_history second = repository.history();
    first.record(placed_with("int64 total = 1; string note = 2;"));
    const std::string text = repository.text("order-placed/1.2.textpb");
    CHECK_THROWS_WITH_AS(second.record(placed_with("int64 total = 1; string other = 2;")),
                         doctest::Contains("File exists"), storage_error);
    CHECK(repository.text("order-placed/1.2.textpb") == text);
}

TEST_CASE("history: an event whose name leads out of the folder is refused") {
    const scratch_folder folder;
    schema_history history{folder / "schemas"};
    for (const char* name : {"../outside", "a/b", ".", "", "a\nb"}) {
        schema_set messages;
        messages.add({{name, 1}, "shop.v1.Odd", placed_with("").of(order_placed).front().descriptor_set});
        CHECK_THROWS_AS(history.record(messages), definition_error);
    }
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("accept: what breaks a rule is not recorded, unless the rule is allowed; then it is not told again") {
    const repository_folder repository;
    const schema_set broken = placed_with("string total = 1;");
    schema_history history = repository.history();
    CHECK_THROWS_WITH_AS(accept(history, broken, nullptr, {}), doctest::Contains("\n  order-placed@1: type-changed: "),
                         incompatible_schema);
    CHECK_FALSE(std::filesystem::exists(repository.file("order-placed/1.2.textpb")));
    CHECK(accept(history, broken, nullptr, {.allowed = {"type-changed"}}).size() == 1);
    CHECK(check_schemas(repository.history().past(), broken, nullptr, {}).problems.empty());
    CHECK(check_schemas(repository.history().past(), placed_with("string total = 1; string note = 2;"), nullptr, {})
              .problems.empty());
}

TEST_CASE("accept: several new events are recorded in the order of their types") {
    const scratch_folder folder;
    schema_history history{folder / "schemas"};
    const auto messages = events_in(described({{"shop.v1",
                                                "message B { option (foldline.event) = {name: \"b\" version: 1}; }"
                                                "message A { option (foldline.event) = {name: \"a\" version: 2}; }"}}));
    const auto recorded = accept(history, messages, nullptr, {});
    REQUIRE(recorded.size() == 2);
    CHECK(recorded.front().type == "a@2");
    CHECK(recorded.back().type == "b@1");
    CHECK(std::filesystem::exists(folder / "schemas/a/2.1.textpb"));
}
