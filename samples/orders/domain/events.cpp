#include "domain/events.hpp"

#include "domain/credit_note.hpp"
#include "domain/order.hpp"
#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/orders.pb.h"
#include "shop/orders/v3/order_placed.pb.h"

namespace shop {

foldline::event_catalog known_events() {
    foldline::event_catalog catalog;
    catalog.add(order::events{}).add(credit_note::events{});
    return catalog;
}

}  // namespace shop
