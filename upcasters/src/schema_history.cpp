#include <foldline/upcasters/schema_history.hpp>

#include "schema_record.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace foldline::inline v0 {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view extension = ".textpb";

fs::path place_of(event_type type, std::size_t revision) {
    return fs::path{type.name} / fmt::format("{}.{}{}", type.version, revision, extension);
}

/// In the order of their names, so that a folder with two errors has the same one everywhere.
std::vector<fs::path> records_in(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::exists(folder)) return files;
    if (!fs::is_directory(folder))
        throw corrupt_data(folder.string() + " is no folder; a schema history is one, with a folder for each event");
    for (const auto& entry : fs::recursive_directory_iterator{folder})
        if (entry.is_regular_file() && entry.path().extension() == extension) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

using revisions = std::map<std::size_t, foldline::schema::SchemaRecord>;

event_type type_of(const foldline::schema::SchemaRecord& record) { return {record.name(), record.version()}; }

void require_name(const fs::path& file, const fs::path& folder, const foldline::schema::SchemaRecord& record) {
    const fs::path place = place_of(type_of(record), record.revision());
    if (file != folder / place)
        throw corrupt_data(fmt::format("{}:1: it holds revision {} of {}, which stands in {}; move it there",
                                       file.string(), record.revision(), type_of(record).to_string(),
                                       (folder / place).string()));
}

void require_every_revision(const fs::path& folder, event_type type, const revisions& known) {
    std::size_t expected = 1;
    for (const auto& [revision, record] : known)
        if (revision != expected++)
            throw corrupt_data(
                fmt::format("{}: the file is missing, and there is one of revision {}; take it from the "
                            "repository",
                            (folder / place_of(type, expected - 1)).string(), revision));
}

/// protoc-gen-foldline lets no other name through; but a descriptor set may call an event anything, and a folder of
/// that name would lie elsewhere.
void require_event_name(event_type type) {
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (type.name.empty() || !std::all_of(type.name.begin(), type.name.end(), is_plain))
        throw definition_error(fmt::format(
            "\"{}\" is no name of an event: it is made of lower case letters, digits and hyphens", type.name));
}

/// An earlier foldline may have recorded more of the files than this one would.
bool is_same(const event_schema& recorded, const event_schema& message) {
    if (recorded.message != message.message) return false;
    if (recorded.descriptor_set == message.descriptor_set) return true;
    const schema_set anew = events_in(recorded.descriptor_set, recorded.message);
    const auto same_type = anew.of(recorded.type);
    return std::any_of(same_type.begin(), same_type.end(),
                       [&](const event_schema& each) { return each.descriptor_set == message.descriptor_set; });
}

}  // namespace

schema_history::schema_history(fs::path folder) : folder_(std::move(folder)) {
    std::map<std::pair<std::string, std::uint32_t>, revisions> found;
    for (const fs::path& file : records_in(folder_)) {
        auto record = detail::read_record(file);
        require_name(file, folder_, record);
        auto& place = found[{record.name(), record.version()}][record.revision()];
        place = std::move(record);
    }
    for (const auto& [type, known] : found) {
        require_every_revision(folder_, {type.first, type.second}, known);
        for (const auto& [revision, record] : known)
            past_.schemas.add({type_of(record), record.message(), record.files().SerializeAsString()});
    }
}

fs::path schema_history::file_of(event_type type, std::size_t revision) const {
    return folder_ / place_of(type, revision);
}

schema_set schema_history::unrecorded(const schema_set& messages) const {
    schema_set found;
    for (const auto& [type, schemas] : messages.by_type()) {
        const auto known = past_.schemas.of(type);
        for (const event_schema& each : schemas)
            if (known.empty() || !is_same(known.back(), each)) found.add(each);
    }
    return found;
}

std::vector<recorded_schema> schema_history::record(const schema_set& messages) {
    std::vector<recorded_schema> written;
    const schema_set missing = unrecorded(messages);
    for (const auto& [type, schemas] : missing.by_type()) require_event_name(type);
    for (const auto& [type, schemas] : missing.by_type()) {
        for (const event_schema& each : schemas) {
            const std::size_t revision = past_.schemas.of(type).size() + 1;
            const fs::path file = file_of(type, revision);
            detail::write_new_file(file, detail::text_of(each, revision));
            past_.schemas.add(each);
            written.push_back({type.to_string(), revision, file});
        }
    }
    return written;
}

std::vector<recorded_schema> accept(schema_history& history, const schema_set& messages, const upcaster_chain* chain,
                                    const compatibility& asked) {
    const compatibility_report report = check_schemas(history.past(), messages, chain, asked);
    std::vector<std::string> lines;
    for (const schema_problem& each : report.problems)
        if (each.weight == gravity::breaking) lines.push_back(each.to_string());
    if (!lines.empty())
        throw incompatible_schema(
            fmt::format("nothing was recorded in {}:\n  {}\nWhoever means it allows the rule by its "
                        "name.",
                        history.folder().string(), fmt::join(lines, "\n  ")));
    return history.record(messages);
}

}  // namespace foldline::inline v0
