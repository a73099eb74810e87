#pragma once

#include "requests.hpp"
#include "stored_messages.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

/// An event's payload, as far as it can be shown: a value, or bytes and what keeps them from being one.
///
/// value.
struct shown_payload {
    nlohmann::ordered_json data;
    std::string problem{};
    std::string bytes{};
};

/// `payload`: the bytes of what was found.
[[nodiscard]] shown_payload shown(stored_message found, std::string_view payload, personal_data personal);

/// A text that somebody wrote about the event, with `***` for what the personal fields of the event hold.
[[nodiscard]] std::string veiled(std::string text, const google::protobuf::Message& message);

/// As `data`, `problem` and `data_base64`.
void add_payload(nlohmann::ordered_json& object, shown_payload payload);

/// Everything beyond ASCII is escaped unless it was asked for as it is; what is not UTF-8 never gets out.
[[nodiscard]] std::string text_of(const nlohmann::ordered_json& value, escaping escape);
/// One line of UTF-8, of which nothing else is escaped.
[[nodiscard]] std::string text_for_people(const shown_payload& payload);

}  // namespace foldline::inline v0::cli
