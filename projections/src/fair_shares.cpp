#include "fair_shares.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace foldline::inline v0 {

void deal_fairly(std::vector<shared_work>& all) {
    std::map<uuid, std::size_t> dealt;
    for (shared_work& work : all) {
        if (work.shares.empty()) continue;
        const std::size_t each = work.partitions / work.shares.size();
        const std::size_t over = work.partitions % work.shares.size();
        const auto turn_of = [&](const fair_share& share) {
            return std::tuple{dealt[share.worker.value], share.has <= each, share.worker.value};
        };
        std::sort(work.shares.begin(), work.shares.end(),
                  [&](const fair_share& a, const fair_share& b) { return turn_of(a) < turn_of(b); });
        for (std::size_t turn = 0; turn < work.shares.size(); ++turn) {
            fair_share& share = work.shares[turn];
            share.due = each + (turn < over ? 1 : 0);
        }
        for (const fair_share& share : work.shares) dealt[share.worker.value] += share.due;
    }
}

}  // namespace foldline::inline v0
