#pragma once

#include <cstdint>
#include <string>

namespace foldline_tests {

/// What the disk does at the chosen operation.
enum class disk_fault {
    write_error,  ///< nothing is written
    disk_full,    ///< nothing is written, and the disk says that it is full
    half_write,   ///< half is written, then it fails
    sync_error,   ///< the sync fails, and nobody knows what reached the disk
    read_error,
    truncate_error,
    power_cut,  ///< every operation fails from there on, and `materialise_power_cut` says what is left
};

/// A file system layer of SQLite, named "fault", over the usual one. It fails operations on demand. One at a time in a
/// process.
class fault_vfs {
public:
    /// Registers the layer with SQLite, once.
    static void install();
    static constexpr const char* name = "fault";

    enum class length { once, from_then_on };
    /// Fails the `nth` operation of the fault's own kind from now on, counted from 1.
    static void arm(disk_fault fault, std::int64_t nth, length how_long);
    /// Fails the `nth` operation of any kind that changes a file, and everything after it.
    static void arm_power_cut(std::int64_t nth);
    static void disarm();

    /// Whether the armed fault has come.
    static bool fired();
    /// Operations of the armed kind since it was armed.
    static std::int64_t count();

    /// From now on remembers what every file of this folder holds durably, and what was written since its last sync.
    static void watch(const std::string& folder);
    /// Gives the files what a power cut leaves: everything synced, and of each write since then all, nothing or torn
    /// sectors of it, as `seed` chooses. Removes the shared memory, which is no file of the disk's.
    static void materialise_power_cut(std::uint64_t seed);
};

}  // namespace foldline_tests
