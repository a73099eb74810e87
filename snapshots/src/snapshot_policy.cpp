#include <foldline/snapshots/snapshot_policy.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {

snapshot_policy snapshot_policy::keeping(std::size_t latest) const {
    if (latest == 0) throw definition_error("a policy that keeps no snapshot; use a plain repository instead");
    snapshot_policy changed = *this;
    changed.kept_ = latest;
    return changed;
}

snapshot_policy every(std::int64_t events) {
    if (events < 1) throw definition_error(fmt::format("a snapshot every {} events; at least 1 it must be", events));
    return snapshot_policy{events};
}

}  // namespace foldline::inline v0
