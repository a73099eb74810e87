#pragma once

#include <string_view>

namespace shop {

/// Throws if the environment's ORDERS_FAIL_ON names `what`, the number of an order or a stock code: a way to see what
/// becomes of an event that a projection cannot apply. No real projection asks its environment.
void fail_on_demand(std::string_view what);

}  // namespace shop
