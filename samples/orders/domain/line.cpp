#include "domain/line.hpp"

#include "shop/orders/v1/line.pb.h"

namespace shop {
namespace {

constexpr money largest_amount = money::from_e4(1'000'000'000 * std::int64_t{10'000});

std::optional<money> within_bounds(std::optional<money> amount) {
    if (!amount || *amount > largest_amount || amount->e4() < -largest_amount.e4()) return std::nullopt;
    return amount;
}

}  // namespace

std::optional<totals> totals_of(std::span<const line> lines) {
    totals sum;
    for (const line& line : lines) {
        const auto amount = within_bounds(line.unit_price.times(line.quantity));
        const auto total = amount ? within_bounds(sum.amount.plus(*amount)) : std::nullopt;
        if (!total) return std::nullopt;
        sum.amount = *total;
        sum.units += line.quantity;
    }
    return sum;
}

v1::Line to_message(const line& line) {
    v1::Line message;
    message.set_stock_code(line.stock_code);
    message.set_description(line.description);
    message.set_quantity(line.quantity);
    message.set_unit_price_e4(line.unit_price.e4());
    return message;
}

line from_message(const v1::Line& message) {
    return {message.stock_code(), message.description(), message.quantity(), money::from_e4(message.unit_price_e4())};
}

}  // namespace shop
