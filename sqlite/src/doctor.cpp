#include <foldline/sqlite/doctor.hpp>

#include <foldline/core/error.hpp>
#include <foldline/sqlite/database.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace foldline::inline v0::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t mebibyte = 1024 * 1024;

struct patient {
    fs::path file;
    fs::path folder;
    struct stat status {};

    [[nodiscard]] fs::path beside(std::string_view suffix) const { return file.string() + std::string(suffix); }
};

std::string sized(std::uintmax_t bytes) {
    if (bytes < mebibyte) return fmt::format("{} bytes", bytes);
    return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / static_cast<double>(mebibyte));
}

// SQLite 3.7.0 to 3.51.2 may lose a commit that is made while another connection moves the log. 3.44.6 and 3.50.7 are
// repaired too.
bool may_lose_commits(int version) {
    if (version < 3'007'000 || version >= 3'051'003) return false;
    const bool is_repaired_branch =
        (version >= 3'044'006 && version < 3'045'000) || (version >= 3'050'007 && version < 3'051'000);
    return !is_repaired_branch;
}

diagnosis sqlite_version() {
    const std::string found = sqlite3_libversion();
    if (!may_lose_commits(sqlite3_libversion_number())) return {health::good, "SQLite", found, {}};
    return {health::warning, "SQLite", found,
            "it may lose a commit when another connection moves the write-ahead log at that moment; foldline's lock "
            "keeps its own programs from that, but no other program may write to the file. Build with 3.51.3 or later: "
            "-DFOLDLINE_SQLITE_AMALGAMATION=DIR"};
}

/// What the file is, as far as the name goes; nothing else is looked at unless it is a file.
diagnosis kind_of_file(patient& who) {
    if (::lstat(who.file.c_str(), &who.status) != 0)
        return {health::bad, "file", std::strerror(errno), "name a store that exists"};
    if (S_ISLNK(who.status.st_mode))
        return {health::bad, "file", "a symbolic link",
                "name the file that it leads to: the write-ahead log is looked for beside the name"};
    if (S_ISDIR(who.status.st_mode)) return {health::bad, "file", "a directory", "name the store in it"};
    if (!S_ISREG(who.status.st_mode)) return {health::bad, "file", "no plain file", "name a store"};
    if (who.status.st_nlink > 1)
        return {health::warning, "file", fmt::format("it has {} names", who.status.st_nlink),
                "use one of them only, better remove the others: each name would have a write-ahead log of its own"};
    return {health::good, "file", sized(static_cast<std::uintmax_t>(who.status.st_size)), {}};
}

struct file_system {
    std::int64_t magic;
    std::string_view name;
    health state;
    std::string_view advice;
};
constexpr std::string_view no_network =
    "move the store to a disk of this machine: SQLite's locks and shared memory do not work over a network";
constexpr file_system file_systems[] = {
    {0xEF53, "ext4", health::good, {}},
    {0x58465342, "xfs", health::good, {}},
    {0x9123683E, "btrfs", health::good, {}},
    {0x2FC12FC1, "zfs", health::good, {}},
    {0xF2F52010, "f2fs", health::good, {}},
    {0x6969, "nfs", health::bad, no_network},
    {0xFF534D42, "cifs", health::bad, no_network},
    {0xFE534D42, "smb2", health::bad, no_network},
    {0x517B, "smb", health::bad, no_network},
    {0x00C36400, "ceph", health::bad, no_network},
    {0x5346414F, "afs", health::bad, no_network},
    {0x47504653, "gpfs", health::bad, no_network},
    {0x0BD00BD0, "lustre", health::bad, no_network},
    {0x01021997, "9p", health::bad, "move the store to a disk of this machine: the folder is shared with another one"},
    {0x65735546, "fuse", health::warning,
     "make sure that it is a disk of this machine, and that it syncs and locks as one; a network share loses events"},
    {0x794C7630, "overlay", health::warning,
     "put the store on a volume: what stands in the layer of a container goes with it"},
    {0x01021994, "tmpfs", health::warning, "move the store to a disk: this is memory, and empty after a restart"},
    {static_cast<std::int64_t>(0x858458F6), "ramfs", health::warning,
     "move the store to a disk: this is memory, and empty after a restart"},
    {0x4D44, "fat", health::warning, "move the store: this file system knows no owners and survives no power cut"},
};

diagnosis kind_of_file_system(const patient& who) {
    struct statfs found {};
    if (::statfs(who.folder.c_str(), &found) != 0)
        return {health::warning, "file system", std::strerror(errno), "make the folder readable"};
    const auto magic = static_cast<std::int64_t>(static_cast<std::uint32_t>(found.f_type));
    for (const file_system& known : file_systems)
        if (known.magic == magic)
            return {known.state, "file system", std::string(known.name), std::string(known.advice)};
    return {health::good, "file system", fmt::format("of kind {:#x}", magic), {}};
}

void look_at_rights(const patient& who, std::vector<diagnosis>& found) {
    for (std::string_view suffix : {"", "-wal", "-shm", "-lock"}) {
        const fs::path file = who.beside(suffix);
        const std::string name = file.filename().string();
        struct stat status {};
        if (::lstat(file.c_str(), &status) != 0) continue;
        const unsigned mode = status.st_mode & 07777U;
        const std::string rights = fmt::format("{}: mode {:04o}, owner {}", name, mode, status.st_uid);
        if (!S_ISREG(status.st_mode))
            found.push_back({health::bad, "permissions", fmt::format("{} is no plain file", name),
                             "find out who put it there, and remove it while no process has the store open"});
        else if ((mode & S_IWOTH) != 0)
            found.push_back(
                {health::bad, "permissions", rights, fmt::format("anyone may write to it: chmod o-w {}", name)});
        else if (status.st_uid != who.status.st_uid)
            found.push_back(
                {health::warning, "permissions", rights,
                 fmt::format("the store belongs to {}: run all programs of a store as one user", who.status.st_uid)});
        else if (::access(file.c_str(), R_OK | W_OK) != 0)
            found.push_back({health::warning, "permissions", rights,
                             fmt::format("user {} may not read and write it; run as its owner", ::geteuid())});
        else if ((mode & S_IROTH) != 0)
            found.push_back(
                {health::warning, "permissions", rights, fmt::format("anyone may read it: chmod o-r {}", name)});
        else found.push_back({health::good, "permissions", rights, {}});
    }
}

diagnosis rights_of_folder(const patient& who) {
    struct stat status {};
    if (::stat(who.folder.c_str(), &status) != 0)
        return {health::bad, "directory", std::strerror(errno), "make the folder readable"};
    const std::string rights = fmt::format("mode {:04o}, owner {}", status.st_mode & 07777U, status.st_uid);
    if (::access(who.folder.c_str(), W_OK | X_OK) != 0)
        return {
            health::bad, "directory", rights,
            fmt::format("user {} may not make files in it, and SQLite keeps the write-ahead log there", ::geteuid())};
    if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
        return {health::warning, "directory", rights, "anyone may replace the files in it: chmod o-w"};
    return {health::good, "directory", rights, {}};
}

std::string link_of(const fs::path& link) {
    std::error_code gone;
    return fs::read_symlink(link, gone).string();
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether a process has this path open, though the name leads to another file by now or to none.
bool holds_removed(const fs::path& process, const std::string& removed) {
    std::error_code unreadable;  // of another user, or gone
    for (fs::directory_iterator at{process / "fd", unreadable}, end; !unreadable && at != end; at.increment(unreadable))
        if (link_of(at->path()) == removed) return true;
    return false;
}

/// A process goes on writing to the file that it opened, whatever becomes of the name: those events are gone with it.
diagnosis file_under_the_name(const patient& who) {
    std::error_code ignored;
    const std::string removed = fs::canonical(who.file, ignored).string() + " (deleted)";
    for (fs::directory_iterator at{"/proc", ignored}, end; !ignored && at != end; at.increment(ignored))
        if (is_number(at->path().filename().string()) && holds_removed(at->path(), removed))
            return {health::bad, "name",
                    fmt::format("process {} has another file open that had this name", at->path().filename().string()),
                    "stop that process: what it writes is in no file that has a name"};
    return {health::good, "name", fmt::format("inode {}", who.status.st_ino), {}};
}

diagnosis length_of_log(const patient& who) {
    std::error_code missing;
    const std::uintmax_t length = fs::file_size(who.beside("-wal"), missing);
    if (missing) return {health::good, "write-ahead log", "none", {}};
    const auto file = static_cast<std::uintmax_t>(who.status.st_size);
    if (length > 64 * mebibyte && length > file / 10)
        return {health::warning, "write-ahead log", sized(length),
                "compact the store; if it stays as long, a reader keeps it from being emptied: find the process that "
                "has read for long and end it"};
    return {health::good, "write-ahead log", sized(length), {}};
}

diagnosis free_space(const patient& who) {
    struct statvfs found {};
    if (::statvfs(who.folder.c_str(), &found) != 0)
        return {health::warning, "free space", std::strerror(errno), "make the folder readable"};
    const std::uintmax_t left = found.f_bavail * found.f_frsize;
    const std::uintmax_t all = std::max<std::uintmax_t>(found.f_blocks * found.f_frsize, 1);
    const std::string text = fmt::format("{}, {} % of the disk", sized(left), left * 100 / all);
    constexpr std::string_view advice = "make room: a full disk refuses every append";
    if (left < 64 * mebibyte) return {health::bad, "free space", text, std::string(advice)};
    if (left < 1024 * mebibyte || left < all / 10) return {health::warning, "free space", text, std::string(advice)};
    return {health::good, "free space", text, {}};
}

void look_for_leftovers(const patient& who, std::vector<diagnosis>& found) {
    const std::string begin = who.file.filename().string() + ".";
    std::error_code unreadable;
    for (fs::directory_iterator at{who.folder, unreadable}, end; !unreadable && at != end; at.increment(unreadable)) {
        const std::string name = at->path().filename().string();
        if (!name.starts_with(begin)) continue;
        if (name.ends_with(".rebuild"))
            found.push_back({health::good, "rebuild", name,
                             "a projection is being rebuilt there, or was; the next rebuild goes on with it"});
        if (name.ends_with(".partial"))
            found.push_back({health::good, "copy", name,
                             "a backup or restore is at work there, or was; the next one of that name replaces it"});
    }
}

/// Reads a closed store without making the files beside it that SQLite would make, and nobody would take away.
std::string fault_of_closed(const fs::path& file) {
    std::string uri = "file:";
    for (const char c : fs::absolute(file).string())
        uri += c == '%' || c == '?' || c == '#' ? fmt::format("%{:02X}", static_cast<unsigned>(c)) : std::string(1, c);
    sqlite3* handle = nullptr;
    sqlite3_stmt* row = nullptr;
    int code =
        sqlite3_open_v2((uri + "?immutable=1").c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(handle,
                                  "select application_id, user_version, (select count(*) from sqlite_schema where name "
                                  "= 'foldline_components') from pragma_application_id, pragma_user_version",
                                  -1, &row, nullptr);
    std::string fault;
    if (code != SQLITE_OK || sqlite3_step(row) != SQLITE_ROW) fault = handle ? sqlite3_errmsg(handle) : "no memory";
    else if (sqlite3_column_int64(row, 0) != 0x466F6C64) fault = "it is no Foldline store";
    else if (sqlite3_column_int64(row, 1) != 1) fault = "it was written by another version of Foldline";
    else if (sqlite3_column_int64(row, 2) != 1) fault = "it has lost the table foldline_components";
    sqlite3_finalize(row);
    sqlite3_close(handle);
    return fault;
}

/// Why the file cannot be opened as a store; empty if it can.
std::string fault_of_store(const patient& who) {
    std::error_code missing;
    const std::uintmax_t log = fs::file_size(who.beside("-wal"), missing);
    if (missing || log == 0) return fault_of_closed(who.file);
    try {
        const database opened{who.file, {.mode = open_mode::read_only}};
        return {};
    } catch (const error& refused) {
        return refused.what();
    }
}

diagnosis store(const patient& who) {
    std::string fault = fault_of_store(who);
    if (fault.empty()) return {health::good, "store", "opens", {}};
    return {health::bad, "store", std::move(fault), "verify it, and restore the last backup if it is damaged"};
}

}  // namespace

std::vector<diagnosis> examine(const fs::path& file) {
    patient who{file, file.has_parent_path() ? file.parent_path() : fs::path{"."}, {}};
    std::vector<diagnosis> found{sqlite_version(), kind_of_file(who)};
    if (!S_ISREG(who.status.st_mode)) return found;
    found.push_back(kind_of_file_system(who));
    look_at_rights(who, found);
    found.push_back(rights_of_folder(who));
    found.push_back(file_under_the_name(who));
    found.push_back(length_of_log(who));
    found.push_back(free_space(who));
    look_for_leftovers(who, found);
    found.push_back(store(who));
    return found;
}

}  // namespace foldline::inline v0::sqlite
