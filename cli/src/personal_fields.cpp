#include "personal_fields.hpp"

#include <foldline/upcasters/message_schema.hpp>

#include <set>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;

bool holds_any(const pb::Descriptor& message, std::set<const pb::Descriptor*>& seen) {
    if (message.full_name() == "google.protobuf.Any") return true;
    if (!seen.insert(&message).second) return false;
    for (int i = 0; i < message.field_count(); ++i)
        if (const auto* inner = message.field(i)->message_type(); inner && holds_any(*inner, seen)) return true;
    return false;
}

}  // namespace

bool may_hold_personal_data(const pb::Descriptor& message) {
    std::set<const pb::Descriptor*> seen;
    return holds_personal_data(message) || holds_any(message, seen);
}

}  // namespace foldline::inline v0::cli
