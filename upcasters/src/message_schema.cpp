#include <foldline/upcasters/message_schema.hpp>

#include <foldline/options.pb.h>
#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <set>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;

/// Keeps the first of what Protobuf objects to, which it would write on stderr otherwise.
class first_error final : public pb::DescriptorPool::ErrorCollector {
public:
    void AddError(const std::string& file, const std::string& element, const pb::Message*, ErrorLocation,
                  const std::string& why) override {
        if (text.empty()) text = fmt::format("{}: {}: {}", file, element, why);
    }

    std::string text;
};

bool is_well_known(const std::string& name) {
    return name.rfind("google/protobuf/", 0) == 0 || name == "foldline/options.proto";
}

class pool_builder {
public:
    explicit pool_builder(pb::DescriptorPool& pool) : pool_(pool) {}

    /// False where the files make no sense; `why` tells.
    bool add(const std::string& descriptor_set) {
        pb::FileDescriptorSet files;
        if (!files.ParseFromString(descriptor_set)) {
            error_.text = "they are no FileDescriptorSet";
            return false;
        }
        for (const pb::FileDescriptorProto& file : files.file()) {
            for (const std::string& import : file.dependency())
                if (is_well_known(import)) add_well_known(import);
            if (!pool_.BuildFileCollectingErrors(file, &error_)) return false;
        }
        return true;
    }
    [[nodiscard]] const std::string& why() const { return error_.text; }

private:
    /// A stored schema leaves out the files that every program has; they are taken from this one.
    void add_well_known(const std::string& name) {
        if (pool_.FindFileByName(name)) return;
        const pb::FileDescriptor* ours = pb::DescriptorPool::generated_pool()->FindFileByName(name);
        if (!ours) return;
        for (int i = 0; i < ours->dependency_count(); ++i) add_well_known(ours->dependency(i)->name());
        pb::FileDescriptorProto copy;
        ours->CopyTo(&copy);
        pool_.BuildFileCollectingErrors(copy, &error_);
    }

    pb::DescriptorPool& pool_;
    first_error error_;
};

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
    pool_builder files{parts_->pool};
    if (files.add(stored.descriptor_set)) parts_->descriptor = parts_->pool.FindMessageTypeByName(stored.message);
    if (!parts_->descriptor)
        throw definition_error(
            fmt::format("the stored schema of {} cannot be used: {}", stored.type.to_string(),
                        files.why().empty() ? "it holds no message " + stored.message : files.why()));
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
