#include <foldline/cli/numbers.hpp>

#include <fmt/core.h>

#include <array>

namespace foldline::inline v0::cli {

std::string grouped(std::int64_t number) {
    std::string text = std::to_string(number);
    const std::size_t first_digit = number < 0 ? 1 : 0;
    for (std::size_t at = text.size(); at > first_digit + 3;) text.insert(at -= 3, 1, ',');
    return text;
}

std::string counted(std::int64_t number, const std::string& singular) {
    return grouped(number) + " " + singular + (number == 1 ? "" : "s");
}

std::string in_bytes(std::uintmax_t bytes) {
    constexpr std::array units{"kB", "MB", "GB", "TB", "PB"};
    if (bytes < 1'000) return fmt::format("{} B", bytes);
    double amount = static_cast<double>(bytes) / 1'000;
    std::size_t unit = 0;
    // From 999.95 on it would be written as 1000.0.
    for (; amount >= 999.95 && unit + 1 < units.size(); ++unit) amount /= 1'000;
    return fmt::format("{:.1f} {}", amount, units[unit]);
}

}  // namespace foldline::inline v0::cli
