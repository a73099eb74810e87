#include "domain/time.hpp"
#include "reports/fail_on_demand.hpp"
#include "reports/report.hpp"
#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/orders.pb.h"
#include "shop/orders/v3/order_placed.pb.h"

#include <foldline/projections/sql_projection.hpp>

#include <array>

namespace shop {
namespace {

using foldline::event_view;
using foldline::sql_session;

constexpr std::string_view table = R"sql(
    create table sales (
        country text not null,
        day integer not null,         -- days since 1970
        orders integer not null,
        returns integer not null,
        lines integer not null,
        units integer not null,
        revenue_e4 integer not null,  -- of all lines, those of returns being negative
        primary key (country, day)
    ) strict, without rowid)sql";

constexpr std::string_view add = R"sql(
    insert into sales (country, day, orders, returns, lines, units, revenue_e4) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    on conflict (country, day) do update set
        orders = orders + excluded.orders, returns = returns + excluded.returns, lines = lines + excluded.lines,
        units = units + excluded.units, revenue_e4 = revenue_e4 + excluded.revenue_e4)sql";

constexpr std::array columns{
    column{"country", column_kind::text},   column{"day", column_kind::day},     column{"orders", column_kind::count},
    column{"returns", column_kind::count},  column{"lines", column_kind::count}, column{"units", column_kind::count},
    column{"revenue", column_kind::amount},
};

std::int64_t day_of(std::int64_t us) {
    return std::chrono::floor<std::chrono::days>(from_us(us)).time_since_epoch().count();
}

// One event tells a whole order, so that the 20 lines in front of it need not be read here.
std::unique_ptr<foldline::projection> projection() {
    auto sales = std::make_unique<foldline::sql_projection>("sales", 2);
    sales->table("sales", std::string(table));
    sales->on([](const v3::OrderPlaced& placed, const event_view& event, sql_session& rows) {
        fail_on_demand(event.stream.id);
        rows.execute(add, placed.country(), day_of(placed.placed_at_us()), 1, 0, placed.lines(), placed.units(),
                     placed.total_e4());
    });
    sales->on([](const v1::CreditNoteIssued& issued, const event_view& event, sql_session& rows) {
        fail_on_demand(event.stream.id);
        rows.execute(add, issued.country(), day_of(issued.issued_at_us()), 0, 1, issued.lines(), issued.units(),
                     issued.total_e4());
    });
    // A cancelled order is taken out of the day on which it was placed.
    sales->on([](const v1::OrderCancelled& cancelled, const event_view& event, sql_session& rows) {
        fail_on_demand(event.stream.id);
        rows.execute(add, cancelled.country(), day_of(cancelled.placed_at_us()), -1, 0, -cancelled.lines_size(),
                     -cancelled.units(), -cancelled.total_e4());
    });
    return sales;
}

void each_row(const foldline::read_model_store& models, const std::optional<std::string>& only, row_sink use) {
    static_cast<void>(only);
    each_row_of_query(models,
                      "select country, day, orders, returns, lines, units, revenue_e4 from sales order by country, day",
                      columns, use);
}

}  // namespace

const report sales_report{"sales", "orders, returns, lines, units and revenue per country and day", projection, columns,
                          each_row};

}  // namespace shop
