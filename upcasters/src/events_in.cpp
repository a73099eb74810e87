#include "recorded_form.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/upcasters/schema_set.hpp>

#include <fmt/core.h>

#include <set>
#include <string>

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

void add_events(const pb::Descriptor& message, schema_set& events) {
    if (event_type_of(message).version != 0) events.add(detail::recorded_form_of(message));
    for (int i = 0; i < message.nested_type_count(); ++i) add_events(*message.nested_type(i), events);
}

/// A set that a store was exported to leaves out the files that every program has; they are taken from this one.
void add_left_out(const std::string& name, pb::DescriptorPool& pool) {
    if (pool.FindFileByName(name)) return;
    const bool is_everywhere = name.rfind("google/protobuf/", 0) == 0 || name == "foldline/options.proto";
    const pb::FileDescriptor* ours =
        is_everywhere ? pb::DescriptorPool::generated_pool()->FindFileByName(name) : nullptr;
    if (!ours) return;
    for (int i = 0; i < ours->dependency_count(); ++i) add_left_out(ours->dependency(i)->name(), pool);
    pb::FileDescriptorProto copy;
    ours->CopyTo(&copy);
    pool.BuildFile(copy);
}

[[noreturn]] void refuse(std::string_view source, std::string_view why) {
    throw definition_error(
        fmt::format("{} cannot be used: {}; it is made by protoc --include_imports "
                    "--descriptor_set_out={} FILE.proto...",
                    source, why, source));
}

}  // namespace

schema_set events_in(std::string_view descriptor_set, std::string_view source) {
    pb::FileDescriptorSet files;
    if (!files.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size())))
        refuse(source, "it is no FileDescriptorSet");
    pb::DescriptorPool pool;
    first_error error;
    std::set<const pb::FileDescriptor*> seen;
    schema_set events;
    for (const pb::FileDescriptorProto& each : files.file()) {
        for (const std::string& import : each.dependency()) add_left_out(import, pool);
        const pb::FileDescriptor* file = pool.BuildFileCollectingErrors(each, &error);
        if (!file) refuse(source, error.text);
        // Sets are joined by writing one behind the other, and then have files in common.
        if (!seen.insert(file).second) continue;
        for (int i = 0; i < file->message_type_count(); ++i) add_events(*file->message_type(i), events);
    }
    return events;
}

}  // namespace foldline::inline v0
