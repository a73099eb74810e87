#pragma once

#include <foldline/core/uuid.hpp>

namespace foldline::inline v0 {

/// Gives out UUIDs that were never given out before.
///
/// Threads: shared.
class id_source {
public:
    virtual ~id_source() = default;
    [[nodiscard]] virtual uuid next() = 0;
};

}  // namespace foldline::inline v0
