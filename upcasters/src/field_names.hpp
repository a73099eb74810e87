#pragma once

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace foldline::inline v0::detail {

/// What a value is to a reader, whatever its width and its place on the wire.
enum class value_kind { integer, real, flag, choice, text, bytes, message };

[[nodiscard]] value_kind kind_of(const google::protobuf::FieldDescriptor& field);
[[nodiscard]] std::string_view name_of(value_kind kind);

/// Written `repeated int64 shop.v1.OrderPlaced.totals`.
[[nodiscard]] std::string described(const google::protobuf::FieldDescriptor& field);

/// Throws `definition_error`, with the names that there are, for one that the message does not have.
[[nodiscard]] const google::protobuf::FieldDescriptor& field_named(const google::protobuf::Descriptor& message,
                                                                   std::string_view name);

/// `a.b.c` as `a` and `b.c`; the rest is empty for the last name.
[[nodiscard]] constexpr std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
    const std::size_t dot = path.find('.');
    if (dot == std::string_view::npos) return {path, {}};
    return {path.substr(0, dot), path.substr(dot + 1)};
}

/// Whether `path` is one: names that are not empty, with dots between them.
[[nodiscard]] bool is_path(std::string_view path);

}  // namespace foldline::inline v0::detail
