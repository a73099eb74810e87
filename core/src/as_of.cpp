#include <foldline/core/as_of.hpp>

namespace foldline::inline v0 {
namespace {

struct admits {
    const fold_progress& folded;

    bool operator()(const latest&) const { return true; }
    bool operator()(const at_version& when) const { return folded.version <= when.version; }
    bool operator()(const at_position& when) const { return folded.position <= when.position; }
    bool operator()(const as_of_recorded& when) const { return folded.recorded_at <= when.time; }
    bool operator()(const as_of_occurred& when) const { return folded.latest_occurred <= when.time; }
};

}  // namespace

bool serves(const fold_progress& folded, const as_of& when) { return std::visit(admits{folded}, when); }

}  // namespace foldline::inline v0
