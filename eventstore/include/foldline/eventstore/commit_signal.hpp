#pragma once

#include <foldline/core/global_position.hpp>

#include <exception>
#include <functional>
#include <memory>

namespace foldline::inline v0 {

/// Keeps a slot connected for as long as it lives. May outlive the signal.
///
/// Threads: confined.
class commit_connection {
public:
    commit_connection() noexcept;
    commit_connection(commit_connection&& other) noexcept;
    commit_connection& operator=(commit_connection&& other) noexcept;
    ~commit_connection();

    /// The slot is not called by later commits. A call that another thread has begun may still go on.
    void disconnect() noexcept;

private:
    friend class commit_signal;
    struct link;
    explicit commit_connection(std::unique_ptr<link> made) noexcept;
    std::unique_ptr<link> link_;
};

/// Says that something was committed: once for each commit, never for each event.
///
/// It is a hint to look. A slot wakes somebody and returns; what happened is read from the store. Slots run on the
/// thread that committed, several at once if several threads commit, and may still be running when their connection
/// is gone: a slot owns what it touches.
///
/// Threads: shared.
class commit_signal {
public:
    /// `head` was the store's last position right after the commit. Calls may come out of order.
    using slot = std::function<void(global_position head)>;
    using error_slot = std::function<void(std::exception_ptr)>;

    commit_signal();
    ~commit_signal();
    commit_signal(const commit_signal&) = delete;
    commit_signal& operator=(const commit_signal&) = delete;

    [[nodiscard]] commit_connection connect(const slot& look);

    /// Gets what slots throw, on the thread that committed. Without one it is dropped: the commit did succeed.
    void report_errors_to(error_slot report);

    /// For stores, after a commit, without a lock: calls every slot, also when one of them throws.
    void emit(global_position head) noexcept;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace foldline::inline v0
