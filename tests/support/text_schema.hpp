#pragma once

#include <foldline/core/event.hpp>
#include <foldline/core/protobuf_codec.hpp>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace foldline_tests {

/// A field as Protobuf's text format writes its descriptor; `type` as in "INT32".
inline std::string text_field(const std::string& name, int number, const std::string& type) {
    return "field { name: \"" + name + "\" number: " + std::to_string(number) + " type: TYPE_" + type +
           " label: LABEL_OPTIONAL } ";
}

/// The schema of an event whose message `shop.Placed` has these fields. Give it a place that lives as long as the store.
inline foldline::event_schema text_schema(const std::string& fields, foldline::event_type type = {"placed", 1}) {
    google::protobuf::FileDescriptorSet files;
    if (!google::protobuf::TextFormat::ParseFromString(
            R"(name: "shop/placed.proto" package: "shop" syntax: "proto3" message_type { name: "Placed" )" + fields +
                "}",
            files.add_file()))
        throw std::invalid_argument("no descriptor: " + fields);
    return {type, "shop.Placed", foldline::pruned_descriptor_set(files.SerializeAsString(), "shop.Placed")};
}

/// An event of this schema; its bytes do not matter to the store.
inline foldline::event_data event_of(const foldline::event_schema& schema, std::string payload = "bytes") {
    foldline::event_data event;
    event.type = schema.type;
    event.schema = &schema;
    event.payload = std::move(payload);
    return event;
}

}  // namespace foldline_tests
