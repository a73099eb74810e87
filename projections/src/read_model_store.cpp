#include <foldline/projections/read_model_store.hpp>

#include <algorithm>

namespace foldline::inline v0 {

global_position projection_state::position() const {
    const auto furthest_behind =
        std::min_element(partitions.begin(), partitions.end(),
                         [](const partition_state& a, const partition_state& b) { return a.position < b.position; });
    return furthest_behind == partitions.end() ? global_position{} : furthest_behind->position;
}

}  // namespace foldline::inline v0
