#pragma once

#include "shop/orders/v1/state.pb.h"

#include <optional>
#include <span>
#include <string_view>

namespace shop {

/// As people read it: "paid".
[[nodiscard]] std::string_view to_string(v1::OrderState::Status status);

/// Empty for a word that names none.
[[nodiscard]] std::optional<v1::OrderState::Status> status_from(std::string_view word);

/// The words for what an order that exists can be.
[[nodiscard]] std::span<const std::string_view> status_words();

}  // namespace shop
