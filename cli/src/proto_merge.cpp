#include "proto_merge.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;

template <class Items>
auto find_named(Items& items, const std::string& name) {
    return std::find_if(items.begin(), items.end(), [&](const auto& each) { return each.name() == name; });
}

const auto& messages_of(const pb::FileDescriptorProto& file) { return file.message_type(); }
const auto& messages_of(const pb::DescriptorProto& message) { return message.nested_type(); }
auto& messages_of(pb::FileDescriptorProto& file) { return *file.mutable_message_type(); }
auto& messages_of(pb::DescriptorProto& message) { return *message.mutable_nested_type(); }

/// The message without those that it holds.
pb::DescriptorProto own_part_of(const pb::DescriptorProto& message) {
    pb::DescriptorProto own = message;
    own.clear_nested_type();
    own.clear_enum_type();
    return own;
}

/// Nothing is left of the message but what it holds.
bool is_shell(const pb::DescriptorProto& own) {
    pb::DescriptorProto shell;
    shell.set_name(own.name());
    return own.SerializeAsString() == shell.SerializeAsString();
}

class type_merge {
public:
    explicit type_merge(std::vector<std::string>& clashes) : clashes_(clashes) {}

    /// What files hold, or messages; `scope` is their name.
    template <class Holder>
    void merge_inner(Holder& into, const Holder& more, const std::string& scope) {
        for (const pb::DescriptorProto& each : messages_of(more)) {
            const auto known = find_named(messages_of(into), each.name());
            if (known == messages_of(into).end()) *messages_of(into).Add() = each;
            else merge(*known, each, within(scope, each.name()));
        }
        for (const pb::EnumDescriptorProto& each : more.enum_type()) {
            const auto known = find_named(*into.mutable_enum_type(), each.name());
            if (known == into.mutable_enum_type()->end()) *into.add_enum_type() = each;
            else keep_larger(*known, each, within(scope, each.name()));
        }
    }

private:
    static std::string within(const std::string& scope, const std::string& name) {
        return scope.empty() ? name : scope + "." + name;
    }

    void merge(pb::DescriptorProto& into, const pb::DescriptorProto& more, const std::string& name) {
        merge_inner(into, more, name);
        pb::DescriptorProto kept = own_part_of(into);
        const pb::DescriptorProto other = own_part_of(more);
        if (is_shell(other)) return;
        if (is_shell(kept)) kept = other;
        else keep_larger(kept, other, name);
        kept.mutable_nested_type()->Swap(into.mutable_nested_type());
        kept.mutable_enum_type()->Swap(into.mutable_enum_type());
        into.Swap(&kept);
    }

    template <class Type>
    void keep_larger(Type& known, const Type& other, const std::string& name) {
        if (known.SerializeAsString() == other.SerializeAsString()) return;
        clashes_.push_back(name);
        if (other.ByteSizeLong() > known.ByteSizeLong()) known = other;
    }

    std::vector<std::string>& clashes_;
};

/// A file is written before those that import it.
class file_order {
public:
    explicit file_order(const std::map<std::string, pb::FileDescriptorProto>& files) : files_(files) {}

    void add(const std::string& name) {
        if (!seen_.insert(name).second) return;
        if (const auto known = files_.find(name); known != files_.end()) return add(known->second);
        const pb::FileDescriptor* ours = pb::DescriptorPool::generated_pool()->FindFileByName(name);
        if (!ours) throw definition_error(fmt::format("the stored schemas need {}, and none holds it", name));
        pb::FileDescriptorProto copy;
        ours->CopyTo(&copy);
        add(copy);
    }
    [[nodiscard]] const pb::FileDescriptorSet& files() const { return ordered_; }

private:
    void add(const pb::FileDescriptorProto& file) {
        for (const std::string& import : file.dependency()) add(import);
        *ordered_.add_file() = file;
    }

    const std::map<std::string, pb::FileDescriptorProto>& files_;
    std::set<std::string> seen_;
    pb::FileDescriptorSet ordered_;
};

}  // namespace

void proto_merge::add(const event_schema& schema) {
    pb::FileDescriptorSet files;
    if (!files.ParseFromString(schema.descriptor_set))
        throw definition_error(
            fmt::format("the stored schema of {} cannot be used: it is no FileDescriptorSet", schema.type.to_string()));
    for (const pb::FileDescriptorProto& file : files.file()) {
        const auto [known, is_new] = files_.emplace(file.name(), file);
        if (!is_new) merge(known->second, file);
    }
}

void proto_merge::merge(pb::FileDescriptorProto& into, const pb::FileDescriptorProto& more) {
    type_merge{clashes_}.merge_inner(into, more, more.package());
    for (const std::string& import : more.dependency())
        if (std::find(into.dependency().begin(), into.dependency().end(), import) == into.dependency().end())
            into.add_dependency(import);
}

pb::FileDescriptorSet proto_merge::files() const {
    file_order order{files_};
    for (const auto& [name, file] : files_) order.add(name);
    return order.files();
}

}  // namespace foldline::inline v0::cli
