#pragma once

#include <cstdint>
#include <functional>

namespace foldline::inline v0::sqlite {

/// How far a long work on a file has come. `all` may grow while others write.
struct work_progress {
    std::uint64_t done = 0;
    std::uint64_t all = 0;
};

/// Is called now and then by the thread that works; what it throws ends the work, which leaves nothing half done.
using progress_report = std::function<void(const work_progress&)>;

}  // namespace foldline::inline v0::sqlite
