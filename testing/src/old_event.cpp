#include <foldline/testing/old_event.hpp>

#include <foldline/core/codec.hpp>
#include <foldline/core/protobuf_codec.hpp>

namespace foldline::inline v0::testing {

event_data old_event(const google::protobuf::Message& message, const metadata& meta) {
    const event_schema& schema = schema_of(message);
    require_readable_back(message);
    event_data event;
    event.type = schema.type;
    event.schema = &schema;
    event.metadata = encode(meta);
    event.payload = message.SerializeAsString();
    return event;
}

}  // namespace foldline::inline v0::testing
