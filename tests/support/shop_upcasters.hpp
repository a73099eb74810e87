#pragma once

#include <foldline/upcasters/upcaster_chain.hpp>

namespace foldline_tests {

/// order-placed@1 -> @2 -> @3, cart-viewed@1 -> nothing, order-scripted@1 -> as its script says; and order-garbled@1,
/// whose upcaster throws.
[[nodiscard]] foldline::upcaster_chain shop_upcasters();

}  // namespace foldline_tests
