#pragma once

#include <cstdio>
#include <cstdlib>

namespace foldline_fuzz {

/// Stops the process, which libFuzzer takes for a crash and keeps the input of.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "not so: %s\n", what);
    std::abort();
}

}  // namespace foldline_fuzz
