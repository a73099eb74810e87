#include "futex.hpp"

#include <climits>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {
namespace {

void futex(const std::atomic<std::uint32_t>* word, int operation, futex_scope scope, std::uint32_t value,
           const timespec* timeout) {
    const int among = scope == futex_scope::process ? FUTEX_PRIVATE_FLAG : 0;
    ::syscall(SYS_futex, word, operation | among, value, timeout, nullptr, 0);
}

}  // namespace

void wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t seen, std::chrono::nanoseconds most,
                     futex_scope scope) {
    constexpr std::int64_t nanoseconds_in_second = 1'000'000'000;
    if (most.count() <= 0) return;
    const timespec timeout{most.count() / nanoseconds_in_second, most.count() % nanoseconds_in_second};
    futex(&word, FUTEX_WAIT, scope, seen, &timeout);
}

void wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t seen, futex_scope scope) {
    futex(&word, FUTEX_WAIT, scope, seen, nullptr);
}

void wake_one(const std::atomic<std::uint32_t>* word, futex_scope scope) noexcept {
    futex(word, FUTEX_WAKE, scope, 1, nullptr);
}
void wake_all(const std::atomic<std::uint32_t>* word, futex_scope scope) noexcept {
    futex(word, FUTEX_WAKE, scope, INT_MAX, nullptr);
}

}  // namespace foldline::inline v0::sqlite
