#pragma once

#include <foldline/projections/lease_store.hpp>

#include <cstddef>
#include <vector>

namespace foldline::inline v0 {

/// What one worker has of a projection's partitions, and what it should have.
struct fair_share {
    worker_id worker;
    std::size_t has = 0;
    std::size_t due = 0;
};

/// A projection and those who would work on it.
struct shared_work {
    std::size_t partitions = 0;
    std::vector<fair_share> shares;
};

/// Says what is due to each: of every projection's partitions an equal number, and where that leaves some over, one more
/// for those who have the least of the projections before it, and among them for those who have more already. Where
/// everybody has what is due, the same comes out again; and workers that see the same file come to the same result
/// without a word between them.
void deal_fairly(std::vector<shared_work>& all);

}  // namespace foldline::inline v0
