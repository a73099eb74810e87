#include "process_mark.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {
namespace {

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> inode_of(const char* path) {
    struct stat found {};
    if (::stat(path, &found) != 0) return std::nullopt;
    return found.st_ino;
}

/// Within which processes can be told apart by number and start time; empty if the system does not say.
std::string own_space() {
    std::string boot;
    std::ifstream{"/proc/sys/kernel/random/boot_id"} >> boot;
    const auto pids = inode_of("/proc/self/ns/pid");
    if (boot.empty() || !pids) return {};
    return fmt::format("{} {} {}", boot, *pids, inode_of("/proc/self/ns/time").value_or(0));
}

/// What `/proc/PID/stat` says.
struct process_stat {
    pid_t pid = 0;
    char state = '?';
    std::int64_t threads = 0;
    std::uint64_t started = 0;
};

/// `42 (any name) S 1 …`: the name is the user's, and may hold spaces, parentheses and line ends.
std::optional<process_stat> parse_stat(std::string_view line) {
    const std::size_t opening = line.find(" (");
    const std::size_t closing = line.rfind(')');
    if (opening == std::string_view::npos || closing == std::string_view::npos) return std::nullopt;
    const auto pid = number_in<pid_t>(line.substr(0, opening));

    constexpr std::size_t state = 3;  // as proc(5) counts the fields
    constexpr std::size_t threads = 20;
    constexpr std::size_t started = 22;
    std::array<std::string, started + 1> fields;
    std::istringstream rest{std::string(line.substr(closing + 1))};
    for (std::size_t field = state; field <= started; ++field) rest >> fields[field];
    const auto thread_count = number_in<std::int64_t>(fields[threads]);
    const auto start_time = number_in<std::uint64_t>(fields[started]);
    if (!pid || fields[state].size() != 1 || !thread_count || !start_time) return std::nullopt;
    return process_stat{*pid, fields[state].front(), *thread_count, *start_time};
}

std::optional<process_stat> stat_of(const std::string& process) {
    std::ifstream in{"/proc/" + process + "/stat"};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    return parse_stat(text);
}

/// Empty also where /proc is that of other processes than those that this one can signal: numbers mean others there.
std::optional<process_stat> own_stat() {
    const auto found = stat_of("self");
    return found && found->pid == ::getpid() ? found : std::nullopt;
}

/// A first thread that has ended shows as a zombie for as long as the other threads of its process go on.
bool is_dead(const process_stat& process) {
    return process.state == 'X' || (process.state == 'Z' && process.threads <= 1);
}

struct process_name {
    std::string_view space;
    pid_t pid;
    std::uint64_t started;
};

std::optional<process_name> parse_mark(std::string_view mark) {
    const std::size_t last = mark.rfind(' ');
    if (last == std::string_view::npos || last == 0) return std::nullopt;
    const std::size_t first = mark.rfind(' ', last - 1);
    if (first == std::string_view::npos) return std::nullopt;
    const auto pid = number_in<pid_t>(mark.substr(first + 1, last - first - 1));
    const auto started = number_in<std::uint64_t>(mark.substr(last + 1));
    if (!pid || *pid <= 0 || !started) return std::nullopt;
    return process_name{mark.substr(0, first), *pid, *started};
}

}  // namespace

std::string own_process_mark() {
    const std::string space = own_space();
    const auto self = own_stat();
    return space.empty() || !self ? std::string{} : fmt::format("{} {} {}", space, self->pid, self->started);
}

bool has_process_ended(std::string_view mark) {
    const auto named = parse_mark(mark);
    if (!named || named->space != own_space() || !own_stat()) return false;
    // Not by /proc, which may hide the processes of other users.
    if (::kill(named->pid, 0) != 0 && errno == ESRCH) return true;
    const auto found = stat_of(std::to_string(named->pid));
    return found && (found->started != named->started || is_dead(*found));
}

}  // namespace foldline::inline v0::sqlite
