#include "fault_vfs.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <vector>

#include <sqlite3.h>

namespace foldline_tests {
namespace {

/// A write or a truncation (`bytes` empty) that no sync has confirmed.
struct unsynced {
    sqlite3_int64 at;
    std::string bytes;
};

/// What the disk holds for certain, and what it may hold.
struct watched_file {
    std::string durable;
    std::vector<unsynced> since;
};

/// Everything the layer knows; one lock, since tests are not in a hurry.
struct laboratory {
    std::mutex mutex;
    bool armed = false;
    disk_fault fault{};
    std::int64_t nth = 0;
    fault_vfs::length how_long{};
    std::int64_t count = 0;
    bool fired = false;

    std::string watched;
    std::map<std::string, watched_file> files;

    /// Counts an operation, and says whether it fails.
    bool fails(disk_fault kind) {
        if (!armed) return false;
        const bool write_kind =
            kind == disk_fault::write_error && (fault == disk_fault::disk_full || fault == disk_fault::half_write);
        const bool changes = kind != disk_fault::read_error;
        const bool mine = fault == disk_fault::power_cut ? changes || fired : fault == kind || write_kind;
        if (!mine) return false;
        ++count;
        const bool now = how_long == fault_vfs::length::once ? count == nth : count >= nth;
        fired = fired || now;
        return now;
    }
};

laboratory& lab() {
    static laboratory one;
    return one;
}

struct fault_file {
    sqlite3_file base;
    const char* path;  // SQLite's, which lives as long as the file is open; null for a nameless one
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

fault_file& of(sqlite3_file* file) { return *reinterpret_cast<fault_file*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }

watched_file* watched(const fault_file& file) {
    if (!file.path) return nullptr;
    const auto known = lab().files.find(file.path);
    return known == lab().files.end() ? nullptr : &known->second;
}

void apply(std::string& content, const unsynced& change, const std::string& bytes) {
    if (change.bytes.empty()) {
        content.resize(static_cast<std::size_t>(change.at), '\0');
        return;
    }
    const auto end = static_cast<std::size_t>(change.at) + bytes.size();
    if (content.size() < end) content.resize(end, '\0');
    content.replace(static_cast<std::size_t>(change.at), bytes.size(), bytes);
}

int close_file(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    {
        std::scoped_lock lock{lab().mutex};
        if (lab().fails(disk_fault::read_error)) return SQLITE_IOERR_READ;
    }
    return real(file)->pMethods->xRead(real(file), to, size, at);
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    std::scoped_lock lock{lab().mutex};
    if (lab().fails(disk_fault::write_error)) {
        if (lab().fault == disk_fault::disk_full) return SQLITE_FULL;
        if (lab().fault == disk_fault::half_write) real(file)->pMethods->xWrite(real(file), from, size / 2, at);
        return SQLITE_IOERR_WRITE;
    }
    if (watched_file* known = watched(of(file)))
        known->since.push_back({at, std::string(static_cast<const char*>(from), static_cast<std::size_t>(size))});
    return real(file)->pMethods->xWrite(real(file), from, size, at);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    std::scoped_lock lock{lab().mutex};
    if (lab().fails(disk_fault::truncate_error)) return SQLITE_IOERR_TRUNCATE;
    if (watched_file* known = watched(of(file))) known->since.push_back({size, {}});
    return real(file)->pMethods->xTruncate(real(file), size);
}

int sync_file(sqlite3_file* file, int) {
    std::scoped_lock lock{lab().mutex};
    if (lab().fails(disk_fault::sync_error)) return SQLITE_IOERR_FSYNC;
    if (watched_file* known = watched(of(file))) {
        for (const unsynced& change : known->since) apply(known->durable, change, change.bytes);
        known->since.clear();
    }
    return SQLITE_OK;  // a real sync would only cost time: this process is not what loses power
}

int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int lock_file(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock_file(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
int check_lock(sqlite3_file* file, int* out) { return real(file)->pMethods->xCheckReservedLock(real(file), out); }
int control(sqlite3_file* file, int what, void* with) {
    return real(file)->pMethods->xFileControl(real(file), what, with);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
// A disk that may tear a sector next to the one it writes.
int characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file)) & ~SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, to);
}
int shm_lock(sqlite3_file* file, int at, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), at, count, flags);
}
void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

const sqlite3_io_methods methods{2,           close_file,  read_file,       write_file,  truncate_file,
                                 sync_file,   file_size,   lock_file,       unlock_file, check_lock,
                                 control,     sector_size, characteristics, shm_map,     shm_lock,
                                 shm_barrier, shm_unmap,   nullptr,         nullptr};

sqlite3_vfs* usual = nullptr;

std::string content_of(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    fault_file& opened = of(file);
    opened.base.pMethods = nullptr;
    opened.path = path;
    const int code = usual->xOpen(usual, path, opened.real(), flags, out_flags);
    if (code != SQLITE_OK) return code;
    opened.base.pMethods = &methods;
    std::scoped_lock lock{lab().mutex};
    if (path && !lab().watched.empty() && std::string(path).rfind(lab().watched, 0) == 0)
        lab().files.try_emplace(path, watched_file{content_of(path), {}});
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* path, int sync_directory) {
    std::scoped_lock lock{lab().mutex};
    if (lab().fails(disk_fault::truncate_error)) return SQLITE_IOERR_DELETE;
    lab().files.erase(path);
    return usual->xDelete(usual, path, sync_directory);
}

/// What is left of one write: all of it, nothing, or some of its sectors of 512 bytes.
std::string torn(const std::string& content, const unsynced& change, std::mt19937_64& random) {
    std::string left = change.bytes;
    for (std::size_t at = 0; at < left.size(); at += 512) {
        if (random() % 2 == 0) continue;
        for (std::size_t i = at; i < std::min(at + 512, left.size()); ++i) {
            const auto place = static_cast<std::size_t>(change.at) + i;
            left[i] = place < content.size() ? content[place] : '\0';
        }
    }
    return left;
}

void write_remains(const std::string& path, const watched_file& file, std::mt19937_64& random) {
    std::string content = file.durable;
    for (const unsynced& change : file.since) {
        const auto fate = random() % 3;
        if (fate == 0) continue;
        apply(content, change, fate == 1 ? change.bytes : torn(content, change, random));
    }
    std::ofstream{path, std::ios::binary | std::ios::trunc} << content;
}

}  // namespace

void fault_vfs::install() {
    static std::once_flag once;
    std::call_once(once, [] {
        usual = sqlite3_vfs_find(nullptr);
        static sqlite3_vfs layer = *usual;
        layer.zName = name;
        layer.szOsFile = static_cast<int>(sizeof(fault_file)) + usual->szOsFile;
        layer.pNext = nullptr;
        layer.xOpen = open_file;
        layer.xDelete = delete_file;
        sqlite3_vfs_register(&layer, 0);
    });
}

void fault_vfs::arm(disk_fault fault, std::int64_t nth, length how_long) {
    std::scoped_lock lock{lab().mutex};
    lab().armed = true;
    lab().fault = fault;
    lab().nth = nth;
    lab().how_long = how_long;
    lab().count = 0;
    lab().fired = false;
}

void fault_vfs::arm_power_cut(std::int64_t nth) { arm(disk_fault::power_cut, nth, length::from_then_on); }

void fault_vfs::disarm() {
    std::scoped_lock lock{lab().mutex};
    lab().armed = false;
}

bool fault_vfs::fired() {
    std::scoped_lock lock{lab().mutex};
    return lab().fired;
}

std::int64_t fault_vfs::count() {
    std::scoped_lock lock{lab().mutex};
    return lab().count;
}

void fault_vfs::watch(const std::string& folder) {
    std::scoped_lock lock{lab().mutex};
    lab().watched = folder;
    lab().files.clear();
}

void fault_vfs::materialise_power_cut(std::uint64_t seed) {
    std::scoped_lock lock{lab().mutex};
    std::mt19937_64 random{seed};
    for (const auto& [path, file] : lab().files) write_remains(path, file, random);
    for (const auto& entry : std::filesystem::directory_iterator(lab().watched))
        if (entry.path().string().ends_with("-shm")) std::filesystem::remove(entry.path());
    lab().watched.clear();
    lab().files.clear();
}

}  // namespace foldline_tests
