#pragma once

#include "field_names.hpp"

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace foldline::inline v0::detail {

/// Holds every whole number of Protobuf, and the product of one with a `std::int64_t`.
__extension__ typedef __int128 whole_number;

/// The number of an enum value.
struct choice_number {
    int value;
};

/// What a field holds that is no message.
using scalar_value = std::variant<whole_number, double, bool, choice_number, std::string>;

/// For a field that is not repeated.
inline constexpr int not_indexed = -1;

/// Only for fields that hold no messages.
[[nodiscard]] scalar_value scalar_at(const google::protobuf::Message& message,
                                     const google::protobuf::FieldDescriptor& field, int index = not_indexed);

/// Whether a value of the one kind can become one of the other, if it fits.
[[nodiscard]] bool converts(value_kind from, value_kind to);

/// Sets the field, or adds to a repeated one. Throws `error` for a value that it cannot hold without loss. The kinds
/// must convert.
void put(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, scalar_value value);

/// Reads digits, `true` and `false`, the name of an enum value, or the text itself. Throws `definition_error` for what
/// is no value of the field.
[[nodiscard]] scalar_value parsed_scalar(const google::protobuf::FieldDescriptor& field, std::string_view text);

}  // namespace foldline::inline v0::detail
