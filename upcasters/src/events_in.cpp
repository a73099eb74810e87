#include "recorded_form.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/upcasters/descriptor_files.hpp>
#include <foldline/upcasters/schema_set.hpp>

#include <fmt/core.h>

#include <set>
#include <string>
#include <vector>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;

void add_events(const pb::Descriptor& message, schema_set& events) {
    if (event_type_of(message).version != 0) events.add(detail::recorded_form_of(message));
    for (int i = 0; i < message.nested_type_count(); ++i) add_events(*message.nested_type(i), events);
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
    std::vector<const pb::FileDescriptor*> built;
    try {
        built = build_files(files, pool);
    } catch (const definition_error& why) {
        refuse(source, why.what());
    }
    schema_set events;
    std::set<const pb::FileDescriptor*> seen;
    for (const pb::FileDescriptor* file : built) {
        // Sets are joined by writing one behind the other, and then have files in common.
        if (!seen.insert(file).second) continue;
        for (int i = 0; i < file->message_type_count(); ++i) add_events(*file->message_type(i), events);
    }
    return events;
}

}  // namespace foldline::inline v0
