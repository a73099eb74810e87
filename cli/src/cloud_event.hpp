#pragma once

#include "exact_json.hpp"
#include "export_format.hpp"

#include <foldline/core/event.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/sqlite/event_import.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace foldline::inline v0::cli {

// An event as a CloudEvent 1.0:
//
//     id               the event's id                   source           urn:uuid: and the id of the store
//     type             name@version                     subject          the stream, category-id
//     time             when it occurred                 recordedtime     when it was recorded
//     streamversion    its version in the stream        position         its position in the store
//     writesize        only on the first event of a write whose ids the caller gave: how many events it had
//     correlationid, causationid, actor, traceparent    metadata, each only where there is some
//     headers          the headers of the metadata, as the text of a JSON list of [name, value]
//     metadatabase64   instead of these, metadata that is no text that a CloudEvent takes
//     dataschema       the `id` of the line of its schema
//     data             the payload as JSON, where that tells all of the bytes; then payloadhash is their XXH3-64
//     data_base64      the payload otherwise
//     masked           true: personal data was left out, and what is there is not the payload
//
// A time that has no date of four digits for a year is given in microseconds since 1970: timemicros, recordedmicros.

/// What a line says of a payload, beside the event.
///
/// value.
struct exported_payload {
    nlohmann::ordered_json data{};        ///< none: the bytes are written
    std::string bytes{};                  ///< not of a payload that is masked
    std::optional<std::string> schema{};  ///< `uri_of` it
    std::uint64_t hash = 0;
    bool is_masked = false;
};

[[nodiscard]] nlohmann::ordered_json line_of(const event_view& event, event_type type, exported_payload payload,
                                             std::size_t write_size, const std::string& source);

/// An event of a line; its type's name is that of the line's `type`, which it borrows from `line`. `schema` finds the
/// schema by its name; null for one that no line before was of. Throws `invalid_request`, `invalid_name`.
[[nodiscard]] sqlite::imported_event event_of(const nlohmann::ordered_json& line,
                                              const std::function<exact_json*(const std::string&)>& schema);

}  // namespace foldline::inline v0::cli
