#pragma once

#include <foldline/core/event.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/core/metadata.hpp>

#include <memory>

namespace google::protobuf {
class Message;
}

namespace foldline::inline v0 {

/// Deletes a message whose class may be only declared where the pointer is used.
struct message_deleter {
    void operator()(google::protobuf::Message* message) const noexcept;
};
using message_ptr = std::unique_ptr<google::protobuf::Message, message_deleter>;

/// The event that a message is, ready to be appended; its type and schema come from the message's `(foldline.event)`
/// option. Throws `definition_error` for a message without the option and for one that is `(foldline.retired)`, and
/// `invalid_request` for one that could be written but never read back: a string that is not UTF-8, a required field
/// that is missing, nesting too deep.
[[nodiscard]] event_data to_event(const google::protobuf::Message& message, const metadata& meta = {});
/// The same with metadata that is encoded already, for many events that share it.
[[nodiscard]] event_data to_event(const google::protobuf::Message& message, std::string encoded_metadata);

/// The schema of a message's class. Throws `definition_error` for one without the `(foldline.event)` option.
/// Threads: shared.
[[nodiscard]] const event_schema& schema_of(const google::protobuf::Message& message);

/// Reads an event into `reused`, whose class must be that of the event's type, and returns it; or returns the message
/// that a decorator made of the event, and leaves `reused` alone. A message of another class (one that was made of a
/// stored schema) is read into `reused` by its bytes, so the answer is always of the class of `reused`. Throws
/// `event_failure` if the bytes do not decode.
const google::protobuf::Message& decode(const event_view& event, google::protobuf::Message& reused, event_type type);

}  // namespace foldline::inline v0
