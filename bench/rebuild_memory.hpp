#pragma once

#include "rounds.hpp"

#include <filesystem>

namespace foldline_bench {

/// A rebuild of the read model of `project.table`, in a process of its own.
struct measured_rebuild {
    side which;
    std::filesystem::path log;  ///< of that side
};

/// Prints by how many MiB the memory in use grew at most.
void run_rebuild(const measured_rebuild& rebuild);

}  // namespace foldline_bench
