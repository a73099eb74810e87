#include "domain/events.hpp"
#include "shop/orders/v1/order_placed.pb.h"
#include "shop/orders/v2/order_placed.pb.h"

namespace shop {
namespace {

constexpr std::int64_t e4_per_penny = 100;

v2::OrderPlaced in_tenthousandths(const v1::OrderPlaced& old) {
    v2::OrderPlaced placed;
    placed.set_customer(old.customer());
    placed.set_country(old.country());
    placed.set_placed_at_us(old.placed_at_us());
    placed.set_lines(old.lines());
    placed.set_units(old.units());
    placed.set_total_e4(old.total_pence() * e4_per_penny);
    return placed;
}

}  // namespace

foldline::upcaster_chain old_events() {
    foldline::upcaster_chain chain;
    chain.add(in_tenthousandths);
    return chain;
}

}  // namespace shop
