#include "../../sqlite/src/process_mark.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using foldline::sqlite::has_process_ended;
using foldline::sqlite::own_process_mark;

/// A process that tells its mark and does `then`, which does not return.
class marked_process {
public:
    explicit marked_process(const std::function<void()>& then = wait_for_ever, const char* name = "marked") {
        int told[2];
        REQUIRE(::pipe(told) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::prctl(PR_SET_NAME, name);
            const std::string mark = own_process_mark();
            const bool said = ::write(told[1], mark.data(), mark.size()) == static_cast<ssize_t>(mark.size());
            ::close(told[1]);
            if (said) then();
            ::_exit(9);
        }
        ::close(told[1]);
        char part[256];
        for (ssize_t size; (size = ::read(told[0], part, sizeof part)) > 0;)
            mark_.append(part, static_cast<std::size_t>(size));
        ::close(told[0]);
        if (mark_.empty()) kill_and_reap();  // no destructor follows
        REQUIRE_FALSE(mark_.empty());
    }
    marked_process(const marked_process&) = delete;
    marked_process& operator=(const marked_process&) = delete;
    ~marked_process() { kill_and_reap(); }

    [[nodiscard]] const std::string& mark() const { return mark_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    /// It has ended then, and its parent has not asked how.
    void kill_unreaped() const {
        ::kill(pid_, SIGKILL);
        siginfo_t ignored;
        REQUIRE(::waitid(P_PID, static_cast<id_t>(pid_), &ignored, WEXITED | WNOWAIT) == 0);
    }
    void kill_and_reap() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

    [[noreturn]] static void wait_for_ever() {
        for (;;) ::pause();
    }

private:
    pid_t pid_ = 0;
    std::string mark_;
};

std::vector<std::string> words_of(const std::string& mark) {
    std::vector<std::string> words(1);
    for (const char c : mark) {
        if (c == ' ') words.emplace_back();
        else words.back() += c;
    }
    return words;
}

/// `mark` with another word at one place.
std::string with_word(const std::string& mark, std::size_t place, const std::string& word) {
    auto words = words_of(mark);
    words.at(place) = word;
    std::string made;
    for (const std::string& each : words) made += (made.empty() ? "" : " ") + each;
    return made;
}

constexpr std::size_t boot_id = 0;
constexpr std::size_t pid_space = 1;
constexpr std::size_t time_space = 2;
constexpr std::size_t pid = 3;
constexpr std::size_t start_time = 4;

bool first_thread_has_ended(pid_t process) {
    std::ifstream in{"/proc/" + std::to_string(process) + "/stat"};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    return text.find(") Z ") != std::string::npos;
}

}  // namespace

TEST_CASE("process mark: it is the same for as long as the process runs, which has not ended") {
    const std::string mark = own_process_mark();
    REQUIRE(words_of(mark).size() == 5);
    CHECK(words_of(mark)[pid] == std::to_string(::getpid()));
    CHECK(own_process_mark() == mark);
    CHECK_FALSE(has_process_ended(mark));
}

TEST_CASE("process mark: another process has ended when it is killed, whether or not its parent has asked") {
    marked_process other;
    CHECK(other.mark() != own_process_mark());
    CHECK_FALSE(has_process_ended(other.mark()));
    other.kill_unreaped();
    CHECK(has_process_ended(other.mark()));
    other.kill_and_reap();
    CHECK(has_process_ended(other.mark()));
}

TEST_CASE("process mark: whoever got the number of a process later is not that process") {
    const std::string mark = own_process_mark();
    CHECK(has_process_ended(with_word(mark, start_time, "1")));
    CHECK(has_process_ended(with_word(mark, start_time, words_of(mark)[start_time] + "0")));
}

TEST_CASE("process mark: a process may call itself what it likes") {
    for (const char* name : {") Z 1 1 (", "a b c d", "(((", "))) ) X", "line\nend"}) {
        CAPTURE(name);
        marked_process other{marked_process::wait_for_ever, name};
        CHECK_FALSE(has_process_ended(other.mark()));
        CHECK(has_process_ended(with_word(other.mark(), start_time, "1")));
        other.kill_and_reap();
        CHECK(has_process_ended(other.mark()));
    }
}

TEST_CASE("process mark: a process whose first thread has ended goes on with the others") {
    marked_process other{[] {
        std::thread{marked_process::wait_for_ever}.detach();
        ::syscall(SYS_exit, 0);
    }};
    while (!first_thread_has_ended(other.pid())) std::this_thread::yield();
    CHECK_FALSE(has_process_ended(other.mark()));
    other.kill_unreaped();
    CHECK(has_process_ended(other.mark()));
}

TEST_CASE("process mark: nothing is certain of a process on another machine, from before a restart or elsewhere") {
    marked_process other;
    other.kill_and_reap();
    const std::string ended = other.mark();
    REQUIRE(has_process_ended(ended));
    CHECK_FALSE(has_process_ended(with_word(ended, boot_id, "5e9bf3e5-0000-4000-8000-000000000000")));
    CHECK_FALSE(has_process_ended(with_word(ended, pid_space, "1")));
    CHECK_FALSE(has_process_ended(with_word(ended, time_space, "1")));
}

TEST_CASE("process mark: nothing is certain of a mark that is none") {
    const std::string mark = own_process_mark();
    for (const std::string& none :
         {std::string{}, std::string{" "}, std::string{"1"}, std::string{"1 2"}, std::string{"a b c d e"},
          with_word(mark, pid, "0"), with_word(mark, pid, "-1"), with_word(mark, pid, "-999999"),
          with_word(mark, pid, "99999999999999999999"), with_word(mark, pid, ""), with_word(mark, start_time, ""),
          with_word(mark, start_time, "1x"), mark + " 1", mark.substr(0, mark.rfind(' '))}) {
        CAPTURE(none);
        CHECK_FALSE(has_process_ended(none));
    }
}
