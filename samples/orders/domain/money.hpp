#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shop {

/// What all amounts are in, as ISO 4217 has it.
inline constexpr std::string_view currency_of_the_shop = "GBP";

/// An exact amount of pounds, counted in 1/10,000 pounds because prices below a penny exist.
///
/// value.
class money {
public:
    constexpr money() = default;
    [[nodiscard]] static constexpr money from_e4(std::int64_t ten_thousandths) { return money{ten_thousandths}; }
    /// Reads `2.55` or `-11062.06`, with 4 decimals at most. Empty for anything else, and for what does not fit.
    [[nodiscard]] static std::optional<money> parse(std::string_view text);

    [[nodiscard]] constexpr std::int64_t e4() const { return e4_; }
    /// Exactly, with at least 2 decimals: `2.55`, `0.001`, `-3.50`.
    [[nodiscard]] std::string to_string() const;

    /// The sum and the product; empty where they do not fit.
    [[nodiscard]] std::optional<money> plus(money other) const;
    [[nodiscard]] std::optional<money> times(std::int64_t quantity) const;

    friend constexpr auto operator<=>(money, money) = default;

private:
    constexpr explicit money(std::int64_t ten_thousandths) : e4_(ten_thousandths) {}
    std::int64_t e4_ = 0;
};

}  // namespace shop
