#pragma once

#include <filesystem>

namespace foldline::inline v0::sqlite {

/// The right to write to one Foldline file, held against every other process and every other object of this one: a
/// `flock` on `FILE-lock`, which names its owner. It ends with the process that holds it, however that ends. The lock
/// has a file of its own because closing any descriptor of the database file would drop SQLite's own locks.
///
/// confined.
class file_lock {
public:
    /// Throws `store_in_use`, naming the process that has it, or `storage_error`.
    explicit file_lock(const std::filesystem::path& guarded);
    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;
    ~file_lock();

private:
    int descriptor_ = -1;
};

}  // namespace foldline::inline v0::sqlite
