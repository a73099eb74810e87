#pragma once

#include "schema_shape.hpp"

#include <string>

namespace foldline::inline v0 {

// Parts of a schema as a person finds them in the `.proto`.

/// `optional int64 total_pence = 6 [(foldline.personal) = true];`
[[nodiscard]] std::string declaration_of(const field_shape& field, const message_shape& owner);
/// `SHIPPED = 2;`
[[nodiscard]] std::string declaration_of(const google::protobuf::EnumValueDescriptorProto& value);
/// `oneof payment { string card = 5; string cash = 6; }`
[[nodiscard]] std::string oneof_declaration(const message_shape& owner, int oneof);
/// `6 to 9`, `6 to max`
[[nodiscard]] std::string range_text(const number_ranges::range& range, std::int64_t highest);

/// `shop.v2.OrderPlaced.total = 7`
[[nodiscard]] std::string place_of(const field_shape& field, const message_shape& owner);
[[nodiscard]] std::string place_of(const google::protobuf::EnumValueDescriptorProto& value, const enum_shape& owner);

/// The default of a field of one value as a text that is the same for equal values of types of one group.
[[nodiscard]] std::string default_of(const field_shape& field);

}  // namespace foldline::inline v0
