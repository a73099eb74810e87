#include "reports/report.hpp"
#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/orders.pb.h"
#include "shop/orders/v2/order_placed.pb.h"

#include <array>

namespace shop {
namespace {

using foldline::event_view;
using foldline::sql_session;

constexpr std::string_view table = R"sql(
    create table customers (
        customer text primary key,  -- empty: all that the shop does not know
        orders integer not null,
        returns integer not null,
        revenue_e4 integer not null,
        first_order_us integer,     -- null: has only returned; cancelled orders count as well
        last_order_us integer
    ) strict, without rowid)sql";

constexpr std::string_view add_order = R"sql(
    insert into customers values (?1, 1, 0, ?2, ?3, ?3)
    on conflict (customer) do update set
        orders = orders + 1, revenue_e4 = revenue_e4 + excluded.revenue_e4,
        first_order_us = min(ifnull(first_order_us, excluded.first_order_us), excluded.first_order_us),
        last_order_us = max(ifnull(last_order_us, excluded.last_order_us), excluded.last_order_us))sql";

constexpr std::string_view add_return = R"sql(
    insert into customers values (?1, 0, 1, ?2, null, null)
    on conflict (customer) do update set returns = returns + 1, revenue_e4 = revenue_e4 + excluded.revenue_e4)sql";

constexpr std::string_view take_order_out =
    "update customers set orders = orders - 1, revenue_e4 = revenue_e4 - ?2 where customer = ?1";

constexpr std::array columns{
    column{"customer", column_kind::text},    column{"orders", column_kind::count},
    column{"returns", column_kind::count},    column{"revenue", column_kind::amount},
    column{"first_order", column_kind::time}, column{"last_order", column_kind::time},
};

foldline::sql_projection projection() {
    foldline::sql_projection customers{"customers", 1};
    customers.table("customers", std::string(table));
    customers.on([](const v2::OrderPlaced& placed, const event_view&, sql_session& rows) {
        rows.execute(add_order, placed.customer(), placed.total_e4(), placed.placed_at_us());
    });
    customers.on([](const v1::CreditNoteIssued& issued, const event_view&, sql_session& rows) {
        rows.execute(add_return, issued.customer(), issued.total_e4());
    });
    customers.on([](const v1::OrderCancelled& cancelled, const event_view&, sql_session& rows) {
        rows.execute(take_order_out, cancelled.customer(), cancelled.total_e4());
    });
    return customers;
}

}  // namespace

const report customers_report{
    "customers", "orders, returns, revenue, first and last order per customer, the best first", projection, columns,
    "select customer, orders, returns, revenue_e4, first_order_us, last_order_us from customers "
    "order by revenue_e4 desc, customer"};

}  // namespace shop
