// Any bytes as the descriptors of two schemas: they are refused, or they are compared. The first byte chooses where the
// bytes stand: they are both sets, or one set beside a large one that makes sense, or changes to that one.

#include "quiet_protobuf.hpp"
#include "require.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/schema_rules.hpp>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace foldline;
namespace pb = google::protobuf;

/// Messages that hold each other and themselves, enums, defaults, ranges: the descriptors of descriptors.
const std::string& sound_set() {
    static const std::string bytes = [] {
        pb::FileDescriptorSet files;
        pb::FileDescriptorSet::descriptor()->file()->CopyTo(files.add_file());
        return files.SerializeAsString();
    }();
    return bytes;
}

/// The first message that the bytes name, so that most of them get as far as being compared.
std::string event_of(const std::string& descriptor_set) {
    pb::FileDescriptorSet files;
    (void)files.ParseFromString(descriptor_set);
    for (const auto& file : files.file())
        for (const auto& message : file.message_type())
            return (file.package().empty() ? "" : file.package() + ".") + message.name();
    return "nothing";
}

event_schema schema(std::string descriptor_set) {
    std::string event = event_of(descriptor_set);
    return {{"fuzzed", 1}, std::move(event), std::move(descriptor_set)};
}

/// Each three bytes are a place and what stands there from now on.
std::string changed(std::string bytes, std::string_view changes) {
    for (std::size_t i = 0; i + 3 <= changes.size(); i += 3) {
        const auto place = static_cast<std::uint8_t>(changes[i]) * 256U + static_cast<std::uint8_t>(changes[i + 1]);
        bytes[place % bytes.size()] = changes[i + 2];
    }
    return bytes;
}

struct two_schemas {
    event_schema before;
    event_schema after;
};

two_schemas schemas_of(char how, std::string_view bytes) {
    switch (how % 3) {
        case 0: {
            const std::size_t half = bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes[0]) * bytes.size() / 256;
            return {schema(std::string(bytes.substr(0, half))), schema(std::string(bytes.substr(half)))};
        }
        case 1: return {schema(sound_set()), schema(std::string(bytes))};
        default: return {schema(sound_set()), schema(changed(sound_set(), bytes))};
    }
}

void require_words(const std::vector<schema_finding>& findings) {
    for (const schema_finding& finding : findings) {
        const auto rules = schema_rules();
        foldline_fuzz::require(
            std::any_of(rules.begin(), rules.end(), [&](const schema_rule& rule) { return rule.name == finding.rule; }),
            "a finding is of a rule that is listed");
        foldline_fuzz::require(!finding.where.empty() && !finding.to_string().empty(), "a finding says where");
    }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    foldline_fuzz::quieten_protobuf();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const two_schemas both = schemas_of(bytes[0], bytes.substr(1));
    try {
        require_words(compare(both.before, both.after, schema_level::source));
        const compatibility all{compatibility_mode::full_transitive, schema_level::source, {}};
        require_words(check(std::vector{both.before, both.after}, both.after, all));
        foldline_fuzz::require(compare(both.after, both.after, schema_level::source).empty(),
                               "no schema differs from itself");
    } catch (const definition_error&) {}
    return 0;
}
