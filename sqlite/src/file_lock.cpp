#include "file_lock.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {
namespace {

std::string owner_of(int descriptor) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
    std::string owner{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0U};
    owner.erase(owner.find_last_not_of("\n ") + 1);
    return owner.empty() ? "another process" : "process " + owner;
}

/// Only a courtesy to whoever meets the lock: whether it is held does not depend on it.
void write_owner(int descriptor) {
    const std::string owner = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor, 0) == 0) (void)!::pwrite(descriptor, owner.data(), owner.size(), 0);
}

}  // namespace

file_lock::file_lock(const std::filesystem::path& guarded) {
    const std::string name = guarded.string() + "-lock";
    descriptor_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor_ < 0) throw storage_error(errno, fmt::format("open the lock {}", name), std::strerror(errno));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
        write_owner(descriptor_);
        return;
    }
    const int why = errno;
    const std::string owner = owner_of(descriptor_);
    ::close(descriptor_);
    if (why == EWOULDBLOCK)
        throw store_in_use(fmt::format("{} is being written to by {}; only one process may write to it at a time",
                                       guarded.string(), owner));
    throw storage_error(why, fmt::format("lock {}", name), std::strerror(why));
}

file_lock::~file_lock() { ::close(descriptor_); }

}  // namespace foldline::inline v0::sqlite
