#include <foldline/upcasters/descriptor_files.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <string>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;

/// It must not throw: a pool does not outlive that.
class first_error final : public pb::DescriptorPool::ErrorCollector {
public:
    void AddError(const std::string& file, const std::string& element, const pb::Message*, ErrorLocation,
                  const std::string& why) override {
        if (text.empty()) text = fmt::format("{}: {}: {}", file, element, why);
    }

    std::string text;
};

bool is_everywhere(const std::string& file) {
    return file.rfind("google/protobuf/", 0) == 0 || file == "foldline/options.proto";
}

void add_left_out(const std::string& name, pb::DescriptorPool& pool) {
    if (!is_everywhere(name) || pool.FindFileByName(name)) return;
    const pb::FileDescriptor* ours = pb::DescriptorPool::generated_pool()->FindFileByName(name);
    if (!ours) return;
    for (int i = 0; i < ours->dependency_count(); ++i) add_left_out(ours->dependency(i)->name(), pool);
    pb::FileDescriptorProto copy;
    ours->CopyTo(&copy);
    first_error ignored;  // whoever imports it fails with a better reason
    pool.BuildFileCollectingErrors(copy, &ignored);
}

}  // namespace

std::vector<const pb::FileDescriptor*> build_files(const pb::FileDescriptorSet& files, pb::DescriptorPool& pool) {
    std::vector<const pb::FileDescriptor*> all;
    first_error error;
    for (const pb::FileDescriptorProto& each : files.file()) {
        for (const std::string& import : each.dependency()) add_left_out(import, pool);
        const pb::FileDescriptor* built = pool.BuildFileCollectingErrors(each, &error);
        if (!built) throw definition_error(error.text);
        all.push_back(built);
    }
    return all;
}

}  // namespace foldline::inline v0
