#pragma once

#include "requests.hpp"

#include <foldline/core/function_ref.hpp>

#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::cli {

/// The way from a message to a field that messages inside it have: `address.country`. Goes through repeated fields and
/// the values of maps, to each of them. An empty way leads nowhere.
using field_way = std::vector<const google::protobuf::FieldDescriptor*>;

/// Throws `unknown_name` where the way ends in a message that is no value.
[[nodiscard]] field_way way_to(const std::string& path, const google::protobuf::Descriptor& type);
[[nodiscard]] bool is_personal(const field_way& way);

/// One value that a field has: the `index`-th, where it is repeated.
///
/// value, of borrowed parts.
struct field_value {
    const google::protobuf::Message& owner;
    const google::protobuf::FieldDescriptor& field;
    int index;
};
/// Whether `test` holds for one of the values at the end of the way.
[[nodiscard]] bool any_value(const google::protobuf::Message& message, const field_way& way,
                             function_ref<bool(const field_value&)> test);

/// Whether the word stands in a field of text, here or in a message inside.
[[nodiscard]] bool says(const google::protobuf::Message& message, std::string_view word, personal_data personal);

}  // namespace foldline::inline v0::cli
