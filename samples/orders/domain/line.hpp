#pragma once

#include "domain/money.hpp"
#include "shop/orders/v1/line.fwd.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace shop {

/// A line of an order or of a credit note, as it was charged.
///
/// value.
struct line {
    std::string stock_code;
    std::string description;
    std::int32_t quantity = 0;
    money unit_price;

    friend bool operator==(const line&, const line&) = default;
};

/// Lines taken together.
///
/// value.
struct totals {
    std::int64_t units = 0;
    money amount;
};

/// The totals of `lines`; empty where a line or their sum is beyond a thousand million pounds. No order ever is, and with
/// this bound no report can outgrow its 64 bits.
[[nodiscard]] std::optional<totals> totals_of(std::span<const line> lines);

[[nodiscard]] v1::Line to_message(const line& line);
[[nodiscard]] line from_message(const v1::Line& message);

}  // namespace shop
