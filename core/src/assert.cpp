#include <foldline/core/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace foldline::inline v0::detail {

void assertion_failed(const char* condition, const char* what, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: foldline stops: %s (%s)\n", file, line, what, condition);
    std::abort();
}

}  // namespace foldline::inline v0::detail
