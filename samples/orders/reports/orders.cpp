#include "domain/order.hpp"
#include "domain/status.hpp"
#include "reports/report.hpp"
#include "shop/orders/v1/orders.pb.h"
#include "shop/orders/v1/read_models.pb.h"
#include "shop/orders/v3/order_placed.pb.h"

#include <foldline/projections/document_projection.hpp>
#include <foldline/projections/documents.hpp>

#include <array>

namespace shop {
namespace {

using foldline::by_stream;
using v1::OrderSummary;

constexpr std::array columns{
    column{"order", column_kind::text},        column{"status", column_kind::text},
    column{"customer", column_kind::text},     column{"country", column_kind::text},
    column{"lines", column_kind::count},       column{"units", column_kind::count},
    column{"total", column_kind::amount},      column{"placed_at", column_kind::time},
    column{"paid_at", column_kind::time},      column{"shipped_at", column_kind::time},
    column{"cancelled_at", column_kind::time},
};

std::unique_ptr<foldline::projection> projection() {
    auto orders = std::make_unique<foldline::document_projection<OrderSummary>>("orders", 2);
    orders->index("status");
    orders->on(by_stream, [](OrderSummary& order, const v3::OrderPlaced& placed) {
        order.set_status(v1::OrderState::PLACED);
        order.set_customer(placed.customer());
        order.set_country(placed.country());
        order.set_lines(placed.lines());
        order.set_units(placed.units());
        order.set_total_e4(placed.total_e4());
        order.set_placed_at_us(placed.placed_at_us());
    });
    orders->on(by_stream, [](OrderSummary& order, const v1::OrderPaid& paid) {
        order.set_status(v1::OrderState::PAID);
        order.set_paid_at_us(paid.paid_at_us());
    });
    orders->on(by_stream, [](OrderSummary& order, const v1::OrderShipped& shipped) {
        order.set_status(v1::OrderState::SHIPPED);
        order.set_shipped_at_us(shipped.shipped_at_us());
    });
    orders->on(by_stream, [](OrderSummary& order, const v1::OrderCancelled& cancelled) {
        order.set_status(v1::OrderState::CANCELLED);
        order.set_cancelled_at_us(cancelled.cancelled_at_us());
    });
    return orders;
}

/// The key of a document is the name of its stream: `order-536365`.
std::string number_of(std::string_view key) { return std::string(key.substr(order::category.size() + 1)); }

cell time_of(bool present, std::int64_t us) { return present ? cell{us} : cell{}; }

void hand_on(std::string_view key, const OrderSummary& order, row_sink use) {
    const std::array<cell, columns.size()> cells{
        number_of(key),
        std::string(to_string(order.status())),
        order.customer(),
        order.country(),
        std::int64_t{order.lines()},
        order.units(),
        order.total_e4(),
        time_of(order.has_placed_at_us(), order.placed_at_us()),
        time_of(order.has_paid_at_us(), order.paid_at_us()),
        time_of(order.has_shipped_at_us(), order.shipped_at_us()),
        time_of(order.has_cancelled_at_us(), order.cancelled_at_us()),
    };
    use(cells);
}

void each_row(const foldline::read_model_store& models, const std::optional<std::string>& only, row_sink use) {
    const foldline::documents<OrderSummary> kept{models, "orders"};
    const auto take = [&](std::string_view key, const OrderSummary& order) { hand_on(key, order, use); };
    if (only) kept.find_by("status", status_from(*only).value_or(v1::OrderState::NOT_OPENED), take);
    else kept.each(take);
}

}  // namespace

const report orders_report{
    "orders", "where each order stands, and since when", projection, columns, each_row, "status", status_words()};

}  // namespace shop
