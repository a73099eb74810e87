#include <foldline/upcasters/message_schema.hpp>

#include <foldline/options.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/descriptor_files.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <set>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;

bool holds_personal_data(const pb::Descriptor& message, std::set<const pb::Descriptor*>& seen) {
    if (!seen.insert(&message).second) return false;
    for (int i = 0; i < message.field_count(); ++i) {
        const pb::FieldDescriptor& field = *message.field(i);
        if (is_personal(field)) return true;
        if (field.message_type() && holds_personal_data(*field.message_type(), seen)) return true;
    }
    return false;
}

}  // namespace

struct message_schema::parts {
    std::string name;
    std::uint32_t version;
    pb::DescriptorPool pool;
    pb::DynamicMessageFactory factory{&pool};
    const pb::Descriptor* descriptor = nullptr;
    const pb::Message* prototype = nullptr;  // the factory's
};

message_schema::message_schema(const event_schema& stored) : parts_(std::make_unique<parts>()) {
    parts_->name = stored.type.name;
    parts_->version = stored.type.version;
    try {
        pb::FileDescriptorSet files;
        if (!files.ParseFromString(stored.descriptor_set)) throw definition_error("it is no FileDescriptorSet");
        build_files(files, parts_->pool);
        parts_->descriptor = parts_->pool.FindMessageTypeByName(stored.message);
        if (!parts_->descriptor) throw definition_error("it holds no message " + stored.message);
    } catch (const definition_error& why) {
        throw definition_error(
            fmt::format("the stored schema of {} cannot be used: {}", stored.type.to_string(), why.what()));
    }
    parts_->prototype = parts_->factory.GetPrototype(parts_->descriptor);
}

message_schema::~message_schema() = default;

event_type message_schema::type() const { return {parts_->name, parts_->version}; }

const pb::Descriptor& message_schema::descriptor() const { return *parts_->descriptor; }

message_ptr message_schema::new_message() const { return message_ptr{parts_->prototype->New()}; }

bool is_personal(const pb::FieldDescriptor& field) { return field.options().GetExtension(foldline::personal); }

bool is_subject_id(const pb::FieldDescriptor& field) { return field.options().GetExtension(foldline::subject_id); }

bool holds_personal_data(const pb::Descriptor& message) {
    std::set<const pb::Descriptor*> seen;
    return holds_personal_data(message, seen);
}

bool is_retired(const pb::Descriptor& message) { return message.options().GetExtension(foldline::retired); }

}  // namespace foldline::inline v0
