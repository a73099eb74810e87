#include "text/numbers.hpp"

namespace shop {

std::string grouped(std::int64_t number) {
    std::string text = std::to_string(number);
    const std::size_t first_digit = number < 0 ? 1 : 0;
    for (std::size_t at = text.size(); at > first_digit + 3;) text.insert(at -= 3, 1, ',');
    return text;
}

std::string counted(std::int64_t number, const std::string& singular) {
    return grouped(number) + " " + singular + (number == 1 ? "" : "s");
}

}  // namespace shop
