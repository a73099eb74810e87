#include "reports/report.hpp"
#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/orders.pb.h"

#include <array>

namespace shop {
namespace {

using foldline::event_view;
using foldline::sql_session;

constexpr std::string_view table = R"sql(
    create table products (
        stock_code text primary key,
        description text not null,  -- the last one that was not empty
        lines integer not null,
        units integer not null,
        revenue_e4 integer not null
    ) strict, without rowid)sql";

constexpr std::string_view add = R"sql(
    insert into products (stock_code, description, lines, units, revenue_e4) values (?1, ?2, ?3, ?4, ?5)
    on conflict (stock_code) do update set
        description = case when excluded.description = '' then description else excluded.description end,
        lines = lines + excluded.lines, units = units + excluded.units, revenue_e4 = revenue_e4 + excluded.revenue_e4)sql";

constexpr std::array columns{
    column{"stock_code", column_kind::text}, column{"description", column_kind::text},
    column{"lines", column_kind::count},     column{"units", column_kind::count},
    column{"revenue", column_kind::amount},
};

/// `count` is -1 where a line falls away.
void add_line(const v1::Line& message, std::int64_t count, sql_session& rows) {
    // The product fits: the aggregate has bounded it when it took the line.
    rows.execute(add, message.stock_code(), message.description(), count, count * message.quantity(),
                 count * message.quantity() * message.unit_price_e4());
}

foldline::sql_projection projection() {
    foldline::sql_projection products{"products", 1};
    products.table("products", std::string(table));
    products.on(
        [](const v1::LineAdded& added, const event_view&, sql_session& rows) { add_line(added.line(), 1, rows); });
    products.on([](const v1::CreditLineAdded& added, const event_view&, sql_session& rows) {
        add_line(added.line(), 1, rows);
    });
    products.on([](const v1::OrderCancelled& cancelled, const event_view&, sql_session& rows) {
        for (const v1::Line& line : cancelled.lines()) add_line(line, -1, rows);
    });
    return products;
}

}  // namespace

const report products_report{
    "products", "lines, units and revenue per stock code, the best first", projection, columns,
    "select stock_code, description, lines, units, revenue_e4 from products order by revenue_e4 desc, stock_code"};

}  // namespace shop
