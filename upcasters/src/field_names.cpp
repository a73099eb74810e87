#include "field_names.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;

/// How many letters have to be put in, taken out or changed to get from one word to the other (Levenshtein).
std::size_t differences(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t changed = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

/// The name that is nearest to `typed`, unless it differs by half of itself.
std::string_view nearest(const pb::Descriptor& message, std::string_view typed) {
    std::string_view nearest;
    std::size_t fewest = 4;
    for (int i = 0; i < message.field_count(); ++i) {
        const std::string_view name = message.field(i)->name();
        if (typed.size() > name.size() + fewest) continue;
        const std::size_t count = differences(typed, name);
        if (count >= fewest || count * 2 >= name.size()) continue;
        fewest = count;
        nearest = name;
    }
    return nearest;
}

std::string names_of(const pb::Descriptor& message) {
    std::string names;
    for (int i = 0; i < message.field_count(); ++i) {
        if (i > 0) names += ", ";
        names += message.field(i)->name();
    }
    return names.empty() ? "no field at all" : names;
}

}  // namespace

value_kind kind_of(const pb::FieldDescriptor& field) {
    switch (field.cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_INT32:
        case pb::FieldDescriptor::CPPTYPE_INT64:
        case pb::FieldDescriptor::CPPTYPE_UINT32:
        case pb::FieldDescriptor::CPPTYPE_UINT64: return value_kind::integer;
        case pb::FieldDescriptor::CPPTYPE_FLOAT:
        case pb::FieldDescriptor::CPPTYPE_DOUBLE: return value_kind::real;
        case pb::FieldDescriptor::CPPTYPE_BOOL: return value_kind::flag;
        case pb::FieldDescriptor::CPPTYPE_ENUM: return value_kind::choice;
        case pb::FieldDescriptor::CPPTYPE_MESSAGE: return value_kind::message;
        case pb::FieldDescriptor::CPPTYPE_STRING: break;
    }
    return field.type() == pb::FieldDescriptor::TYPE_STRING ? value_kind::text : value_kind::bytes;
}

std::string_view name_of(value_kind kind) {
    switch (kind) {
        case value_kind::integer: return "a whole number";
        case value_kind::real: return "a real number";
        case value_kind::flag: return "a bool";
        case value_kind::choice: return "an enum value";
        case value_kind::text: return "a string";
        case value_kind::bytes: return "bytes";
        case value_kind::message: break;
    }
    return "a message";
}

std::string described(const pb::FieldDescriptor& field) {
    if (field.is_map())
        return fmt::format("map<{}, {}> {}", field.message_type()->map_key()->type_name(),
                           field.message_type()->map_value()->type_name(), field.full_name());
    std::string_view type = field.type_name();
    if (field.message_type()) type = field.message_type()->full_name();
    if (field.enum_type()) type = field.enum_type()->full_name();
    return fmt::format("{}{} {}", field.is_repeated() ? "repeated " : "", type, field.full_name());
}

const pb::FieldDescriptor& field_named(const pb::Descriptor& message, std::string_view name) {
    if (const auto* field = message.FindFieldByName(std::string(name))) return *field;
    const std::string_view meant = nearest(message, name);
    throw definition_error(fmt::format("{} has no field '{}'{}; it has {}", message.full_name(), name,
                                       meant.empty() ? "" : fmt::format(": did you mean '{}'?", meant),
                                       names_of(message)));
}

bool is_path(std::string_view path) {
    return !path.empty() && path.front() != '.' && path.back() != '.' && path.find("..") == std::string_view::npos;
}

}  // namespace foldline::inline v0::detail
