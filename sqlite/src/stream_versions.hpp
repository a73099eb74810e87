#pragma once

#include "stream_tail.hpp"

#include <foldline/sqlite/connection.hpp>

#include <cstdint>
#include <optional>

namespace foldline::inline v0::sqlite {

/// The last two versions of a stream: the second tells whether the first can be right.
struct last_versions {
    std::optional<std::int64_t> last;
    std::optional<std::int64_t> before_last;

    /// Takes in an earlier version, if there is room for it.
    void add(std::int64_t version) {
        if (!last) last = version;
        else if (!before_last) before_last = version;
    }
};

[[nodiscard]] last_versions last_versions_immediate(connection& db, std::int64_t stream);
/// In a transaction whose window `tail` covers.
[[nodiscard]] last_versions last_versions_merged(connection& db, const stream_tail& tail, stream_tail::window window,
                                                 std::int64_t stream);

}  // namespace foldline::inline v0::sqlite
