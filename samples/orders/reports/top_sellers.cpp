#include "reports/top_sellers.hpp"

#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/orders.pb.h"

#include <algorithm>
#include <utility>

namespace shop {

using foldline::event_view;

void sales_board::add(const v1::Line& line, std::int64_t count) {
    seller& sold = sellers_[line.stock_code()];
    if (sold.stock_code.empty()) sold.stock_code = line.stock_code();
    if (!line.description().empty()) sold.description = line.description();
    sold.units += count * line.quantity();
    // The product fits: the aggregate has bounded it when it took the line.
    sold.revenue_e4 += count * line.quantity() * line.unit_price_e4();
}

std::vector<seller> sales_board::best(std::size_t most) const {
    std::vector<const seller*> all;
    all.reserve(sellers_.size());
    for (const auto& [code, sold] : sellers_) all.push_back(&sold);
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
    std::partial_sort(all.begin(), end, all.end(), [](const seller* one, const seller* other) {
        return std::pair{-one->revenue_e4, std::string_view{one->stock_code}} <
               std::pair{-other->revenue_e4, std::string_view{other->stock_code}};
    });
    std::vector<seller> best;
    std::for_each(all.begin(), end, [&](const seller* sold) { best.push_back(*sold); });
    return best;
}

std::unique_ptr<foldline::memory_projection<sales_board>> top_sellers() {
    auto top = std::make_unique<foldline::memory_projection<sales_board>>("top_sellers", 1);
    top->on([](sales_board& board, const v1::LineAdded& added, const event_view&) { board.add(added.line(), 1); });
    top->on(
        [](sales_board& board, const v1::CreditLineAdded& added, const event_view&) { board.add(added.line(), 1); });
    top->on([](sales_board& board, const v1::OrderCancelled& cancelled, const event_view&) {
        for (const v1::Line& line : cancelled.lines()) board.add(line, -1);
    });
    return top;
}

}  // namespace shop
