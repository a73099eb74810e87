#include <foldline/core/backoff.hpp>

#include <algorithm>
#include <cmath>

namespace foldline::inline v0 {
namespace {

/// 0 to just below 1, from as many bits as a double keeps.
double fraction_of(std::uint64_t random) { return static_cast<double>(random >> 11U) * 0x1.0p-53; }

}  // namespace

std::chrono::milliseconds backoff::delay_after(std::uint32_t failures, std::uint64_t random) const {
    // In doubles throughout: the power grows beyond any integer, to infinity at most, and is cut off only then.
    const double steps = failures > 0 ? static_cast<double>(failures - 1) : 0.0;
    const double grown = static_cast<double>(first.count()) * std::pow(factor, steps);
    const double full = std::min(grown, static_cast<double>(longest.count()));
    const double shortened = full * (1.0 - std::clamp(jitter, 0.0, 1.0) * fraction_of(random));
    return std::chrono::milliseconds{std::llround(std::max(shortened, 0.0))};
}

}  // namespace foldline::inline v0
