#include "field_names.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/nearest_word.hpp>

#include <fmt/format.h>

#include <vector>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;

std::vector<std::string> field_names_of(const pb::Descriptor& message) {
    std::vector<std::string> names;
    for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
    return names;
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
    const std::vector<std::string> known = field_names_of(message);
    const std::string meant = nearest_word(name, known);
    throw definition_error(fmt::format("{} has no field '{}'{}; it has {}", message.full_name(), name,
                                       meant.empty() ? "" : fmt::format(": did you mean '{}'?", meant),
                                       known.empty() ? "no field at all" : fmt::format("{}", fmt::join(known, ", "))));
}

bool is_path(std::string_view path) {
    return !path.empty() && path.front() != '.' && path.back() != '.' && path.find("..") == std::string_view::npos;
}

}  // namespace foldline::inline v0::detail
