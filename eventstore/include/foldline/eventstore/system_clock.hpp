#pragma once

#include <foldline/core/clock.hpp>

namespace foldline::inline v0 {

/// The time of this machine. It may jump, also backwards, whenever somebody sets it.
///
/// Threads: shared.
class system_clock final : public clock {
public:
    [[nodiscard]] timestamp now() const override;
};

}  // namespace foldline::inline v0
