#pragma once

#include <cstdint>
#include <string>

namespace shop {

/// `42,481`: for people.
[[nodiscard]] std::string grouped(std::int64_t number);
/// `1 order`, `2,025 orders`.
[[nodiscard]] std::string counted(std::int64_t number, const std::string& singular);

}  // namespace shop
