#include "domain/order.hpp"

#include "domain/time.hpp"
#include "shop/orders/v1/orders.pb.h"
#include "shop/orders/v1/state.pb.h"
#include "shop/orders/v3/order_placed.pb.h"

#include <algorithm>

namespace shop {

using foldline::no_events;
using foldline::rejected;

// ------------------------------------------------------------------------------------------------ state: what events do

void order::evolve(state& order, const v1::OrderOpened& opened) {
    order.set_status(state::OPENED);
    order.set_customer(opened.customer());
    order.set_country(opened.country());
    order.set_opened_at_us(opened.opened_at_us());
}

void order::evolve(state& order, const v1::LineAdded& added) { *order.add_lines() = added.line(); }

void order::evolve(state& order, const v3::OrderPlaced& placed) {
    order.set_status(state::PLACED);
    order.set_placed_at_us(placed.placed_at_us());
    order.set_units(placed.units());
    order.set_total_e4(placed.total_e4());
    order.set_currency(placed.currency());
}

void order::evolve(state& order, const v1::OrderPaid& paid) {
    order.set_status(state::PAID);
    order.set_paid_at_us(paid.paid_at_us());
}

void order::evolve(state& order, const v1::OrderShipped& shipped) {
    order.set_status(state::SHIPPED);
    order.set_shipped_at_us(shipped.shipped_at_us());
}

void order::evolve(state& order, const v1::OrderCancelled& cancelled) {
    order.set_status(state::CANCELLED);
    order.set_cancelled_at_us(cancelled.cancelled_at_us());
    order.set_cancel_reason(cancelled.reason());
}

// -------------------------------------------------------------------------------------------- decisions: what may happen

namespace {

/// An order comes to be in one decision, so that nobody ever meets one that is half filled.
template <class Command>
order::decision open_fill_and_place(const Command& command) {
    const auto sum = totals_of(command.lines);
    if (!sum) return rejected{order::refusal::amount_too_large};

    v1::OrderOpened opened;
    opened.set_customer(command.customer);
    opened.set_country(command.country);
    opened.set_opened_at_us(to_us(command.at));
    order::decision result{opened};

    for (const line& line : command.lines) {
        v1::LineAdded added;
        *added.mutable_line() = to_message(line);
        result.add(std::move(added));
    }

    v3::OrderPlaced placed;
    placed.set_customer(command.customer);
    placed.set_country(command.country);
    placed.set_placed_at_us(to_us(command.at));
    placed.set_lines(static_cast<std::int32_t>(command.lines.size()));
    placed.set_units(sum->units);
    placed.set_total_e4(sum->amount.e4());
    placed.set_currency(std::string{currency_of_the_shop});
    result.add(std::move(placed));
    return result;
}

bool is_placed(const order::state& order) { return order.has_placed_at_us(); }

}  // namespace

order::decision order::decide(const state& order, const place_order& command) {
    if (order.status() != state::NOT_OPENED) return rejected{refusal::exists_already};
    if (command.country.empty()) return rejected{refusal::no_country};
    if (command.lines.empty()) return rejected{refusal::no_lines};
    for (const line& line : command.lines) {
        if (line.quantity <= 0) return rejected{refusal::quantity_not_positive};
        if (line.unit_price < money{}) return rejected{refusal::price_negative};
    }
    return open_fill_and_place(command);
}

order::decision order::decide(const state& order, const import_order& command) {
    if (order.status() != state::NOT_OPENED) return rejected{refusal::exists_already};
    if (command.lines.empty()) return rejected{refusal::no_lines};
    return open_fill_and_place(command);
}

order::decision order::decide(const state& order, const pay_order& command) {
    if (!is_placed(order)) return rejected{refusal::unknown_order};
    if (order.status() == state::CANCELLED) return rejected{refusal::cancelled};
    if (command.amount && command.amount->e4() != order.total_e4()) return rejected{refusal::amount_differs};
    if (order.status() != state::PLACED) return no_events;  // a repeated command is already satisfied

    v1::OrderPaid paid;
    paid.set_amount_e4(order.total_e4());
    paid.set_paid_at_us(to_us(command.at));
    return paid;
}

order::decision order::decide(const state& order, const ship_order& command) {
    if (!is_placed(order)) return rejected{refusal::unknown_order};
    if (order.status() == state::CANCELLED) return rejected{refusal::cancelled};
    if (order.status() == state::PLACED) return rejected{refusal::unpaid};
    if (order.status() == state::SHIPPED) return no_events;

    v1::OrderShipped shipped;
    shipped.set_shipped_at_us(to_us(command.at));
    return shipped;
}

order::decision order::decide(const state& order, const cancel_order& command) {
    if (!is_placed(order)) return rejected{refusal::unknown_order};
    if (order.status() == state::SHIPPED) return rejected{refusal::shipped_already};
    if (order.status() == state::CANCELLED) return no_events;

    v1::OrderCancelled cancelled;
    cancelled.set_reason(command.reason);
    cancelled.set_cancelled_at_us(to_us(command.at));
    cancelled.set_customer(order.customer());
    cancelled.set_country(order.country());
    cancelled.set_placed_at_us(order.placed_at_us());
    *cancelled.mutable_lines() = order.lines();
    cancelled.set_units(order.units());
    cancelled.set_total_e4(order.total_e4());
    return cancelled;
}

std::string_view to_string(order::refusal refusal) {
    switch (refusal) {
        case order::refusal::exists_already: return "an order of this number exists already";
        case order::refusal::no_country: return "an order needs a country to go to";
        case order::refusal::no_lines: return "an order needs at least one line";
        case order::refusal::quantity_not_positive: return "each line needs a quantity of at least 1";
        case order::refusal::price_negative: return "a price cannot be negative";
        case order::refusal::amount_too_large: return "no order is worth more than a thousand million pounds";
        case order::refusal::unknown_order: return "there is no such order";
        case order::refusal::amount_differs: return "the amount is not what the order costs";
        case order::refusal::unpaid: return "the order is not paid yet";
        case order::refusal::shipped_already: return "the order has been shipped already";
        case order::refusal::cancelled: return "the order was cancelled";
    }
    return "the order refuses";
}

bool is_result_of(const order::state& order, const import_order& command) {
    return order.customer() == command.customer && order.country() == command.country &&
           order.opened_at_us() == to_us(command.at) &&
           std::equal(order.lines().begin(), order.lines().end(), command.lines.begin(), command.lines.end(),
                      [](const v1::Line& stored, const line& given) { return from_message(stored) == given; });
}

}  // namespace shop

template class foldline::repository<shop::order>;
template class foldline::snapshotting_repository<shop::order>;
