#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace foldline::inline v0::sqlite {

enum class health { good, warning, bad };

/// One thing that was looked at.
struct diagnosis {
    health state;
    std::string what;    ///< "SQLite", "file system", "permissions", "write-ahead log", "free space", …
    std::string found;   ///< "3.40.1"
    std::string advice;  ///< what to do; empty where nothing is
};

/// Whether the surroundings of a store are what it needs: the version of SQLite and its known bug, the file system, the
/// permissions of the file and of what lies beside it, whether the name still leads to the same file, the length of the
/// write-ahead log, free space. Looks, and changes nothing; does not need the file to be sound.
[[nodiscard]] std::vector<diagnosis> examine(const std::filesystem::path& file);

}  // namespace foldline::inline v0::sqlite
