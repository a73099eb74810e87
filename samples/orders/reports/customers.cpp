#include "reports/report.hpp"
#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/orders.pb.h"
#include "shop/orders/v1/read_models.pb.h"
#include "shop/orders/v3/order_placed.pb.h"

#include <foldline/projections/document_projection.hpp>
#include <foldline/projections/documents.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace shop {
namespace {

using v1::CustomerSummary;

constexpr std::array columns{
    column{"customer", column_kind::text},   column{"country", column_kind::text},
    column{"orders", column_kind::count},    column{"returns", column_kind::count},
    column{"revenue", column_kind::amount},  column{"first_order", column_kind::time},
    column{"last_order", column_kind::time},
};

template <class Event>
void add_to(CustomerSummary& customer, const Event& event) {
    customer.set_revenue_e4(customer.revenue_e4() + event.total_e4());
    if (!event.customer().empty()) customer.set_country(event.country());
}

/// `last_order` stands where the last one was placed, not where it was stored: an import may bring older ones.
void add_time(CustomerSummary& customer, std::int64_t placed_at_us) {
    if (!customer.has_first_order_us() || placed_at_us < customer.first_order_us())
        customer.set_first_order_us(placed_at_us);
    if (!customer.has_last_order_us() || placed_at_us > customer.last_order_us())
        customer.set_last_order_us(placed_at_us);
}

// The events of one customer come from many streams, and the last country depends on their order: `order_by_key`.
std::unique_ptr<foldline::projection> projection() {
    auto customers = std::make_unique<foldline::document_projection<CustomerSummary>>("customers", 3);
    customers->index("country");
    customers->on(&v3::OrderPlaced::customer, [](CustomerSummary& customer, const v3::OrderPlaced& placed) {
        add_to(customer, placed);
        add_time(customer, placed.placed_at_us());
        customer.set_orders(customer.orders() + 1);
    });
    customers->on(&v1::CreditNoteIssued::customer, [](CustomerSummary& customer, const v1::CreditNoteIssued& issued) {
        add_to(customer, issued);
        customer.set_returns(customer.returns() + 1);
    });
    customers->on(&v1::OrderCancelled::customer, [](CustomerSummary& customer, const v1::OrderCancelled& cancelled) {
        customer.set_revenue_e4(customer.revenue_e4() - cancelled.total_e4());
        customer.set_orders(customer.orders() - 1);
    });
    customers->order_by_key();
    return customers;
}

cell time_of(bool present, std::int64_t us) { return present ? cell{us} : cell{}; }

void hand_on(const std::string& name, const CustomerSummary& customer, row_sink use) {
    const std::array<cell, columns.size()> cells{
        name,
        customer.country(),
        customer.orders(),
        customer.returns(),
        customer.revenue_e4(),
        time_of(customer.has_first_order_us(), customer.first_order_us()),
        time_of(customer.has_last_order_us(), customer.last_order_us()),
    };
    use(cells);
}

void each_row(const foldline::read_model_store& models, const std::optional<std::string>& only, row_sink use) {
    const foldline::documents<CustomerSummary> kept{models, "customers"};
    std::vector<std::pair<std::string, CustomerSummary>> found;
    const auto take = [&](std::string_view name, const CustomerSummary& customer) {
        found.emplace_back(name, customer);
    };
    if (only) kept.find_by("country", *only, take);
    else kept.each(take);
    // They come by name; the best first.
    std::stable_sort(found.begin(), found.end(), [](const auto& one, const auto& other) {
        return one.second.revenue_e4() > other.second.revenue_e4();
    });
    for (const auto& [name, customer] : found) hand_on(name, customer, use);
}

}  // namespace

const report customers_report{
    "customers", "country, orders, returns, revenue, first and last order per customer, the best first",
    projection,  columns,
    each_row,    "country"};

}  // namespace shop
