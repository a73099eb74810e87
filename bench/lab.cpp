#include "lab.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace foldline_bench {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
    throw std::system_error(errno, std::generic_category(), path.string());
}

std::filesystem::path make_folder() {
    const char* chosen = std::getenv("TMPDIR");
    const std::filesystem::path parent = chosen ? chosen : std::filesystem::current_path();
    std::string name = (parent / "foldline-bench-XXXXXX").string();
    if (!::mkdtemp(name.data())) fail(name);
    return name;
}

}  // namespace

lab::lab(effort chosen) : effort_(chosen), folder_(make_folder()) {}

lab::~lab() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::filesystem::path lab::fresh_file() { return folder_ / fmt::format("{}.db", ++files_); }

const histories& lab::windows() {
    if (!windows_) windows_ = write_windows(fresh_file(), fresh_file(), effort_.events);
    return *windows_;
}

const histories& lab::scattered() {
    if (!scattered_) scattered_ = write_scattered(fresh_file(), fresh_file(), effort_.events);
    return *scattered_;
}

const grown& lab::grown_windows() {
    if (!grown_windows_) grown_windows_ = grow_windows(fresh_file(), fresh_file(), effort_.growth);
    return *grown_windows_;
}

const grown& lab::grown_uniform() {
    if (!grown_uniform_) grown_uniform_ = grow_uniform(fresh_file(), fresh_file(), effort_.growth);
    return *grown_uniform_;
}

void remove_database(const std::filesystem::path& file) {
    for (const char* part : {"", "-wal", "-shm", "-lock"}) std::filesystem::remove(file.string() + part);
}

double sync_time_us(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "sync";
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) fail(file);
    const std::array<char, 4096> page{};
    std::vector<double> times;
    for (int i = 0; i < 300; ++i) {
        const auto time = time_of([&] {
            if (::pwrite(descriptor, page.data(), page.size(), 0) < 0 || ::fdatasync(descriptor) != 0) fail(file);
        });
        times.push_back(time.count() * 1e6);
    }
    ::close(descriptor);
    std::filesystem::remove(file);
    std::nth_element(times.begin(), times.begin() + 150, times.end());
    return times[150];
}

}  // namespace foldline_bench
