#include "shared_page.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {
namespace {

// Behind the text at the file's beginning, which is for people, and on a cache line of its own.
constexpr std::size_t words_at = 64;

/// Not the `PRIVATE` kind: who sleeps and who wakes may be different processes.
void futex(const std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* timeout) {
    ::syscall(SYS_futex, &word, operation, value, timeout, nullptr, 0);
}

}  // namespace

shared_page::shared_page(int descriptor, const std::filesystem::path& name, rights how)
    : page_(
          ::mmap(nullptr, size, how == rights::write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0)) {
    if (page_ == MAP_FAILED)
        throw storage_error(errno, fmt::format("map the lock {}", name.string()), std::strerror(errno));
    words_ = reinterpret_cast<shared_words*>(static_cast<char*>(page_) + words_at);
}

shared_page::~shared_page() { ::munmap(page_, size); }

void wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t seen, std::chrono::nanoseconds most) {
    constexpr std::int64_t nanoseconds_in_second = 1'000'000'000;
    if (most.count() <= 0) return;
    const timespec timeout{most.count() / nanoseconds_in_second, most.count() % nanoseconds_in_second};
    futex(word, FUTEX_WAIT, seen, &timeout);
}

void wake_all(const std::atomic<std::uint32_t>& word) noexcept { futex(word, FUTEX_WAKE, INT_MAX, nullptr); }

}  // namespace foldline::inline v0::sqlite
