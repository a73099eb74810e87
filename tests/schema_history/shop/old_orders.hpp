#pragma once

#include <foldline/upcasters/upcaster_chain.hpp>

namespace shop {

foldline::upcaster_chain old_orders();

}  // namespace shop
