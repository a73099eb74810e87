#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace foldline::inline v0::sqlite {

/// Who may sleep on a word: the threads of this process, or of every process that has mapped it.
enum class futex_scope { process, machine };

/// Sleeps until `word` is no longer `seen`, or for this long; may wake up for nothing. Linux's futex.
void wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t seen, std::chrono::nanoseconds most,
                     futex_scope scope);
void wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t seen, futex_scope scope);

/// Wakes those that sleep so. The word is only named, and may be gone: a thread that sees it change may go on, and take
/// it away, before it is woken.
void wake_one(const std::atomic<std::uint32_t>* word, futex_scope scope) noexcept;
void wake_all(const std::atomic<std::uint32_t>* word, futex_scope scope) noexcept;

}  // namespace foldline::inline v0::sqlite
