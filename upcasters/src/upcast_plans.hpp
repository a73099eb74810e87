#pragma once

#include "upcast_plan.hpp"

#include <foldline/core/guarded.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace foldline::inline v0::detail {

/// The plans of one declared upcaster, made as messages of new classes are met and kept.
///
/// A class may be built where a dead one was, so that plans are good only as long as every class lives that was ever
/// met. A store sees to that for the steps of its own copy of a chain; a copy therefore begins without plans.
///
/// Threads: shared.
class upcast_plans {
public:
    upcast_plans() = default;
    upcast_plans(const upcast_plans&) noexcept : upcast_plans() {}
    upcast_plans& operator=(const upcast_plans&) = delete;
    ~upcast_plans() = default;

    /// Always called for the same rules.
    [[nodiscard]] const upcast_plan& suiting(const reflected_old& old, const reflected_made& made,
                                             const declared_upcaster& rules) const {
        const upcast_plan* const last = last_.load(std::memory_order_acquire);
        return last && last->suits(old, made) ? *last : find_or_make(old, made, rules);
    }

private:
    [[nodiscard]] const upcast_plan& find_or_make(const reflected_old& old, const reflected_made& made,
                                                  const declared_upcaster& rules) const;

    mutable std::atomic<const upcast_plan*> last_{nullptr};
    mutable guarded<std::vector<std::unique_ptr<const upcast_plan>>> plans_;
};

}  // namespace foldline::inline v0::detail
