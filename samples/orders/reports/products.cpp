#include "reports/fail_on_demand.hpp"
#include "reports/report.hpp"
#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/orders.pb.h"

#include <foldline/projections/sql_projection.hpp>

#include <array>

namespace shop {
namespace {

using foldline::event_view;
using foldline::sql_session;

// Two workers may come to the orders of one product in any order, and an order that was parked comes late. Sums do not
// mind; for what is the last of something the table keeps the position that it is of.
constexpr std::string_view table = R"sql(
    create table products (
        stock_code text primary key,
        description text not null,      -- the last one that was not empty
        described_at integer not null,  -- the position of the event that it is from; 0: none
        lines integer not null,
        units integer not null,
        revenue_e4 integer not null
    ) strict, without rowid)sql";

constexpr std::string_view add = R"sql(
    insert into products (stock_code, description, described_at, lines, units, revenue_e4)
    values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict (stock_code) do update set
        description = case when excluded.described_at > described_at then excluded.description else description end,
        described_at = max(described_at, excluded.described_at),
        lines = lines + excluded.lines, units = units + excluded.units,
        revenue_e4 = revenue_e4 + excluded.revenue_e4)sql";

constexpr std::array columns{
    column{"stock_code", column_kind::text}, column{"description", column_kind::text},
    column{"lines", column_kind::count},     column{"units", column_kind::count},
    column{"revenue", column_kind::amount},
};

/// `count` is -1 where a line falls away.
void add_line(const v1::Line& message, std::int64_t count, const event_view& event, sql_session& rows) {
    fail_on_demand(message.stock_code());
    const std::int64_t described_at = message.description().empty() ? 0 : event.position.value;
    // The product fits: the aggregate has bounded it when it took the line.
    rows.execute(add, message.stock_code(), message.description(), described_at, count, count * message.quantity(),
                 count * message.quantity() * message.unit_price_e4());
}

std::unique_ptr<foldline::projection> projection() {
    auto products = std::make_unique<foldline::sql_projection>("products", 2);
    products->table("products", std::string(table));
    products->on([](const v1::LineAdded& added, const event_view& event, sql_session& rows) {
        add_line(added.line(), 1, event, rows);
    });
    products->on([](const v1::CreditLineAdded& added, const event_view& event, sql_session& rows) {
        add_line(added.line(), 1, event, rows);
    });
    products->on([](const v1::OrderCancelled& cancelled, const event_view& event, sql_session& rows) {
        for (const v1::Line& line : cancelled.lines()) add_line(line, -1, event, rows);
    });
    return products;
}

void each_row(const foldline::read_model_store& models, const std::optional<std::string>& only, row_sink use) {
    static_cast<void>(only);
    each_row_of_query(models,
                      "select stock_code, description, lines, units, revenue_e4 from products "
                      "order by revenue_e4 desc, stock_code",
                      columns, use);
}

}  // namespace

const report products_report{"products", "lines, units and revenue per stock code, the best first", projection, columns,
                             each_row};

}  // namespace shop
