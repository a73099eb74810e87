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

/// A message with its reflection, which a generated class takes long to tell.
template <class Message>
struct reflected {
    reflected(Message& whose) : message(whose), reflection(*whose.GetReflection()) {}

    Message& message;
    const google::protobuf::Reflection& reflection;
};
using reflected_old = reflected<const google::protobuf::Message>;
using reflected_made = reflected<google::protobuf::Message>;

/// Only for fields that hold no messages.
[[nodiscard]] scalar_value scalar_at(const reflected_old& old, const google::protobuf::FieldDescriptor& field,
                                     int index = not_indexed);
/// Only for fields of whole numbers.
[[nodiscard]] whole_number whole_at(const reflected_old& old, const google::protobuf::FieldDescriptor& field,
                                    int index = not_indexed);

/// Whether a value of the one kind can become one of the other, if it fits.
[[nodiscard]] bool converts(value_kind from, value_kind to);

/// Sets the field, or adds to a repeated one. Throws `error` for a value that it cannot hold without loss. The kinds
/// must convert.
void put(const reflected_made& made, const google::protobuf::FieldDescriptor& field, scalar_value value);

/// The same, only for fields of whole numbers.
void put_whole(const reflected_made& made, const google::protobuf::FieldDescriptor& field, whole_number number);

/// As `put` of what `scalar_at` gives, only for two fields of one C++ type.
void copy_scalar(const reflected_old& old, const google::protobuf::FieldDescriptor& from, int index,
                 const reflected_made& made, const google::protobuf::FieldDescriptor& to);

/// Copies a value that is not the default between two fields that are not repeated.
using scalar_copy = void (*)(const reflected_old& old, const google::protobuf::FieldDescriptor& from,
                             const reflected_made& made, const google::protobuf::FieldDescriptor& to);

/// The copy between fields of one C++ type; null for types whose default is not all that equals it, as -0.0 equals 0.
[[nodiscard]] scalar_copy copy_of(google::protobuf::FieldDescriptor::CppType type);

/// Reads digits, `true` and `false`, the name of an enum value, or the text itself. Throws `definition_error` for what
/// is no value of the field.
[[nodiscard]] scalar_value parsed_scalar(const google::protobuf::FieldDescriptor& field, std::string_view text);

}  // namespace foldline::inline v0::detail
