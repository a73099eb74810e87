#include "stored_messages.hpp"

#include "personal_fields.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/logging.h>

#include <optional>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;

bool holds_unknown_fields(const pb::Message& message) {
    return !message.GetReflection()->GetUnknownFields(message).empty();
}

bool parse(pb::Message& into, std::string_view bytes) {
    const pb::LogSilencer quiet;
    return into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

/// A stored schema, with a message that is used again and again.
struct stored_messages::revision {
    revision(const event_schema& stored, std::size_t place) : schema(stored), number(place) {}

    message_schema schema;
    std::size_t number;
    message_ptr reused = schema.new_message();
    bool is_about_people = may_hold_personal_data(schema.descriptor());
};

struct stored_messages::known_type {
    std::vector<std::unique_ptr<revision>> revisions;  // usable ones, oldest first; never taken out again
    std::size_t stored = 0;
    global_position as_of;  // a later event may have brought another one
};

stored_messages::stored_messages(const event_store& store) : store_(store) {}
stored_messages::~stored_messages() = default;

stored_messages::known_type& stored_messages::known(event_type_id type) {
    auto& found = types_[type];
    if (!found) {
        found = std::make_unique<known_type>();
        load_revisions(*found, type);
    }
    return *found;
}

void stored_messages::load_revisions(known_type& of, event_type_id type) {
    of.as_of = store_.head();
    const auto stored = store_.stored_schemas(store_.type_of(type));
    for (; of.stored < stored.size(); ++of.stored) {
        try {
            of.revisions.push_back(std::make_unique<revision>(stored[of.stored], of.stored + 1));
        } catch (const definition_error&) {}  // told where an event would have needed it
    }
}

const pb::Descriptor* stored_messages::newest_schema(event_type_id type) {
    const auto& revisions = known(type).revisions;
    return revisions.empty() ? nullptr : &revisions.back()->schema.descriptor();
}

stored_message stored_messages::decode(const event_view& event) {
    if (event.message) return {event.message};
    known_type& type = known(event.type);
    stored_message found = decode(type, event);
    if (found.problem.empty() || event.position <= type.as_of) return found;
    load_revisions(type, event.type);
    return decode(type, event);
}

stored_message stored_messages::decode(const known_type& known, const event_view& event) const {
    const auto& revisions = known.revisions;
    if (revisions.empty())
        return {nullptr, known.stored == 0 ? "no schema is stored for it" : "its stored schema cannot be used"};
    bool is_about_people = false;
    for (auto each = revisions.rbegin(); each != revisions.rend(); ++each) {
        pb::Message& message = *(*each)->reused;
        if (parse(message, event.payload))
            return {&message,
                    holds_unknown_fields(message) ? "it also has fields that its stored schema does not know" : "",
                    false, (*each)->number};
        // An older schema may lack the marks of a newer one.
        if (is_about_people = (*each)->is_about_people; is_about_people) break;
    }
    return {nullptr, fmt::format("it does not decode as {}", revisions.back()->schema.descriptor().full_name()),
            is_about_people};
}

}  // namespace foldline::inline v0::cli
