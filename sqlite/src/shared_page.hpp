#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

namespace foldline::inline v0::sqlite {

/// Words that every process with the same Foldline file sees: the first page of `FILE-lock`, mapped. They are hints, so
/// that nobody has to look again and again. What is true is said by locks and by the file itself; a process that is
/// killed may leave any value here.
struct shared_words {
    std::atomic<std::uint32_t> commits;   ///< goes up with each commit of events
    std::atomic<std::uint32_t> releases;  ///< goes up each time the right to write is given back
    std::atomic<std::uint32_t> waiting;   ///< not 0: somebody waits for that, or did once
    std::atomic<std::uint32_t> turns;     ///< goes up each time the right to write is taken
    std::atomic<std::uint32_t> yielding;  ///< not 0: somebody waits for another to take it, or did once
    std::atomic<std::uint32_t> owner;     ///< the process that took it last
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "the words are shared between processes");

/// The mapping of those words.
///
/// Threads: shared.
class shared_page {
public:
    enum class rights { read, write };

    /// `descriptor` is of the lock file, long enough, and may be closed afterwards. Throws `storage_error`.
    shared_page(int descriptor, const std::filesystem::path& name, rights how);
    shared_page(const shared_page&) = delete;
    shared_page& operator=(const shared_page&) = delete;
    ~shared_page();

    static constexpr std::size_t size = 4096;

    [[nodiscard]] shared_words& words() const { return *words_; }

private:
    void* page_;
    shared_words* words_;
};

}  // namespace foldline::inline v0::sqlite
