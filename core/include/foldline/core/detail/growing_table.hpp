#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace foldline::inline v0::detail {

/// Entries that are numbered as they are added, never change and never go, so that finding one takes no lock. Whoever
/// asks gives a hash, and a `matches(entry)` that says whether an entry is the one that is meant.
///
/// Threads: shared. Entries live as long as the table.
template <class Entry>
class growing_table {
public:
    /// Null if there is none, or another thread is just adding it.
    template <class Matches>
    [[nodiscard]] const Entry* find(std::size_t hash, const Matches& matches) const {
        return find_in(*current_.load(std::memory_order_acquire), hash, matches);
    }

    /// The entry that was added as the `index`-th, from 0; null if there is none.
    [[nodiscard]] const Entry* at(std::size_t index) const {
        const block& now = *current_.load(std::memory_order_acquire);
        return index < now.capacity ? now.entries[index].load(std::memory_order_acquire) : nullptr;
    }

    /// Adds `make(index)` unless there is such an entry. `make` is called under the lock, and must run no user code.
    template <class Matches, class Make>
    const Entry& find_or_add(std::size_t hash, const Matches& matches, Make&& make) {
        if (const Entry* known = find(hash, matches)) return *known;
        std::scoped_lock lock{mutex_};
        if (const Entry* known = find(hash, matches)) return *known;
        const std::size_t index = kept_.size();
        if (index == blocks_.back()->capacity) grow();
        const Entry& added = kept_.emplace_back(std::forward<Make>(make)(index));
        try {
            hashes_.push_back(hash);
        } catch (...) {
            kept_.pop_back();
            throw;
        }
        insert(*blocks_.back(), index, hash, added);
        return added;
    }

private:
    /// Has twice as many slots as it may hold entries, so that a search always ends at an empty one, and soon.
    struct block {
        explicit block(std::size_t holds) : capacity(holds), entries(holds), slots(2 * holds) {}

        std::size_t capacity;  // a power of two
        std::vector<std::atomic<const Entry*>> entries;
        std::vector<std::atomic<const Entry*>> slots;
    };

    template <class Matches>
    static const Entry* find_in(const block& where, std::size_t hash, const Matches& matches) {
        const std::size_t mask = where.slots.size() - 1;
        for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
            const Entry* entry = where.slots[i].load(std::memory_order_acquire);
            if (!entry || matches(*entry)) return entry;
        }
    }

    static void insert(block& into, std::size_t index, std::size_t hash, const Entry& entry) {
        const std::size_t mask = into.slots.size() - 1;
        std::size_t i = hash & mask;
        while (into.slots[i].load(std::memory_order_relaxed)) i = (i + 1) & mask;
        // By number first: who finds an entry by its hash may go on to ask for its number.
        into.entries[index].store(&entry, std::memory_order_release);
        into.slots[i].store(&entry, std::memory_order_release);
    }

    /// A thread may still search the block before, so it is kept; all of them together are smaller than the last.
    void grow() {
        auto larger = std::make_unique<block>(2 * blocks_.back()->capacity);
        for (std::size_t i = 0; i < kept_.size(); ++i) insert(*larger, i, hashes_[i], kept_[i]);
        blocks_.push_back(std::move(larger));
        current_.store(blocks_.back().get(), std::memory_order_release);
    }

    static std::vector<std::unique_ptr<block>> first_block() {
        std::vector<std::unique_ptr<block>> blocks;
        blocks.push_back(std::make_unique<block>(std::size_t{16}));
        return blocks;
    }

    std::mutex mutex_;
    std::deque<Entry> kept_;  // a deque, so that entries stay where they are as it grows
    std::vector<std::size_t> hashes_;
    std::vector<std::unique_ptr<block>> blocks_ = first_block();
    std::atomic<const block*> current_{blocks_.back().get()};
};

}  // namespace foldline::inline v0::detail
