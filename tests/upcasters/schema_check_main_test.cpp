#include "support/described.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline/upcasters/schema_check_main.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
using foldline_tests::described;
using foldline_tests::scratch_folder;
using namespace foldline;

constexpr const char* placed_1 =
    "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1}; int64 total = 1; }";
constexpr const char* placed_1_as_text =
    "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 1}; string total = 1; }";
constexpr const char* placed_2 =
    "message OrderPlaced { option (foldline.event) = {name: \"order-placed\" version: 2}; string total = 1; }";

v2::OrderPlaced to_v2(const v1::OrderPlaced&) { return {}; }

using chain_source = std::function<upcaster_chain()>;

/// A build of a program: its history, the descriptors of its events, and what the checker said of them last.
struct build {
    explicit build(const std::vector<foldline_tests::proto_file>& files) { events(files); }

    void events(const std::vector<foldline_tests::proto_file>& files) const {
        std::ofstream{descriptors(), std::ios::binary} << described(files);
    }
    int run(std::vector<std::string> arguments, const chain_source& chain = {}) {
        std::vector<const char*> argv{"checker"};
        for (const std::string& each : arguments) argv.push_back(each.c_str());
        char* text = nullptr;
        std::size_t size = 0;
        std::FILE* out = ::open_memstream(&text, &size);
        const int code = schema_check_main(static_cast<int>(argv.size()), argv.data(), chain, out);
        std::fclose(out);
        said = {text, size};
        std::free(text);
        return code;
    }
    int check(std::vector<std::string> options = {}, const chain_source& chain = {}) {
        options.insert(options.begin(), {"check", history(), descriptors()});
        return run(options, chain);
    }
    int accept(std::vector<std::string> options = {}, const chain_source& chain = {}) {
        options.insert(options.begin(), {"accept", history(), descriptors()});
        return run(options, chain);
    }
    [[nodiscard]] bool says(std::string_view words) const { return said.find(words) != std::string::npos; }
    [[nodiscard]] std::string history() const { return (folder / "schemas").string(); }
    [[nodiscard]] std::string descriptors() const { return (folder / "shop.binpb").string(); }
    [[nodiscard]] std::string accept_command() const {
        return "\n  foldline schema accept " + history() + " --descriptors " + descriptors();
    }

    scratch_folder folder;
    std::string said;
};

}  // namespace

TEST_CASE("build: what is not recorded is told with the command that does it, and fails only if that is asked for") {
    build shop{{{"shop.v1", placed_1}}};
    CHECK(shop.check() == 0);
    CHECK(shop.says("note: not recorded in " + shop.history() + ": order-placed@1\n"));
    CHECK(shop.says(shop.accept_command() + "\n"));
    CHECK(shop.check({"--strict"}) == 1);
    CHECK(shop.says("error: not recorded in "));
    CHECK(shop.accept() == 0);
    CHECK(shop.said == "recorded order-placed@1, revision 1: " + shop.history() + "/order-placed/1.1.textpb\n");
    CHECK(shop.check({"--strict"}) == 0);
    CHECK(shop.said.empty());
}

TEST_CASE("build: a break fails, with the rule and the command that records it all the same") {
    build shop{{{"shop.v1", placed_1}}};
    REQUIRE(shop.accept() == 0);
    shop.events({{"shop.v1", placed_1_as_text}});
    CHECK(shop.check({"--level", "json", "--mode", "full"}) == 1);
    CHECK(shop.says("error: these events break with their history in " + shop.history() + ":\n"));
    CHECK(shop.says("  order-placed@1: type-changed: "));
    CHECK(shop.says(shop.accept_command() + " --mode full --level json --allow type-changed\n"));
    CHECK(shop.accept() == 1);
    CHECK(shop.check({"--allow", "type-changed"}) == 0);
    CHECK(shop.says(shop.accept_command() + " --allow type-changed\n"));
    CHECK(shop.accept({"--allow", "type-changed"}) == 0);
    CHECK(shop.check({"--strict"}) == 0);
}

TEST_CASE("build: an old version without a way fails, and no recording would mend it") {
    build shop{{{"shop.v1", placed_1}}};
    REQUIRE(shop.accept() == 0);
    shop.events({{"shop.v2", placed_2}});
    CHECK(shop.check({}, [] { return upcaster_chain{}; }) == 1);
    CHECK(shop.says("  order-placed@1: version-without-path: "));
    CHECK(shop.says("foldline_schema_history(... ALLOW version-without-path)\n"));
    CHECK_FALSE(shop.says("schema accept"));
    CHECK(shop.check({}, [] { return upcaster_chain{}.add(to_v2); }) == 0);
    CHECK(shop.says("not recorded in " + shop.history() + ": order-placed@2\n"));
}

TEST_CASE("build: an ambiguous and a cyclic chain fail with what it is that they do") {
    build shop{{{"shop.v1", placed_1}, {"shop.v2", placed_2}}};
    CHECK(shop.check({}, [] { return upcaster_chain{}.add(to_v2).add(to_v2); }) == 1);
    CHECK(shop.says("chain-refused: two upcasters start from order-placed@1"));
    CHECK(shop.check({}, [] {
        return upcaster_chain{}.add(to_v2).add([](const v2::OrderPlaced&) { return v1::OrderPlaced{}; });
    }) == 1);
    CHECK(shop.says("leads back to where it starts: order-placed@2 -> order-placed@1 -> order-placed@2"));
    CHECK(shop.accept({}, [] { return upcaster_chain{}.add(to_v2).add(to_v2); }) == 1);
    CHECK_FALSE(std::filesystem::exists(shop.history()));
}

TEST_CASE("build: the command allows what the chain answers for, since it knows no chain") {
    const chain_source renaming = [] {
        return upcaster_chain{}.add([](const v1::OrderPlaced&) { return v1::NoteAdded{}; });
    };
    build shop{{{"shop.v1", placed_1}}};
    REQUIRE(shop.accept() == 0);
    shop.events({{"shop.v1", "message NoteAdded { option (foldline.event) = {name: \"note-added\" version: 1}; }"}});
    CHECK(shop.check({}, renaming) == 0);
    CHECK(shop.says(shop.accept_command() + " --allow event-removed\n"));
}

TEST_CASE("build: arguments that make no sense, and files that are not there, are told") {
    build shop{{{"shop.v1", placed_1}}};
    CHECK(shop.run({}) == 2);
    CHECK(shop.says("error: check or accept is missing\nUsage: "));
    CHECK(shop.check({"--mode", "sideways"}) == 2);
    CHECK(shop.says("\"sideways\" is none of none, backward, "));
    CHECK(shop.check({"--loud"}) == 2);
    CHECK(shop.check({"--allow", "everything"}) == 1);
    CHECK(shop.says("there is no rule \"everything\""));
    CHECK(shop.run({"check", shop.history(), shop.history() + "/none.binpb"}) == 1);
    CHECK(shop.says("none.binpb cannot be read"));
}

TEST_CASE("build: a path with a blank is quoted in the command") {
    build shop{{{"shop.v1", placed_1}}};
    CHECK(shop.run({"check", shop.history() + "/it's here", shop.descriptors()}) == 0);
    CHECK(shop.says("schema accept '" + shop.history() + "/it'\\''s here' --descriptors "));
}
