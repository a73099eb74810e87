#pragma once

#include <mutex>
#include <utility>

namespace foldline::inline v0 {

/// Data that can only be reached while its lock is held.
///
/// Threads: shared.
template <class T>
class guarded {
public:
    template <class... Args>
    explicit guarded(Args&&... args) : data_(std::forward<Args>(args)...) {}

    /// Calls `use(data)` under the lock. `use` must run no user code and return nothing that refers into the data.
    template <class F>
    decltype(auto) with(F&& use) {
        std::scoped_lock lock{mutex_};
        return std::forward<F>(use)(data_);
    }
    template <class F>
    decltype(auto) with(F&& use) const {
        std::scoped_lock lock{mutex_};
        return std::forward<F>(use)(data_);
    }

private:
    mutable std::mutex mutex_;
    T data_;
};

}  // namespace foldline::inline v0
