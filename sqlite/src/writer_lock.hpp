#pragma once

#include "shared_page.hpp"

#include <foldline/sqlite/database.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace foldline::inline v0::sqlite {

/// The right to write to one Foldline file, held against every other process and every other object of this one. Two
/// locks on `FILE-lock`: one says for as long as this lives that somebody writes, alone or beside others, the other is
/// held while something is changed. Both end with the process, however it ends. The lock has a file of its own because
/// closing any descriptor of the database file would drop SQLite's own locks.
///
/// SQLite has a lock of its own for commits. This one is for what that one leaves open: before 3.51.3 a commit may be
/// lost when another process moves the log at the same moment, so here whoever does either has the lock.
///
/// confined, but for `ring`.
class writer_lock {
public:
    /// Throws `store_in_use`, naming the process that is in the way, or `storage_error`.
    writer_lock(const std::filesystem::path& guarded, writers how_many);
    writer_lock(const writer_lock&) = delete;
    writer_lock& operator=(const writer_lock&) = delete;
    ~writer_lock();

    /// Waits until nobody else changes the file. Whoever gave the right back while others waited lets one of them go
    /// first. Throws `storage_error` after `timeout`, naming the process that holds it.
    void acquire(std::chrono::milliseconds timeout);
    [[nodiscard]] bool try_acquire();
    void release() noexcept;

    /// Tells whoever follows the file, in whichever process, that something was committed.
    void ring() noexcept;

private:
    class descriptor {
    public:
        explicit descriptor(const std::filesystem::path& name);
        descriptor(const descriptor&) = delete;
        descriptor& operator=(const descriptor&) = delete;
        ~descriptor();
        [[nodiscard]] int number() const { return number_; }

    private:
        int number_;
    };

    void let_others_go_first();
    void wait_for_turn(std::chrono::milliseconds timeout);

    std::filesystem::path name_;
    std::filesystem::path guarded_;
    descriptor file_;
    shared_page page_;
    std::uint32_t own_turn_ = 0;
    bool is_to_yield_ = false;
};

}  // namespace foldline::inline v0::sqlite
