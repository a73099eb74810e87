// The long verbs, when the user has asked them to stop.

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "ran.hpp"

#include <foldline/cli/interrupt.hpp>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// The exit code of a process that was interrupted as soon as it was ready for that. No file is open in this process
/// when it is forked.
int code_when_interrupted(const std::vector<std::string>& arguments) {
    const pid_t process = ::fork();
    if (process == 0) {
        cli::catch_interrupts();
        (void)::raise(SIGINT);
        ::_exit(ran{arguments}.code);
    }
    int status = 0;
    REQUIRE(::waitpid(process, &status, 0) == process);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("interrupt: a long verb stops, and leaves nothing half done") {
    club members;
    members.store("member-1", people::v1::PlanChanged{});
    const std::string copy = (members.folder / "copy.db").string();
    const std::string again = (members.folder / "again.db").string();
    REQUIRE(ran{{"backup", members.path(), copy}}.code == 0);
    const auto files = [&] {
        using all = std::filesystem::directory_iterator;
        return std::distance(all{members.folder.path()}, all{});
    };
    const auto before = files();
    CHECK(code_when_interrupted({"verify", members.path()}) == 130);
    CHECK(code_when_interrupted({"stats", members.path()}) == 130);
    CHECK(code_when_interrupted({"backup", members.path(), again}) == 130);
    CHECK(code_when_interrupted({"restore", copy, again}) == 130);
    CHECK_FALSE(std::filesystem::exists(again));
    CHECK(files() == before);
}

TEST_CASE("interrupt: verbs that take no time do not care") {
    club members;
    members.store("member-1", people::v1::PlanChanged{});
    CHECK(code_when_interrupted({"streams", members.path()}) == 0);
    CHECK(code_when_interrupted({"events", members.path()}) == 0);
}
