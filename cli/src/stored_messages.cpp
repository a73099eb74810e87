#include "stored_messages.hpp"

#include <foldline/options.pb.h>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/stubs/logging.h>

#include <set>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;

/// Keeps Protobuf from writing on stderr what is told in the answer.
class silent_collector final : public pb::DescriptorPool::ErrorCollector {
public:
    void AddError(const std::string&, const std::string&, const pb::Message*, ErrorLocation,
                  const std::string&) override {}
};

const pb::FileDescriptor* build(pb::DescriptorPool& pool, const pb::FileDescriptorProto& file) {
    silent_collector ignored;
    return pool.BuildFileCollectingErrors(file, &ignored);
}

/// A stored schema leaves out the files that every program has; they are taken from this one.
void add_well_known(pb::DescriptorPool& pool, const std::string& name) {
    if (pool.FindFileByName(name)) return;
    const pb::FileDescriptor* ours = pb::DescriptorPool::generated_pool()->FindFileByName(name);
    if (!ours) return;
    for (int i = 0; i < ours->dependency_count(); ++i) add_well_known(pool, ours->dependency(i)->name());
    pb::FileDescriptorProto copy;
    ours->CopyTo(&copy);
    build(pool, copy);
}

bool is_well_known(const std::string& name) {
    return name.rfind("google/protobuf/", 0) == 0 || name == "foldline/options.proto";
}

bool add_files(pb::DescriptorPool& pool, const std::string& descriptor_set) {
    pb::FileDescriptorSet files;
    if (!files.ParseFromString(descriptor_set)) return false;
    for (const pb::FileDescriptorProto& file : files.file()) {
        for (const std::string& import : file.dependency())
            if (is_well_known(import)) add_well_known(pool, import);
        if (!build(pool, file)) return false;
    }
    return true;
}

bool has_personal_fields(const pb::Descriptor& type, std::set<const pb::Descriptor*>& seen) {
    if (!seen.insert(&type).second) return false;
    for (int i = 0; i < type.field_count(); ++i) {
        const pb::FieldDescriptor& field = *type.field(i);
        if (is_personal(field)) return true;
        if (field.message_type() && has_personal_fields(*field.message_type(), seen)) return true;
    }
    return false;
}

/// The schema came with the first event of its type; a later program may have written more.
std::string problem_of(const pb::Message& message) {
    return message.GetReflection()->GetUnknownFields(message).empty()
               ? std::string{}
               : "it also has fields that its stored schema does not know";
}

}  // namespace

bool is_personal(const pb::FieldDescriptor& field) { return field.options().GetExtension(foldline::personal); }

struct stored_messages::schema {
    explicit schema(const std::vector<event_schema>& stored) {
        if (stored.empty()) {
            problem = "no schema is stored for it";
            return;
        }
        const pb::Descriptor* type =
            add_files(pool, stored.back().descriptor_set) ? pool.FindMessageTypeByName(stored.back().message) : nullptr;
        if (!type) {
            problem = "its stored schema cannot be used";
            return;
        }
        reused.reset(factory.GetPrototype(type)->New());
        std::set<const pb::Descriptor*> seen;
        is_about_people = has_personal_fields(*type, seen);
    }

    pb::DescriptorPool pool;
    pb::DynamicMessageFactory factory{&pool};
    std::unique_ptr<pb::Message> reused;  // before the factory and the pool, which it needs
    std::string problem;
    bool is_about_people = false;
};

stored_messages::stored_messages(const sqlite::sqlite_event_store& store) : store_(store) {}
stored_messages::~stored_messages() = default;

const stored_messages::schema& stored_messages::schema_of(event_type_id type) {
    auto& known = schemas_[type];
    if (!known) known = std::make_unique<schema>(store_.stored_schemas(store_.type_of(type)));
    return *known;
}

stored_message stored_messages::decode(const event_view& event) {
    if (event.message) return {event.message};
    const schema& known = schema_of(event.type);
    if (!known.reused) return {nullptr, known.problem, false};
    const pb::LogSilencer quiet;
    if (known.reused->ParseFromArray(event.payload.data(), static_cast<int>(event.payload.size())))
        return {known.reused.get(), problem_of(*known.reused)};
    return {nullptr, fmt::format("it does not decode as {}", known.reused->GetDescriptor()->full_name()),
            known.is_about_people};
}

}  // namespace foldline::inline v0::cli
