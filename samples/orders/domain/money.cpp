#include "domain/money.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace shop {
namespace {

constexpr std::int64_t units_per_pound = 10'000;
constexpr std::size_t most_decimals = 4;

/// All of `text` as digits; `from_chars` alone would take a sign and stop at the first other character.
std::optional<std::int64_t> digits(std::string_view text) {
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    std::int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc{}) return std::nullopt;
    return value;
}

}  // namespace

std::optional<money> money::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);

    const auto point = text.find('.');
    const auto pounds = digits(text.substr(0, point));
    std::string decimals{point == std::string_view::npos ? "0" : text.substr(point + 1)};
    if (!pounds || decimals.size() > most_decimals) return std::nullopt;
    const auto written = digits(decimals);
    if (!written) return std::nullopt;
    decimals.resize(most_decimals, '0');

    const auto whole = money{units_per_pound}.times(*pounds);
    const auto amount = whole ? whole->plus(money{*digits(decimals)}) : std::nullopt;
    return amount && negative ? amount->times(-1) : amount;
}

std::string money::to_string() const {
    // Unsigned, because the smallest amount has no positive counterpart.
    const auto size = e4_ < 0 ? 0 - static_cast<std::uint64_t>(e4_) : static_cast<std::uint64_t>(e4_);
    std::string text = fmt::format("{}{}.{:04}", e4_ < 0 ? "-" : "", size / units_per_pound, size % units_per_pound);
    for (int droppable = 0; droppable < 2 && text.ends_with('0'); ++droppable) text.pop_back();
    return text;
}

std::optional<money> money::plus(money other) const {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(e4_, other.e4_, &sum)) return std::nullopt;
    return money{sum};
}

std::optional<money> money::times(std::int64_t quantity) const {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(e4_, quantity, &product)) return std::nullopt;
    return money{product};
}

}  // namespace shop
