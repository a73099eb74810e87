#include "child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

namespace foldline_tests {
namespace {

int status_of(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0)
        if (errno != EINTR) throw std::runtime_error("a child process cannot be waited for");
    return status;
}

}  // namespace

child_process::child_process(const std::function<void()>& work) : process_(::fork()) {
    if (process_ < 0) throw std::runtime_error("no child process could be started");
    if (process_ > 0) return;
    try {
        work();
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "a child process failed: %s\n", failed.what());
        ::_exit(9);
    }
    ::_exit(0);
}

child_process::child_process(child_process&& other) noexcept : process_(std::exchange(other.process_, 0)) {}

child_process& child_process::operator=(child_process&& other) noexcept {
    std::swap(process_, other.process_);
    return *this;
}

child_process::~child_process() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

bool child_process::kill() {
    ::kill(process_, SIGKILL);
    const int status = status_of(std::exchange(process_, 0));
    return WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0;
}

bool child_process::ends_well() {
    const int status = status_of(std::exchange(process_, 0));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool child_process::runs() const {
    siginfo_t ended{};
    return ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
}

void child_process::interrupt() { ::kill(process_, SIGINT); }

void child_process::pause() { ::kill(process_, SIGSTOP); }

void child_process::resume() { ::kill(process_, SIGCONT); }

}  // namespace foldline_tests
