// The locks are of open file descriptions (F_OFD_*), so that they also hold between two objects of one process:
//
//     byte 0   shared by those who write beside others, exclusive for who writes alone
//     byte 1   exclusive for whoever changes the file at this moment

#include "writer_lock.hpp"

#include "futex.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {
namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr off_t presence = 0;
constexpr off_t turn = 1;

// Nobody relies on being woken: a process may be killed between giving back and waking.
constexpr milliseconds look_again{20};
// Longer than a wake-up takes, and short enough for a waiter that is gone.
constexpr milliseconds longest_courtesy{2};

bool set_lock(int descriptor, int kind, off_t byte) {
    struct flock lock {};
    lock.l_type = static_cast<short>(kind);
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    while (::fcntl(descriptor, F_OFD_SETLK, &lock) != 0)
        if (errno != EINTR) return false;
    return true;
}

bool is_held_by_another(int why) { return why == EAGAIN || why == EACCES; }

std::string named(std::uint32_t process) {
    return process == 0 ? "another process" : fmt::format("process {}", process);
}

}  // namespace

writer_lock::descriptor::descriptor(const std::filesystem::path& name)
    : number_(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (number_ < 0) throw storage_error(errno, fmt::format("open the lock {}", name.string()), std::strerror(errno));
    struct stat status {};
    const bool is_long_enough =
        ::fstat(number_, &status) == 0 && status.st_size >= static_cast<off_t>(shared_page::size);
    if (is_long_enough || ::ftruncate(number_, static_cast<off_t>(shared_page::size)) == 0) return;
    const int why = errno;
    ::close(number_);
    throw storage_error(why, fmt::format("make the lock {}", name.string()), std::strerror(why));
}

writer_lock::descriptor::~descriptor() { ::close(number_); }

writer_lock::writer_lock(const std::filesystem::path& guarded, writers how_many)
    : name_(guarded.string() + "-lock"),
      guarded_(guarded),
      file_(name_),
      page_(file_.number(), name_, shared_page::rights::write) {
    if (set_lock(file_.number(), how_many == writers::one ? F_WRLCK : F_RDLCK, presence)) {
        if (how_many == writers::one) page_.words().owner = static_cast<std::uint32_t>(::getpid());
        return;
    }
    if (is_held_by_another(errno))
        throw store_in_use(fmt::format(
            "{} is being written to by {}{}", guarded.string(), named(page_.words().owner),
            how_many == writers::one ? ", and this program wants to write to it alone" : ", which writes to it alone"));
    throw storage_error(errno, fmt::format("lock {}", name_.string()), std::strerror(errno));
}

writer_lock::~writer_lock() = default;

bool writer_lock::try_acquire() {
    if (!set_lock(file_.number(), F_WRLCK, turn)) {
        if (is_held_by_another(errno)) return false;
        throw storage_error(errno, fmt::format("lock {}", name_.string()), std::strerror(errno));
    }
    shared_words& words = page_.words();
    words.owner.store(static_cast<std::uint32_t>(::getpid()), std::memory_order_relaxed);
    own_turn_ = words.turns.fetch_add(1) + 1;
    if (words.yielding.exchange(0) != 0) wake_all(&words.turns, futex_scope::machine);
    return true;
}

void writer_lock::acquire(milliseconds timeout) {
    if (is_to_yield_) let_others_go_first();
    if (!try_acquire()) wait_for_turn(timeout);
}

/// Else who has just given the right back would be the first to take it again, every time, since the others have to
/// wake up first.
void writer_lock::let_others_go_first() {
    is_to_yield_ = false;
    shared_words& words = page_.words();
    const auto end = steady::now() + longest_courtesy;
    while (words.turns.load() == own_turn_ && steady::now() < end) {
        words.yielding = 1;
        wait_for_change(words.turns, own_turn_, end - steady::now(), futex_scope::machine);
    }
}

void writer_lock::wait_for_turn(milliseconds timeout) {
    shared_words& words = page_.words();
    const auto end = steady::now() + timeout;
    for (;;) {
        const std::uint32_t seen = words.releases.load();
        words.waiting = 1;
        if (try_acquire()) return;
        const auto left = end - steady::now();
        if (left <= steady::duration::zero())
            throw storage_error(SQLITE_BUSY, fmt::format("write to {}", guarded_.string()),
                                fmt::format("{} has been writing for {} ms and longer; see what it does, or end it",
                                            named(words.owner), timeout.count()));
        wait_for_change(words.releases, seen, std::min<steady::duration>(left, look_again), futex_scope::machine);
    }
}

void writer_lock::release() noexcept {
    set_lock(file_.number(), F_UNLCK, turn);
    shared_words& words = page_.words();
    ++words.releases;
    // Taken down each time: whoever still waits puts it up again, and who was killed does not.
    is_to_yield_ = words.waiting.exchange(0) != 0;
    if (is_to_yield_) wake_all(&words.releases, futex_scope::machine);
}

void writer_lock::ring() noexcept {
    ++page_.words().commits;
    wake_all(&page_.words().commits, futex_scope::machine);
}

}  // namespace foldline::inline v0::sqlite
