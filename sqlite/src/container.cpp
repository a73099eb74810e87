#include "container.hpp"

#include "durable_name.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {
namespace {

constexpr std::int64_t application_id = 0x466F6C64;  // "Fold"
constexpr std::int64_t container_version = 1;
constexpr off_t smallest_database = 512;

void make_empty_file(const std::filesystem::path& file) {
    // Made before SQLite opens it, so that it is never readable by others; its -wal and -shm take after it.
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 && errno != EEXIST)
        throw storage_error(errno, fmt::format("create {}", file.string()), std::strerror(errno));
    if (descriptor < 0) return;
    ::close(descriptor);
    make_name_durable(file);
}

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view why) {
    throw incompatible_store(fmt::format("{} {}", file.string(), why));
}

void make_container(connection& connection) {
    transaction change{connection};
    connection.execute(
        fmt::format("pragma application_id = {}; pragma user_version = {};"
                    "create table foldline_components (name text primary key, version integer not null) "
                    "strict, without rowid",
                    application_id, container_version));
    change.commit();
}

std::int64_t first_look(connection& connection) {
    try {
        return connection.integer("select count(*) from sqlite_schema");
    } catch (const corrupt_data&) {
        refuse(connection.file(), "is not a Foldline store: it is no SQLite file, or its first page is damaged");
    }
}

}  // namespace

void prepare_file(const std::filesystem::path& file, open_mode mode) {
    // The system would end the name there, and take another file for the lock beside it.
    if (file.native().find('\0') != std::string::npos) refuse(file, "has a name that holds a zero byte");
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            throw storage_error(errno, fmt::format("look at {}", file.string()), std::strerror(errno));
        if (mode != open_mode::create) throw store_not_found(fmt::format("there is no store {}", file.string()));
        make_empty_file(file);
        return;
    }
    if (S_ISLNK(status.st_mode)) refuse(file, "is a symbolic link; name the file that it leads to");
    if (S_ISDIR(status.st_mode)) refuse(file, "is a directory, not a store");
    if (!S_ISREG(status.st_mode)) refuse(file, "is no plain file");
    // SQLite takes a file of one byte for an empty one.
    if (status.st_size > 0 && status.st_size < smallest_database)
        refuse(file, "is not a Foldline store: it is too small for an SQLite file");
    if ((status.st_mode & S_IWOTH) != 0)
        refuse(file, "may be written to by anyone on this machine; take that right away (chmod o-w) and try again");
}

void require_container(connection& connection, open_mode mode) {
    const std::int64_t tables = first_look(connection);
    const std::int64_t application = connection.integer("pragma application_id");
    const std::int64_t version = connection.integer("pragma user_version");
    if (tables == 0 && application == 0 && version == 0) {
        if (mode != open_mode::create) refuse(connection.file(), "is empty: no store was made in it yet");
        make_container(connection);
        return;
    }
    if (application != application_id) refuse(connection.file(), "is an SQLite file, but not a Foldline store");
    if (version > container_version)
        refuse(
            connection.file(),
            fmt::format("was written by a newer Foldline: its container is at version {}, this program knows {}; use "
                        "the newer program",
                        version, container_version));
}

}  // namespace foldline::inline v0::sqlite
