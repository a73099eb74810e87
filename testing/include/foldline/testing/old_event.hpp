#pragma once

#include <foldline/core/event.hpp>
#include <foldline/core/metadata.hpp>

namespace google::protobuf {
class Message;
}

namespace foldline::inline v0::testing {

/// An event as an older program wrote it: of a message that may be `(foldline.retired)`, which `to_event` refuses. For
/// tests of what becomes of old files. Throws as `to_event` does otherwise.
[[nodiscard]] event_data old_event(const google::protobuf::Message& message, const metadata& meta = {});

}  // namespace foldline::inline v0::testing
