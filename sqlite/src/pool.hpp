#pragma once

#include <foldline/core/guarded.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Things that one thread uses at a time, kept for the next one.
///
/// Threads: shared.
template <class T>
class pool {
public:
    explicit pool(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {
        idle_.with([](auto& idle) { idle.reserve(most_idle); });  // so that giving back cannot fail
    }

    /// One that nobody else has, until this is destroyed.
    class lease {
    public:
        lease(pool& home, std::unique_ptr<T> item) : home_(home), item_(std::move(item)) {}
        lease(const lease&) = delete;
        lease& operator=(const lease&) = delete;
        ~lease() { home_.give_back(std::move(item_)); }
        T& operator*() const { return *item_; }
        T* operator->() const { return item_.get(); }

    private:
        pool& home_;
        std::unique_ptr<T> item_;
    };

    [[nodiscard]] lease take() {
        auto item = idle_.with([](auto& idle) {
            std::unique_ptr<T> last;
            if (!idle.empty()) {
                last = std::move(idle.back());
                idle.pop_back();
            }
            return last;
        });
        return lease{*this, item ? std::move(item) : make_()};
    }

private:
    static constexpr std::size_t most_idle = 16;

    void give_back(std::unique_ptr<T> item) {
        idle_.with([&](auto& idle) {
            if (idle.size() < most_idle) idle.push_back(std::move(item));
        });
    }

    std::function<std::unique_ptr<T>()> make_;
    guarded<std::vector<std::unique_ptr<T>>> idle_;
};

}  // namespace foldline::inline v0::sqlite
