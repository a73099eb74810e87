#pragma once

#include <foldline/sqlite/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Where one event stands in its stream and in the log.
///
/// value.
struct stream_place {
    std::int64_t position = 0;
    std::int64_t stream = 0;
    std::int64_t version = 0;
};

/// The places of the last events of the log: those that are not in the merged stream index yet. What was committed by
/// this process is noted; what others committed is read from the file, from the last position seen.
///
/// Threads: shared.
class stream_tail {
public:
    /// The part of the log that one transaction sees and the index does not cover: the positions (`after`, `last`].
    struct window {
        std::int64_t after;
        std::int64_t last;
    };

    /// Reads what is missing of the window from `db`, in a transaction that sees it. What the index had covered when an
    /// earlier window was asked for is forgotten. False if the beginning of this one was: the transaction is older than
    /// the merge before the last, and has to be begun anew.
    [[nodiscard]] bool cover(connection& db, window wanted);
    /// What was just committed, in order.
    void note(std::span<const stream_place> committed);
    /// The places of one stream in a covered window, by version.
    [[nodiscard]] std::vector<stream_place> of(std::int64_t stream, window within) const;
    /// The last of them.
    [[nodiscard]] std::optional<stream_place> last_of(std::int64_t stream, window within) const;
    /// All places in a covered window, by stream and version.
    [[nodiscard]] std::vector<stream_place> sorted(window within) const;

private:
    // Each place leads to the one before it in its stream, by the number under which it was taken in.
    struct entry {
        stream_place place;
        std::uint64_t before;
    };
    static constexpr std::uint64_t none = UINT64_MAX;

    void add(const stream_place& place);
    void move_mark(std::int64_t mark);
    void forget_up_to(std::int64_t mark);
    [[nodiscard]] std::deque<entry>::const_iterator first_behind(std::int64_t position) const;
    template <class Visit>
    void visit_backward(std::int64_t stream, window within, Visit visit) const;

    mutable std::mutex mutex_;
    std::deque<entry> entries_;                             // by position
    std::uint64_t first_ = 0;                               // the number of the first one
    std::unordered_map<std::int64_t, std::uint64_t> last_;  // by stream
    std::int64_t known_after_ = 0;
    std::int64_t known_to_ = 0;
    std::int64_t last_mark_ = 0;
    bool is_begun_ = false;
};

}  // namespace foldline::inline v0::sqlite
