#include <foldline/sqlite/partial_file.hpp>

#include "durable_name.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {
namespace {

[[noreturn]] void fail(std::string_view operation, const std::filesystem::path& file, int why) {
    throw storage_error(why, fmt::format("{} {}", operation, file.string()), std::strerror(why));
}

bool is_there(const std::filesystem::path& file) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) == 0) return true;
    if (errno != ENOENT) fail("look at", file, errno);
    return false;
}

/// Gives `from` the name `to`, unless that is taken.
bool rename_unless_taken(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    // The file system knows no such renaming; a second name is never given in the place of another file either.
    return ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0;
}

}  // namespace

partial_file::partial_file(std::filesystem::path name, leftover of_killed)
    : name_(std::move(name)), path_(name_.string() + ".partial") {
    require_free_name();
    constexpr int tries = 100;
    for (int i = 0; i < tries; ++i)
        if (try_make(of_killed)) return;
    throw store_in_use(fmt::format("{} is being written to by others, again and again", path_.string()));
}

partial_file::~partial_file() {
    if (!stays_) remove();
    ::close(descriptor_);
}

/// The file last: a log that stayed alone would be taken for that of the next file of this name.
void partial_file::remove() const {
    for (const char* beside : {"-wal", "-shm", "-journal", "-lock", ""}) ::unlink((path_.string() + beside).c_str());
}

void partial_file::require_free_name() const {
    if (is_there(name_)) fail("write", name_, EEXIST);
    for (const char* beside : {"-wal", "-journal", "-shm"}) {
        const std::filesystem::path stray = name_.string() + beside;
        if (is_there(stray))
            throw storage_error(EEXIST, fmt::format("write {}", name_.string()),
                                fmt::format("{} belongs to an earlier file of that name, and would be taken for this "
                                            "one's; move it away, or choose another name",
                                            stray.string()));
    }
}

bool partial_file::try_make(leftover of_killed) {
    const int made = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (made < 0 && errno == EEXIST) {
        if (of_killed == leftover::taken_over) return try_take_over();
        remove_leftover();
        return false;
    }
    if (made < 0) fail("create", path_, errno);
    return hold(made);
}

/// Until it is locked, another process may take it for something that was left there.
bool partial_file::hold(int descriptor) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && is_under_its_name(descriptor)) {
        descriptor_ = descriptor;
        return true;
    }
    ::close(descriptor);
    return false;
}

bool partial_file::try_take_over() {
    const int left = ::open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (left < 0 && errno == ENOENT) return false;
    if (left < 0) fail("go on with", path_, errno);
    return hold(left);
}

void partial_file::remove_leftover() {
    const int left = ::open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (left < 0 && errno == ENOENT) return;
    if (left < 0) fail("replace what was left as", path_, errno);
    const bool locked = ::flock(left, LOCK_EX | LOCK_NB) == 0;
    const int why = errno;
    // The one that was opened may have got its name meanwhile, and then the one that is there is somebody's.
    if (locked && is_under_its_name(left)) remove();
    ::close(left);
    if (locked) return;
    if (why != EWOULDBLOCK) fail("lock", path_, why);
    throw store_in_use(fmt::format("another process is writing {}", path_.string()));
}

bool partial_file::is_under_its_name(int descriptor) const {
    struct stat own {};
    struct stat there {};
    return ::fstat(descriptor, &own) == 0 && ::lstat(path_.c_str(), &there) == 0 && own.st_dev == there.st_dev &&
           own.st_ino == there.st_ino;
}

void partial_file::publish() {
    if (::fsync(descriptor_) != 0) fail("sync", path_, errno);
    require_free_name();
    if (!rename_unless_taken(path_, name_)) fail("write", name_, errno);
    stays_ = true;
    make_name_durable(name_);
    ::unlink((path_.string() + "-lock").c_str());
}

void partial_file::leave() { stays_ = true; }

/// Bytes 18 and 19 of the header say so.
void partial_file::forget_write_ahead_log() const {
    constexpr std::array<char, 2> rollback_journal{1, 1};
    if (::pwrite(descriptor_, rollback_journal.data(), rollback_journal.size(), 18) !=
        static_cast<ssize_t>(rollback_journal.size()))
        fail("write", path_, errno);
}

}  // namespace foldline::inline v0::sqlite
