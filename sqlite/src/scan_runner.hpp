#pragma once

#include "event_groups.hpp"
#include "page_reader.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Goes over a long range on several threads: each reads and decodes a stretch of positions, and the rows of the
/// stretches come out in the order of the log. A few stretches are kept at most.
///
/// Threads: confined; the store and the shape, which outlive it, are used by threads of its own.
class scan_runner {
public:
    using make_reader = std::function<std::unique_ptr<page_reader>()>;

    /// Of one thread; none: `next` hands out the rows.
    using make_groups = std::function<std::unique_ptr<event_groups>()>;

    /// `range` is of no stream.
    scan_runner(const make_reader& make, event_range range, bool backward, const cell_filter& wanted,
                std::size_t page_size, const make_groups& make_counts);
    /// Stops it.
    ~scan_runner();
    scan_runner(const scan_runner&) = delete;
    scan_runner& operator=(const scan_runner&) = delete;

    /// How many threads there would be; 1: it is not worth while.
    [[nodiscard]] static std::size_t threads();

    /// The rows of the next stretch, which may be none, and are where they are counted; null behind the last. They live
    /// until the next call. Throws what reading them threw.
    row_page* next();
    /// Adds what was counted, when `next` has come to the end.
    void add_counts_to(event_groups& all) const;

private:
    struct stretch {
        row_page rows;
        std::exception_ptr failure;
        bool is_ready = false;
    };

    void work(const std::stop_token& stop, page_reader& reader, event_groups* counted);
    template <class ReadPage>
    void read(const std::stop_token& stop, std::size_t number, ReadPage read_page) const;
    [[nodiscard]] event_range range_of(std::size_t number) const;
    [[nodiscard]] stretch& at(std::size_t number) { return stretches_[number % stretches_.size()]; }

    const event_range range_;
    const bool backward_;
    const cell_filter wanted_;
    const std::size_t page_size_;
    const std::size_t count_;
    std::vector<std::unique_ptr<page_reader>> readers_;
    std::vector<std::unique_ptr<event_groups>> counted_;  // by thread, if rows are counted
    std::vector<stretch> stretches_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::size_t begun_ = 0;
    std::size_t given_ = 0;              ///< handed out, the last of them perhaps still in use
    std::vector<std::jthread> threads_;  // last, since they use the members above
};

}  // namespace foldline::inline v0::sqlite
