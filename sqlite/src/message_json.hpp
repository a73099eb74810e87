#pragma once

#include "event_cell.hpp"

#include <string>
#include <string_view>

namespace google::protobuf {
class FieldDescriptor;
class Message;
}

namespace foldline::inline v0::sqlite {

/// Appends a message as JSON with the names of its fields as they stand in the schema, and with all fields that have no
/// presence of their own. Integers are numbers, also those of 64 bits, which Protobuf writes as strings and SQL could
/// not add up; enums are names, bytes are base64, times and other well-known types as Protobuf writes them. Personal
/// fields are `***` while `personal` is masked.
void append_json(std::string& to, const google::protobuf::Message& message, masking personal);

/// One field of a message, of any kind.
void append_json(std::string& to, const google::protobuf::Message& message,
                 const google::protobuf::FieldDescriptor& field, masking personal);

/// A text as JSON writes it, in its quotes. What is not UTF-8 becomes U+FFFD.
void append_json(std::string& to, std::string_view text);

/// `{"correlation_id": …}` of encoded metadata, as `foldline events` writes it. Throws as `decode_metadata`.
void append_metadata_json(std::string& to, std::string_view encoded);

}  // namespace foldline::inline v0::sqlite
