#include "shop/old_orders.hpp"

#include "shop/v1/orders.pb.h"
#include "shop/v2/orders.pb.h"

namespace shop {
namespace {

v2::OrderPlaced raised(const v1::OrderPlaced& old) {
    v2::OrderPlaced placed;
    placed.set_total(old.total());
    return placed;
}
[[maybe_unused]] v1::OrderPlaced lowered(const v2::OrderPlaced&) { return {}; }

}  // namespace

foldline::upcaster_chain old_orders() {
    foldline::upcaster_chain chain;
    chain.add(raised);
    return chain;
}

}  // namespace shop
