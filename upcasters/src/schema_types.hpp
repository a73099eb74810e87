#pragma once

#include "schema_report.hpp"

namespace foldline::inline v0 {

/// What becomes of the bytes of one type in a field of another.
enum class reading {
    same,
    narrowed,  ///< of values that the reader's type does not hold only a part is read
    broken,
};

/// By the types alone; whether messages agree, their own fields tell.
[[nodiscard]] reading reading_of(const both<field_shape>& field);
/// Whether JSON has values of both types in the same form.
[[nodiscard]] bool same_in_json(const both<field_shape>& field);
/// Whether generated code has the same type for both; messages and enums by their names inside their packages.
[[nodiscard]] bool same_in_source(const both<field_shape>& field, const both<message_shape>& owner);

}  // namespace foldline::inline v0
