// The arguments: help, hints, exit codes of stores that cannot be opened, and what shells are taught.

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "ran.hpp"
#include "sqlite/raw_sqlite.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

const std::vector<std::string> verbs{"events", "tail",   "show",   "search",  "trace",   "stats",     "streams",
                                     "verify", "doctor", "backup", "restore", "compact", "completion"};

/// A call of each verb that reads `store`.
std::vector<std::vector<std::string>> calls_on(const std::string& store, const std::string& other) {
    return {{"stats", store},
            {"streams", store},
            {"events", store},
            {"tail", store, "--limit", "1"},
            {"show", store, "1"},
            {"search", store, "--text", "x"},
            {"trace", store, "1"},
            {"schema", "list", store},
            {"schema", "show", store, "plan-changed"},
            {"verify", store},
            {"compact", store},
            {"backup", store, other},
            {"restore", store, other}};
}

/// What bash offers for a line whose last word is to be completed.
std::string offered_by_bash(const std::filesystem::path& script, const std::vector<std::string>& words) {
    std::string line = "bash --norc -c 'source \"" + script.string() + "\"; COMP_WORDS=(";
    for (const std::string& word : words) line += "\"" + word + "\" ";
    line += "); COMP_CWORD=" + std::to_string(words.size() - 1) + "; _foldline_completion; echo \"${COMPREPLY[*]}\"'";
    std::FILE* shell = ::popen(line.c_str(), "r");
    REQUIRE(shell != nullptr);
    std::string offered;
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), shell) != nullptr) offered += buffer.data();
    REQUIRE(::pclose(shell) == 0);
    while (!offered.empty() && offered.back() == '\n') offered.pop_back();
    return offered;
}

}  // namespace

TEST_CASE("help: the program and each verb explain themselves with examples") {
    const ran program{{"--help"}};
    CHECK(program.code == 0);
    CHECK(program.err.empty());
    for (const std::string& verb : verbs) {
        CHECK_MESSAGE(program.says("\n  " + verb + " "), verb);
        const ran help{{verb, "--help"}};
        CHECK_MESSAGE(help.code == 0, verb);
        CHECK_MESSAGE(help.err.empty(), verb);
        CHECK_MESSAGE(help.says("Usage: foldline " + verb), help.out);
        CHECK_MESSAGE(help.says("\nExamples:\n"), verb);
        CHECK_MESSAGE(help.says("  foldline " + verb + " "), verb);
    }
}

TEST_CASE("help: verbs stand below what they are about") {
    const ran program{{"--help"}};
    std::size_t at = 0;
    for (const char* line : {"\nEvents:\n", "\n  events ", "\n  trace ", "\nStores:\n", "\n  stats ", "\n  doctor ",
                             "\nSchemas:\n", "\n  schema ", "\nCopies:\n", "\n  backup ", "\nProjections:\n",
                             "\n  projections ", "\nVerbs:\n", "\n  completion "}) {
        const auto found = program.out.find(line, at);
        REQUIRE_MESSAGE(found != std::string::npos, line << program.out);
        at = found;
    }
}

TEST_CASE("help: an application is called by its own name") {
    cli::application shop;
    shop.name = "shop";
    shop.about = "Keeps orders.";
    shop.version = "2.1";
    CHECK(ran{{"--help"}, shop}.says("Keeps orders."));
    CHECK(ran{{"events", "--help"}, shop}.says("  shop events shop.db"));
    CHECK_FALSE(ran{{"events", "--help"}, shop}.says("foldline"));
    CHECK(ran{{"events"}, shop}.err.rfind("shop: ", 0) == 0);
    CHECK(ran{{"--version"}, shop}.out == "shop 2.1\n");
    CHECK(ran{{"completion", "bash"}, shop}.says("complete -F _shop_completion 'shop'"));
}

TEST_CASE("usage: what is wrong is told on stderr with a hint, and the code is 2") {
    const std::vector<std::vector<std::string>> wrong{
        {},
        {"steal"},
        {"--colour"},
        {"stats"},
        {"stats", "a", "b"},
        {"stats", "a", "--format", "xml"},
        {"streams", "a", "--limit", "0"},
        {"streams", "a", "--limit", "1.5"},
        {"streams", "a", "--limit", "99999999999999999999"},
        {"streams", "a", "--sort", "size"},
        {"events", "a", "--after", "-1"},
        {"events", "a", "--stream", "order-1", "--category", "order"},
        {"events", "a", "--type"},
        {"tail", "a", "--format", "json"},
        {"tail", "a", "--from-now", "--after", "3"},
        {"show", "a"},
        {"search", "a", "--where", "country"},
        {"trace", "a"},
        {"trace", "a", "1", "--depth", "-1"},
        {"schema"},
        {"verify", "a", "--most", "none"},
        {"backup", "a"},
        {"restore", "a"},
        {"completion"},
        {"completion", "tcsh"},
    };
    for (const auto& arguments : wrong) {
        const ran refused{arguments};
        const std::string shown = refused.out + refused.err;
        CHECK_MESSAGE(refused.code == 2, shown);
        CHECK_MESSAGE(refused.out.empty(), shown);
        CHECK_MESSAGE(refused.err.rfind("foldline: ", 0) == 0, shown);
        CHECK_MESSAGE(refused.complains("\nSee: foldline "), shown);
    }
}

TEST_CASE("usage: what was nearly right is guessed") {
    CHECK(ran{{"evnts", "a"}}.complains("there is no verb \"evnts\"; did you mean events?"));
    CHECK(ran{{"shwo", "a"}}.complains("did you mean show?"));
    CHECK(ran{{"events", "a", "--lmit", "3"}}.complains("did not expect \"--lmit\"; did you mean --limit?"));
    CHECK(ran{{"events", "a", "--lmit=3"}}.complains("did you mean --limit?"));
    CHECK_FALSE(ran{{"events", "a", "--colour"}}.complains("did you mean"));
    CHECK_FALSE(ran{{"x"}}.complains("did you mean"));
}

TEST_CASE("usage: a type of events has a name, and no version but a number") {
    for (const char* type : {"", "@1", "plan-changed@", "plan-changed@two", "plan-changed@0", "plan-changed@1x"}) {
        CAPTURE(std::string{type});
        CHECK(ran{{"events", "missing.db", "--type", type}}.code == 2);
    }
    CHECK(ran{{"events", "missing.db", "--type", "plan-changed@12"}}.code == 3);
    CHECK(ran{{"events", "missing.db", "--type", "plan-changed@2", "--type", "@"}}.code == 2);
}

TEST_CASE("usage: names that no store takes are refused before the store is looked for") {
    CHECK(ran{{"events", "missing.db", "--stream", "nodash"}}.code == 2);
    CHECK(ran{{"events", "missing.db", "--stream", "order-\x1b[2J"}}.code == 2);
    CHECK(ran{{"streams", "missing.db", "--category", "NoCategory"}}.code == 2);
}

TEST_CASE("usage: an argument of a mebibyte is handled, and not repeated") {
    const std::string huge(1U << 20U, 'x');
    for (const auto& [arguments, code] : std::vector<std::pair<std::vector<std::string>, int>>{
             {{huge}, 2},
             {{"--" + huge}, 2},
             {{"stats", huge}, 1},
             {{"stats", "a", "--format", huge}, 2},
             {{"events", "a", "--" + huge}, 2},
             {{"events", "a", "--limit", huge}, 2},
             {{"events", "a", "--stream", "order-" + huge}, 2},
             {{"events", "a", "--type", huge}, 3},
         }) {
        const ran refused{arguments};
        CHECK(refused.code == code);
        CHECK(refused.err.size() < 10'000);
    }
}

TEST_CASE("stores: one that is missing is not found, and none is made") {
    const scratch_folder folder;
    for (const auto& arguments : calls_on((folder / "missing.db").string(), (folder / "other.db").string())) {
        const ran refused{arguments};
        CHECK_MESSAGE(refused.code == 3, arguments[0] << ": " << refused.err);
        CHECK_MESSAGE(refused.complains("missing.db"), refused.err);
    }
    CHECK(ran{{"doctor", (folder / "missing.db").string()}}.code == 3);
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("stores: what is none, or of a newer version, is incompatible") {
    club members;
    members.store("member-1", people::v1::PlanChanged{});
    std::ofstream(members.folder / "text.db") << std::string(10'000, 'x');
    raw_sqlite{members.folder / "other.db"}.execute("create table t (a)");
    std::filesystem::copy_file(members.path(), members.folder / "newer.db");
    raw_sqlite{members.folder / "newer.db"}.execute("pragma user_version = 99");
    for (const char* name : {"text.db", "other.db", "newer.db"})
        for (const auto& arguments : calls_on((members.folder / name).string(), (members.folder / "out.db").string())) {
            const ran refused{arguments};
            CHECK_MESSAGE(refused.code == 5, arguments[0] << " " << name << ": " << refused.err);
            CHECK_MESSAGE(refused.complains(name), refused.err);
        }
}

TEST_CASE("stores: a file of ours that holds no events is incompatible with whatever reads some") {
    const scratch_folder folder;
    const std::string bare = (folder / "bare.db").string();
    { const sqlite::database made{bare}; }
    for (const char* verb : {"stats", "streams", "events", "tail", "search", "verify"}) {
        const ran refused{{verb, bare}};
        CHECK_MESSAGE(refused.code == 5, verb << ": " << refused.err);
        CHECK_MESSAGE(refused.complains("bare.db"), refused.err);
    }
    CHECK(ran{{"compact", bare}}.code == 0);
}

TEST_CASE("output: what could not be written is a failure") {
    club members;
    members.store("member-1", people::v1::PlanChanged{});
    const std::string path = members.path();
    for (std::vector<const char*> argv : {std::vector<const char*>{"foldline", "events", path.c_str()},
                                          std::vector<const char*>{"foldline", "tail", path.c_str()}}) {
        std::FILE* full = std::fopen("/dev/full", "w");
        REQUIRE(full != nullptr);
        const captured notes;
        CHECK(cli::run(static_cast<int>(argv.size()), argv.data(), {}, {full, notes.stream()}) == 1);
        CHECK(notes.text() == "foldline: the output could not be written\n");
        std::fclose(full);
    }
}

TEST_CASE("completion: each shell is taught every verb, and what its options are") {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const ran script{{"completion", shell}};
        CHECK(script.code == 0);
        for (const std::string& verb : verbs) CHECK_MESSAGE(script.says(verb), shell << " " << verb);
        const std::string dashes = std::string(shell) == "fish" ? "-l " : "--";
        for (const char* option :
             {"format", "category", "limit",    "sort",     "stream",   "type",  "correlation", "after",
              "before", "backward", "raw",      "unmasked", "from-now", "most",  "where",       "text",
              "since",  "until",    "occurred", "count",    "upcast",   "depth", "level",       "with"})
            CHECK_MESSAGE(script.says(dashes + option), shell << " " << option);
        CHECK(script.says("text json ndjson"));
    }
}

TEST_CASE("completion: bash offers verbs, options, their values, and files") {
    const scratch_folder folder;
    std::ofstream(folder / "script") << ran{{"completion", "bash"}}.out;
    std::ofstream(folder / "shop one.db") << "x";
    const auto offered = [&](const std::vector<std::string>& words) {
        return offered_by_bash(folder / "script", words);
    };
    CHECK(offered({"foldline", "st"}) == "stats streams");
    CHECK(offered({"foldline", "schema", "sh"}) == "show");
    CHECK(offered({"foldline", "events", "--co"}) == "--correlation");
    CHECK(offered({"foldline", "events", "shop.db", "--format", ""}) == "text json ndjson");
    CHECK(offered({"foldline", "tail", "shop.db", "--format", "n"}) == "ndjson");
    CHECK(offered({"foldline", "events", "shop.db", "--limit", ""}).empty());
    CHECK(offered({"foldline", "completion", "z"}) == "zsh");
    CHECK(offered({"foldline", "stats", (folder / "sh").string()}) == (folder / "shop one.db").string());
}
