#include "domain/status.hpp"

#include <algorithm>
#include <array>

namespace shop {
namespace {

// In the order of the numbers that the message gives them.
constexpr std::array<std::string_view, 6> words{"not opened", "opened", "placed", "paid", "shipped", "cancelled"};
static_assert(v1::OrderState::OPENED == 1 && v1::OrderState::CANCELLED == words.size() - 1);

}  // namespace

std::string_view to_string(v1::OrderState::Status status) {
    const auto at = static_cast<std::size_t>(status);
    return at < words.size() ? words[at] : words.front();
}

std::optional<v1::OrderState::Status> status_from(std::string_view word) {
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) return std::nullopt;
    return static_cast<v1::OrderState::Status>(found - words.begin());
}

std::span<const std::string_view> status_words() { return std::span{words}.subspan(1); }

}  // namespace shop
