#pragma once

#include <cstdint>
#include <string>

namespace foldline::inline v0::cli {

/// `42,481`: for people.
[[nodiscard]] std::string grouped(std::int64_t number);
/// `1 order`, `2,025 orders`.
[[nodiscard]] std::string counted(std::int64_t number, const std::string& singular);
/// `12.3 MB`: in powers of 1,000.
[[nodiscard]] std::string in_bytes(std::uintmax_t bytes);

}  // namespace foldline::inline v0::cli
