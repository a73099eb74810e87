#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace foldline::inline v0::testing {

/// Where two messages differ, a line for each field: `modified: amount_minor: 8 -> 7`, the expected value first. Empty
/// for equal messages. Messages of two classes differ as a whole.
[[nodiscard]] std::string difference_of(const google::protobuf::Message& expected,
                                        const google::protobuf::Message& actual);

/// A message on one line, with the type of the event that it is, if it is one.
[[nodiscard]] std::string one_line(const google::protobuf::Message& message);

/// `text` with each of its lines set in by `columns`.
[[nodiscard]] std::string indented(const std::string& text, int columns);

}  // namespace foldline::inline v0::testing
