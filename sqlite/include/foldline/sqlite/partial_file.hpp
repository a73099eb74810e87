#pragma once

#include <filesystem>

namespace foldline::inline v0::sqlite {

/// What becomes of a `NAME.partial` that a killed process left.
enum class leftover { replaced, taken_over };

/// A file on its way to a name: made as `NAME.partial`, readable by its owner only, and given its name once it is
/// whole. Gone again, with what a database has beside it, unless that happened. Whoever makes one holds a lock on it,
/// which ends with the process.
///
/// confined.
class partial_file {
public:
    /// Throws `storage_error` if the name is taken, or if a log or journal of an earlier file of that name would be
    /// taken for this one's; `store_in_use` if another process is at it.
    explicit partial_file(std::filesystem::path name, leftover of_killed = leftover::replaced);
    partial_file(const partial_file&) = delete;
    partial_file& operator=(const partial_file&) = delete;
    ~partial_file();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Of the file, for reading and writing. Closing any other descriptor of it would not end the lock.
    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// Whoever opens the database that this is needs a write-ahead log only when he writes. The database is closed.
    void forget_write_ahead_log() const;
    /// Makes the content last, then the name. Never in the place of another file.
    void publish();
    /// It stays under its partial name, for the next one to take over.
    void leave();

private:
    void require_free_name() const;
    /// False if somebody else came in between; then one tries again.
    bool try_make(leftover of_killed);
    bool try_take_over();
    void remove_leftover();
    void remove() const;
    [[nodiscard]] bool hold(int descriptor);
    [[nodiscard]] bool is_under_its_name(int descriptor) const;

    std::filesystem::path name_;
    std::filesystem::path path_;
    int descriptor_ = -1;
    bool stays_ = false;
};

}  // namespace foldline::inline v0::sqlite
