#pragma once

#include "domain/line.hpp"
#include "domain/money.hpp"
#include "shop/orders/v1/orders.fwd.h"
#include "shop/orders/v1/state.fwd.h"
#include "shop/orders/v3/order_placed.fwd.h"

#include <foldline/core/clock.hpp>
#include <foldline/core/decider.hpp>
#include <foldline/core/repository.hpp>
#include <foldline/snapshots/snapshotting_repository.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// A customer orders. Held to the rules of the shop.
struct place_order {
    std::string customer;  ///< empty: unknown
    std::string country;
    std::vector<line> lines;
    foldline::timestamp at;
};

/// An order that took place elsewhere, before the shop kept events. What happened is not argued with: corrections of the
/// stock have negative quantities, adjustments of debts negative prices.
struct import_order {
    std::string customer;  ///< empty: unknown
    std::string country;
    std::vector<line> lines;
    foldline::timestamp at;
};

struct pay_order {
    std::optional<money> amount;  ///< absent: whatever the order costs
    foldline::timestamp at;
};

struct ship_order {
    foldline::timestamp at;
};

struct cancel_order {
    std::string reason;
    foldline::timestamp at;
};

/// An order: opened, filled line by line, placed, then paid and shipped or cancelled.
struct order {
    static constexpr std::string_view category = "order";

    using events = foldline::event_list<v1::OrderOpened, v1::LineAdded, v3::OrderPlaced, v1::OrderPaid,
                                        v1::OrderShipped, v1::OrderCancelled>;
    using commands = foldline::command_list<place_order, import_order, pay_order, ship_order, cancel_order>;

    enum class refusal {
        exists_already,
        no_country,
        no_lines,
        quantity_not_positive,
        price_negative,
        amount_too_large,
        unknown_order,
        amount_differs,
        unpaid,
        shipped_already,
        cancelled,
    };

    using state = v1::OrderState;

    static void evolve(state& order, const v1::OrderOpened& opened);
    static void evolve(state& order, const v1::LineAdded& added);
    static void evolve(state& order, const v3::OrderPlaced& placed);
    static void evolve(state& order, const v1::OrderPaid& paid);
    static void evolve(state& order, const v1::OrderShipped& shipped);
    static void evolve(state& order, const v1::OrderCancelled& cancelled);

    using decision = foldline::decision<events, refusal>;

    static decision decide(const state& order, const place_order& command);
    static decision decide(const state& order, const import_order& command);
    static decision decide(const state& order, const pay_order& command);
    static decision decide(const state& order, const ship_order& command);
    static decision decide(const state& order, const cancel_order& command);
};

/// The reason as a customer may read it.
[[nodiscard]] std::string_view to_string(order::refusal refusal);

/// Whether `order` is what `command` made of nothing, line by line.
[[nodiscard]] bool is_result_of(const order::state& order, const import_order& command);

}  // namespace shop

extern template class foldline::repository<shop::order>;
extern template class foldline::snapshotting_repository<shop::order>;
