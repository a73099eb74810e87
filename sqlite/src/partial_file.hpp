#pragma once

#include <filesystem>

namespace foldline::inline v0::sqlite {

/// A file on its way to a name: made as `NAME.partial`, readable by its owner only, and given its name once it is whole.
/// Gone again unless that happened. Whoever makes one holds a lock on it, which ends with the process; what a killed
/// process left is thrown away by the next.
///
/// confined.
class partial_file {
public:
    /// Throws `storage_error` if the name is taken, or if a log or journal of an earlier file of that name would be
    /// taken for this one's; `store_in_use` if another process is at it.
    explicit partial_file(std::filesystem::path name);
    partial_file(const partial_file&) = delete;
    partial_file& operator=(const partial_file&) = delete;
    ~partial_file();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Of the file, for reading and writing. Closing any other descriptor of it would not end the lock.
    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// Makes the content last, then the name. Never in the place of another file.
    void publish();

private:
    void require_free_name() const;
    /// False if somebody else came in between; then one tries again.
    bool try_make();
    void remove_leftover();
    [[nodiscard]] bool is_under_its_name(int descriptor) const;

    std::filesystem::path name_;
    std::filesystem::path path_;
    int descriptor_ = -1;
    bool published_ = false;
};

}  // namespace foldline::inline v0::sqlite
