#pragma once

#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace foldline::inline v0::cli {

// Protobuf's JSON of plain messages, as `MessageToJsonString` writes it with the names of the schema, at a fraction of
// its cost: that one describes the class of each message anew.

/// Whether messages of this type hold no well-known types, which have a JSON of their own, no groups and no extensions.
[[nodiscard]] bool is_plain(const google::protobuf::Descriptor& type);

/// None where JSON cannot tell all of it: text that is not UTF-8, a negative zero, a map whose keys are not in order.
/// What the schema does not know is left out.
[[nodiscard]] std::optional<nlohmann::ordered_json> plain_json_of(const google::protobuf::Message& message);

/// Sets the fields that the JSON speaks of; false for JSON that is no such message, which is half made then.
[[nodiscard]] bool fill_plain(google::protobuf::Message& message, const nlohmann::ordered_json& data);

}  // namespace foldline::inline v0::cli
