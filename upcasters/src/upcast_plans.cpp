#include "upcast_plans.hpp"

#include <algorithm>

namespace foldline::inline v0::detail {

const upcast_plan& upcast_plans::find_or_make(const reflected_old& old, const reflected_made& made,
                                              const declared_upcaster& rules) const {
    return plans_.with([&](auto& plans) -> const upcast_plan& {
        auto found = std::find_if(plans.begin(), plans.end(), [&](const auto& plan) { return plan->suits(old, made); });
        if (found == plans.end())
            found = plans.insert(plans.end(), std::make_unique<const upcast_plan>(rules, old, made));
        last_.store(found->get(), std::memory_order_release);
        return **found;
    });
}

}  // namespace foldline::inline v0::detail
