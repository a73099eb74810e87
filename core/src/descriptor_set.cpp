// What an event's bytes mean depends on its message and on what that holds, however deep; nothing else in the files
// that they stand in matters. So a set is cut down to that, and put into one order: it changes exactly when the event
// does, and two programs that have the same event make the same bytes of it.

#include <foldline/core/protobuf_codec.hpp>

#include <foldline/options.pb.h>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;

constexpr std::string_view options_file = "foldline/options.proto";

bool is_well_known(const pb::FileDescriptor& file) {
    return file.name().rfind("google/protobuf/", 0) == 0 || file.name() == options_file;
}

void add_imports_first(const pb::FileDescriptor& file, std::set<const pb::FileDescriptor*>& seen,
                       pb::FileDescriptorSet& files) {
    if (is_well_known(file) || !seen.insert(&file).second) return;
    for (int i = 0; i < file.dependency_count(); ++i) add_imports_first(*file.dependency(i), seen, files);
    file.CopyTo(files.add_file());
}

/// The file of a type that no set holds, since every program has it; empty for any other type.
std::string well_known_file_of(std::string_view type) {
    constexpr std::string_view package = "google.protobuf.";
    if (type == "foldline.EventOptions") return std::string(options_file);
    if (!type.starts_with(package)) return {};
    type.remove_prefix(package.size());
    constexpr std::array<std::pair<std::string_view, std::string_view>, 28> files{{
        {"Any", "any"},
        {"Api", "api"},
        {"BoolValue", "wrappers"},
        {"BytesValue", "wrappers"},
        {"DoubleValue", "wrappers"},
        {"Duration", "duration"},
        {"Empty", "empty"},
        {"Enum", "type"},
        {"EnumValue", "type"},
        {"Field", "type"},
        {"FieldMask", "field_mask"},
        {"FloatValue", "wrappers"},
        {"Int32Value", "wrappers"},
        {"Int64Value", "wrappers"},
        {"ListValue", "struct"},
        {"Method", "api"},
        {"Mixin", "api"},
        {"NullValue", "struct"},
        {"Option", "type"},
        {"SourceContext", "source_context"},
        {"StringValue", "wrappers"},
        {"Struct", "struct"},
        {"Syntax", "type"},
        {"Timestamp", "timestamp"},
        {"Type", "type"},
        {"UInt32Value", "wrappers"},
        {"UInt64Value", "wrappers"},
        {"Value", "struct"},
    }};
    std::string_view file = "descriptor";
    for (const auto& [name, of] : files)
        if (type.substr(0, type.find('.')) == name) file = of;
    return "google/protobuf/" + std::string(file) + ".proto";
}

bool bears_our_options(const pb::DescriptorProto& message) {
    if (message.options().HasExtension(foldline::event) || message.options().HasExtension(foldline::retired))
        return true;
    return std::any_of(message.field().begin(), message.field().end(), [](const auto& field) {
        return field.options().HasExtension(foldline::personal) || field.options().HasExtension(foldline::subject_id);
    });
}

std::string within(const std::string& scope, const std::string& name) {
    return scope.empty() ? name : scope + "." + name;
}

template <class Parts, class Keep>
void keep_if(Parts& parts, Keep keep) {
    int kept = 0;
    for (int i = 0; i < parts.size(); ++i)
        if (keep(*parts.Mutable(i))) parts.SwapElements(i, kept++);
    parts.DeleteSubrange(kept, parts.size() - kept);
}

template <class Parts>
void sort_by_name(Parts& parts) {
    std::sort(parts.pointer_begin(), parts.pointer_end(), [](auto* a, auto* b) { return a->name() < b->name(); });
}

/// Cuts a set down to what one message reaches.
///
/// confined.
class pruning {
public:
    explicit pruning(pb::FileDescriptorSet& files)
        : files_(files), imports_(static_cast<std::size_t>(files.file_size())) {
        for (int i = 0; i < files_.file_size(); ++i) {
            for (const auto& message : files_.file(i).message_type()) add(message, files_.file(i).package(), i);
            for (const auto& type : files_.file(i).enum_type()) add(type, files_.file(i).package(), i);
        }
    }

    /// False where the set does not hold all that the message is made of.
    bool reach(std::string message) {
        reached_.insert(message);
        for (std::vector<std::string> left{std::move(message)}; !left.empty();) {
            const std::string next = std::move(left.back());
            left.pop_back();
            const auto known = messages_.find(next);
            if (known == messages_.end() || !reach_types_of(*known->second, file_of_.at(next), left)) return false;
        }
        return true;
    }

    /// Of files that do not wait for each other the one whose name comes first. None where they import in a circle.
    std::optional<pb::FileDescriptorSet> result() {
        std::map<std::string, int> kept;
        for (int i = 0; i < files_.file_size(); ++i)
            if (prune(i)) kept.emplace(files_.file(i).name(), i);
        std::map<std::string, std::size_t> missing;  // imports that have no place yet
        std::map<std::string, std::vector<std::string>> importers;
        std::set<std::string> ready;
        for (const auto& [name, number] : kept) {
            for (const std::string& import : files_.file(number).dependency()) {
                if (!kept.contains(import)) continue;
                ++missing[name];
                importers[import].push_back(name);
            }
            if (!missing.contains(name)) ready.insert(name);
        }
        pb::FileDescriptorSet pruned;
        while (!ready.empty()) {
            const std::string next = std::move(ready.extract(ready.begin()).value());
            pruned.add_file()->Swap(files_.mutable_file(kept.at(next)));
            for (const std::string& importer : importers[next])
                if (--missing.at(importer) == 0) ready.insert(importer);
        }
        if (pruned.file_size() != static_cast<int>(kept.size())) return std::nullopt;
        return pruned;
    }

private:
    void add(const pb::EnumDescriptorProto& type, const std::string& scope, int file) {
        file_of_.emplace(within(scope, type.name()), file);
    }
    void add(const pb::DescriptorProto& message, const std::string& scope, int file) {
        const std::string name = within(scope, message.name());
        file_of_.emplace(name, file);
        messages_.emplace(name, &message);
        for (const auto& inner : message.nested_type()) add(inner, name, file);
        for (const auto& inner : message.enum_type()) add(inner, name, file);
    }

    bool reach_types_of(const pb::DescriptorProto& message, int file, std::vector<std::string>& left) {
        std::set<std::string>& imports = imports_[static_cast<std::size_t>(file)];
        if (bears_our_options(message)) imports.insert(std::string(options_file));
        for (const auto& field : message.field()) {
            if (field.type_name().empty()) continue;
            const std::string type = field.type_name().substr(1);  // it begins with a dot
            const auto known = file_of_.find(type);
            std::string elsewhere = known == file_of_.end() ? well_known_file_of(type) : std::string{};
            if (known == file_of_.end() && elsewhere.empty()) return false;
            if (known == file_of_.end()) imports.insert(std::move(elsewhere));
            else if (known->second != file) imports.insert(files_.file(known->second).name());
            if (known != file_of_.end() && reached_.insert(type).second && messages_.contains(type))
                left.push_back(type);
        }
        return true;
    }

    /// Gives whether anything of the file is left. Its own options speak to what generates code of it.
    bool prune(int number) {
        pb::FileDescriptorProto& file = *files_.mutable_file(number);
        file.clear_service();
        file.clear_extension();
        file.clear_source_code_info();
        file.clear_options();
        file.clear_public_dependency();
        file.clear_weak_dependency();
        file.clear_dependency();
        for (const std::string& import : imports_[static_cast<std::size_t>(number)]) file.add_dependency(import);
        prune_types(*file.mutable_message_type(), *file.mutable_enum_type(), file.package());
        return file.message_type_size() + file.enum_type_size() > 0;
    }

    void prune_types(pb::RepeatedPtrField<pb::DescriptorProto>& messages,
                     pb::RepeatedPtrField<pb::EnumDescriptorProto>& enums, const std::string& scope) {
        keep_if(messages, [&](auto& message) { return prune(message, within(scope, message.name())); });
        keep_if(enums, [&](auto& type) { return reached_.contains(within(scope, type.name())); });
        sort_by_name(messages);
        sort_by_name(enums);
    }

    /// Gives whether anything of the message is left: itself, or a shell around what it holds.
    bool prune(pb::DescriptorProto& message, const std::string& name) {
        prune_types(*message.mutable_nested_type(), *message.mutable_enum_type(), name);
        message.clear_extension();
        if (reached_.contains(name)) return true;
        pb::DescriptorProto shell;
        shell.set_name(message.name());
        shell.mutable_nested_type()->Swap(message.mutable_nested_type());
        shell.mutable_enum_type()->Swap(message.mutable_enum_type());
        message.Swap(&shell);
        return message.nested_type_size() + message.enum_type_size() > 0;
    }

    pb::FileDescriptorSet& files_;
    std::map<std::string, const pb::DescriptorProto*, std::less<>> messages_;
    std::map<std::string, int> file_of_;  // of every message and enum, by its full name
    std::set<std::string> reached_;
    std::vector<std::set<std::string>> imports_;  // by file
};

/// Options may hold maps, of which Protobuf writes the entries in any order.
std::string serialised(const pb::FileDescriptorSet& files) {
    std::string bytes;
    {
        pb::io::StringOutputStream to{&bytes};
        pb::io::CodedOutputStream coded{&to};
        coded.SetSerializationDeterministic(true);
        files.SerializeWithCachedSizes(&coded);
    }
    return bytes;
}

/// None where it cannot be cut down without a loss.
std::optional<std::string> pruned(pb::FileDescriptorSet& files, std::string message) {
    pruning work{files};
    if (!work.reach(std::move(message))) return std::nullopt;
    auto kept = work.result();
    if (!kept) return std::nullopt;
    (void)kept->ByteSizeLong();  // the sizes that are cached
    return serialised(*kept);
}

}  // namespace

std::string descriptor_set_of(const pb::Descriptor& descriptor) {
    pb::FileDescriptorSet files;
    std::set<const pb::FileDescriptor*> seen;
    add_imports_first(*descriptor.file(), seen, files);
    std::string whole = files.SerializeAsString();
    return pruned(files, descriptor.full_name()).value_or(std::move(whole));
}

std::string pruned_descriptor_set(std::string_view descriptor_set, std::string_view message) {
    pb::FileDescriptorSet files;
    if (descriptor_set.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()) &&
        files.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size())))
        if (auto kept = pruned(files, std::string(message))) return *std::move(kept);
    return std::string(descriptor_set);
}

}  // namespace foldline::inline v0
