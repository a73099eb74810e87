#include "schema_catalog.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/core/nearest_word.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
    return number;
}

bool is_well_known(const std::string& file) {
    return file.rfind("google/protobuf/", 0) == 0 || file == "foldline/options.proto";
}

void add_files(std::vector<proto_file>& files, std::set<std::string>& seen, const pb::FileDescriptor& file) {
    if (is_well_known(file.name()) || !seen.insert(file.name()).second) return;
    for (int at = 0; at < file.dependency_count(); ++at) add_files(files, seen, *file.dependency(at));
    files.push_back({file.name(), file.DebugString()});
}

/// `inside`: the messages that the way leads through; one that holds itself is gone through once.
void add_personal_fields(std::vector<std::string>& found, std::set<const pb::Descriptor*>& inside,
                         const std::string& way, const pb::Descriptor& message) {
    if (!inside.insert(&message).second) return;
    for (int at = 0; at < message.field_count(); ++at) {
        const pb::FieldDescriptor& field = *message.field(at);
        const std::string here = way + field.name();
        const pb::Descriptor* next =
            field.is_map() ? field.message_type()->map_value()->message_type() : field.message_type();
        if (is_personal(field)) found.push_back(here);
        else if (next && holds_personal_data(*next)) add_personal_fields(found, inside, here + ".", *next);
    }
    inside.erase(&message);
}

}  // namespace

std::string schema_address::to_string() const {
    std::string text = name;
    if (version) text += fmt::format("@{}", *version);
    if (revision) text += fmt::format("#{}", *revision);
    return text;
}

std::string cataloged_schema::label() const {
    return revisions > 1 ? fmt::format("{}#{}", schema.type.to_string(), revision) : schema.type.to_string();
}

schema_catalog::schema_catalog(const event_store& store, std::string place) : place_(std::move(place)) {
    for (const event_type type : store.stored_types()) types_.push_back({type, store.stored_schemas(type)});
    std::sort(types_.begin(), types_.end(), [](const auto& a, const auto& b) { return a.type < b.type; });
}

const cataloged_type& schema_catalog::type_of(const schema_address& which) const {
    const cataloged_type* found = nullptr;
    std::vector<std::string> names;
    std::string versions;
    for (const cataloged_type& each : types_) {
        names.emplace_back(each.type.name);
        if (each.type.name == which.name) versions += (versions.empty() ? "" : ", ") + each.type.to_string();
        if (each.type.name == which.name && each.type.version == which.version.value_or(each.type.version))
            found = &each;  // the newest one comes last
    }
    if (found) return *found;
    const std::string meant = versions.empty() ? nearest_word(which.name, names) : versions;
    throw unknown_name(fmt::format("no event {} is stored in {}{}", shortened(which.to_string()), place_,
                                   meant.empty() ? "" : "; did you mean " + meant + "?"));
}

cataloged_schema schema_catalog::find(const schema_address& which) const {
    const cataloged_type& type = type_of(which);
    const std::size_t revisions = type.revisions.size();
    const std::size_t revision = which.revision.value_or(revisions);
    if (revisions == 0)
        throw unknown_name(
            fmt::format("the events {} were stored without a schema in {}", type.type.to_string(), place_));
    if (revision > revisions)
        throw unknown_name(fmt::format("{} has {} of its schema in {}, and no {}", type.type.to_string(),
                                       counted(static_cast<std::int64_t>(revisions), "revision"), place_, revision));
    return {type.revisions[revision - 1], revision, revisions};
}

std::vector<cataloged_schema> schema_catalog::find(const std::vector<schema_address>& which) const {
    std::vector<cataloged_schema> found;
    for (const schema_address& each : which) found.push_back(find(each));
    if (!which.empty()) return found;
    for (const cataloged_type& each : types_)
        if (!each.revisions.empty())
            found.push_back({each.revisions.back(), each.revisions.size(), each.revisions.size()});
    return found;
}

std::optional<schema_address> schema_address_from(const std::string& text) {
    schema_address found;
    std::string rest = text;
    if (const auto at = rest.rfind('#'); at != std::string::npos) {
        found.revision = number_in<std::size_t>(std::string_view{rest}.substr(at + 1));
        if (!found.revision) return std::nullopt;
        rest.resize(at);
    }
    if (const auto at = rest.rfind('@'); at != std::string::npos) {
        found.version = number_in<std::uint32_t>(std::string_view{rest}.substr(at + 1));
        if (!found.version) return std::nullopt;
        rest.resize(at);
    }
    found.name = rest;
    if (rest.empty()) return std::nullopt;
    return found;
}

std::vector<std::string> personal_fields(const pb::Descriptor& message) {
    std::vector<std::string> found;
    std::set<const pb::Descriptor*> inside;
    add_personal_fields(found, inside, "", message);
    return found;
}

std::vector<proto_file> proto_files(const pb::FileDescriptor& file) {
    std::vector<proto_file> files;
    std::set<std::string> seen;
    add_files(files, seen, file);
    return files;
}

std::string proto_text(const pb::FileDescriptor& file) {
    std::string text;
    for (const proto_file& each : proto_files(file))
        text += fmt::format("{}// {}\n{}", text.empty() ? "" : "\n", each.name, each.text);
    return text;
}

}  // namespace foldline::inline v0::cli
