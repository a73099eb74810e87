#pragma once

#include <foldline/core/event_type.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

/// Payloads of one schema as JSON from which the same bytes can be made again.
///
/// confined.
class exact_json {
public:
    /// Throws `definition_error` for a schema of which no message can be made.
    explicit exact_json(const event_schema& stored);

    [[nodiscard]] const message_schema& schema() const { return schema_; }

    /// None where JSON cannot tell all of the bytes: fields that the schema does not know, fields in another order, a
    /// negative zero, …
    [[nodiscard]] std::optional<nlohmann::ordered_json> json_of(std::string_view payload);
    /// None for JSON that is no message of the schema.
    [[nodiscard]] std::optional<std::string> payload_of(const nlohmann::ordered_json& data);

private:
    [[nodiscard]] std::optional<nlohmann::ordered_json> json_of_read() const;
    [[nodiscard]] bool make(const nlohmann::ordered_json& data);

    message_schema schema_;
    bool is_plain_;
    message_ptr read_;
    message_ptr made_;
};

}  // namespace foldline::inline v0::cli
