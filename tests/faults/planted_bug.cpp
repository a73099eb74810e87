#include "planted_bug.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace foldline_tests {
namespace {

constexpr std::array<std::string_view, 11> bugs{"ack_first",    "cache_first", "head_checkpoint", "no_checksum",
                                                "no_fence",     "occ_outside", "order_lost",      "position_only",
                                                "replay_moves", "sync_normal", "told_late"};

std::string_view bug_of_this_run() {
    const char* given = std::getenv("FAULT_PLANT");
    const std::string_view name = given ? given : "";
    if (!name.empty() && std::find(bugs.begin(), bugs.end(), name) == bugs.end())
        throw std::runtime_error("FAULT_PLANT: no bug is called \"" + std::string(name) + "\"");
    return name;
}

}  // namespace

bool is_planted(std::string_view bug) { return bug_of_this_run() == bug; }

}  // namespace foldline_tests
