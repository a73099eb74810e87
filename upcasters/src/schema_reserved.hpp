#pragma once

#include "schema_report.hpp"

#include <cstdint>
#include <string_view>

namespace foldline::inline v0 {

/// What was reserved in a message or an enum stays so.
void compare_reserved(const reserved_shape& earlier, const reserved_shape& later, std::string_view owner,
                      std::int64_t highest, schema_report& report);

}  // namespace foldline::inline v0
