#pragma once

#include <foldline/core/event_type.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <string_view>

namespace foldline_tests {

/// `.proto` text of one file as descriptors, options understood; throws std::invalid_argument where it makes none.
[[nodiscard]] google::protobuf::FileDescriptorProto compiled(const std::string& text);

/// The schema of order-placed as a program with this file would store it.
[[nodiscard]] foldline::event_schema order_schema(const google::protobuf::FileDescriptorProto& file,
                                                  std::string message = "shop.Order", std::uint32_t version = 1);

/// Files of the package `shop` that know foldline's options.
[[nodiscard]] std::string proto2(std::string_view body);
[[nodiscard]] std::string proto3(std::string_view body);

[[nodiscard]] inline foldline::event_schema order_schema(const std::string& text) {
    return order_schema(compiled(text));
}

}  // namespace foldline_tests
