#include "copied_events.hpp"

#include "personal_fields.hpp"

#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>

#include <memory>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;

void redact(pb::Message& message);

void redact_inside(pb::Message& message, const pb::FieldDescriptor& field) {
    const pb::Reflection& values = *message.GetReflection();
    if (!field.is_repeated()) return redact(*values.MutableMessage(&message, &field));
    for (int i = 0; i < values.FieldSize(message, &field); ++i)
        redact(*values.MutableRepeatedMessage(&message, &field, i));
}

/// What an `Any` holds is not known here, and may be anything.
bool is_unreadable(const pb::FieldDescriptor& field) {
    return field.message_type() && field.message_type()->full_name() == "google.protobuf.Any";
}

/// Clears the personal fields, and what the schema does not know, which may be personal too.
void redact(pb::Message& message) {
    const pb::Reflection& values = *message.GetReflection();
    values.MutableUnknownFields(&message)->Clear();
    std::vector<const pb::FieldDescriptor*> present;
    values.ListFields(message, &present);
    for (const pb::FieldDescriptor* field : present) {
        if (is_personal(*field) || is_unreadable(*field)) values.ClearField(&message, field);
        else if (field->message_type()) redact_inside(message, *field);
    }
}

}  // namespace

void copied_events::add(const event_view& event, event_type type, std::vector<sqlite::copied_event>& into) {
    sqlite::copied_event copy = sqlite::copy_of(event, type);
    copy.stream = renamed(event.stream);
    if (event.message) {
        // Not a new event: its class may be one of which none is written any more.
        require_readable_back(*event.message);
        copy.data.payload = event.message->SerializeAsString();
        copy.data.schema = &schema_of(*event.message);
        copy.data.id.reset();  // one of several parts has an id of its own
    }
    if (request_.redact) copy.data.payload = redacted(event, type);
    into.push_back(std::move(copy));
}

stream_id copied_events::renamed(stream_ref stream) const {
    for (const auto& [before, now] : request_.new_categories)
        if (stream.category == before) return stream_id{now, std::string(stream.id)};
    return stream_id{stream};
}

std::string copied_events::redacted(const event_view& event, event_type type) {
    const stored_message found = messages_.decode(event);
    if (!found.message)
        throw event_failure(
            type, event.stream, event.version, event.position,
            fmt::format("it cannot be redacted: {}; name the types to be copied with --type", found.problem));
    if (found.problem.empty() && !may_hold_personal_data(*found.message->GetDescriptor()))
        return std::string(event.payload);
    const std::unique_ptr<pb::Message> copy{found.message->New()};
    copy->CopyFrom(*found.message);
    redact(*copy);
    return copy->SerializePartialAsString();
}

}  // namespace foldline::inline v0::cli
