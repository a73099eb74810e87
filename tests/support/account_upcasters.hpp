#pragma once

#include <foldline/upcasters/upcaster_chain.hpp>

namespace foldline_tests {

/// money-withdrawn@1 -> money-withdrawn@2.
[[nodiscard]] foldline::upcaster_chain account_upcasters();

}  // namespace foldline_tests
