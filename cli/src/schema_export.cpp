// `schema export`: the `.proto` files of stored schemas, and a descriptor set of them.

#include "object_list.hpp"
#include "opened_store.hpp"
#include "proto_merge.hpp"
#include "schema_catalog.hpp"
#include "schema_verbs.hpp"
#include "shown_lines.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/descriptor_files.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;
using json = nlohmann::ordered_json;

constexpr const char* set_name = "descriptors.binpb";

struct exported {
    std::vector<std::string> files;  ///< `.proto` files, below the folder
    std::vector<std::string> clashes;
    std::vector<std::string> events;
};

/// protoc has these.
bool comes_with_protoc(const std::string& name) { return name.rfind("google/protobuf/", 0) == 0; }

/// A stored name is whatever somebody once stored: it must not lead out of the folder.
void require_inside(const std::string& name) {
    const std::filesystem::path path{name};
    const bool leads_out = path.is_absolute() || path.has_root_name() || !path.has_filename() ||
                           std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
    if (leads_out || name.find('\0') != std::string::npos || name == set_name)
        throw definition_error(
            fmt::format("a stored schema calls its file \"{}\", which cannot stand in the folder", name));
}

void require_empty(const std::filesystem::path& folder) {
    std::error_code unknown;
    if (std::filesystem::exists(folder, unknown) &&
        (!std::filesystem::is_directory(folder, unknown) || !std::filesystem::is_empty(folder, unknown)))
        throw std::runtime_error(fmt::format("{} is there and not empty; name a new folder", folder.string()));
}

void write_file(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out{file, std::ios::binary};
    out << text;
    out.close();
    if (!out) throw std::runtime_error(fmt::format("{} could not be written", file.string()));
}

exported export_files(const proto_merge& merged, const std::filesystem::path& folder) {
    exported done;
    const pb::FileDescriptorSet files = merged.files();
    for (const pb::FileDescriptorProto& file : files.file())
        if (!comes_with_protoc(file.name())) require_inside(file.name());
    pb::DescriptorPool pool;
    for (const pb::FileDescriptor* file : build_files(files, pool)) {
        if (comes_with_protoc(file->name())) continue;
        write_file(folder / file->name(), file->DebugString());
        done.files.push_back(file->name());
    }
    write_file(folder / set_name, files.SerializeAsString());
    return done;
}

void print_for_people(const exported& done, const std::filesystem::path& folder, std::FILE* out) {
    std::string text = fmt::format("{} of {} in {}:\n", counted(static_cast<std::int64_t>(done.files.size()), "file"),
                                   counted(static_cast<std::int64_t>(done.events.size()), "event"), folder.string());
    for (const std::string& each : done.files) text += "  " + each + "\n";
    text += fmt::format("  {}\n", set_name);
    print_lines(text, escaping::on, out);
}

json as_json(const exported& done, const std::filesystem::path& folder) {
    return {{"folder", folder.string()},
            {"events", done.events},
            {"files", done.files},
            {"set", set_name},
            {"clashes", done.clashes}};
}

}  // namespace

int run(const schema_export_request& request, const console& to) {
    const opened_store store{request.store, to.self, shown_as::stored};
    require_empty(request.folder);
    const schema_catalog catalog{store.stored(), request.store.string()};
    proto_merge merged;
    std::vector<std::string> events;
    for (const cataloged_schema& each : catalog.find(request.which)) {
        merged.add(each.schema);
        events.push_back(each.label());
    }
    exported done = export_files(merged, request.folder);
    done.events = std::move(events);
    done.clashes = merged.clashes();
    for (const std::string& each : done.clashes)
        print_lines(fmt::format("{}: {} is not the same in all schemas; the largest one was taken", to.self.name, each),
                    escaping::on, to.err);
    if (request.shape == format::text) print_for_people(done, request.folder, to.out);
    else print_object(as_json(done, request.folder), {request.shape}, to.out);
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
