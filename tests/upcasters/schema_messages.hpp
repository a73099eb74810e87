#pragma once

#include "proto_text.hpp"

#include <foldline/upcasters/message_schema.hpp>

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace foldline_tests {

/// Messages of the class `shop.Order` that a text describes.
struct order_class {
    explicit order_class(std::string_view body) : schema(order_schema(proto3(body))) {}

    [[nodiscard]] foldline::message_ptr make(const std::string& text = {}) const {
        foldline::message_ptr made = schema.new_message();
        if (!google::protobuf::TextFormat::ParseFromString(text, made.get()))
            throw std::invalid_argument("no shop.Order: " + text);
        return made;
    }
    [[nodiscard]] const google::protobuf::Descriptor& descriptor() const { return schema.descriptor(); }

    foldline::message_schema schema;
};

}  // namespace foldline_tests
