#include "event_columns.hpp"

#include <foldline/upcasters/message_schema.hpp>

#include <sqlite3.h>

#include <algorithm>

namespace foldline::inline v0::sqlite {
namespace {

namespace pb = google::protobuf;

/// SQLite takes 2,000 columns. What a message has beyond these is in the JSON of the messages that hold it.
constexpr std::size_t most_columns = 1'000;

std::string declared_type(const pb::FieldDescriptor& field) {
    switch (field.cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_INT32:
        case pb::FieldDescriptor::CPPTYPE_INT64:
        case pb::FieldDescriptor::CPPTYPE_UINT32:
        case pb::FieldDescriptor::CPPTYPE_BOOL: return "INTEGER";
        case pb::FieldDescriptor::CPPTYPE_DOUBLE:
        case pb::FieldDescriptor::CPPTYPE_FLOAT: return "REAL";
        case pb::FieldDescriptor::CPPTYPE_ENUM: return "TEXT";
        case pb::FieldDescriptor::CPPTYPE_STRING:
            return field.type() == pb::FieldDescriptor::TYPE_BYTES ? "BLOB" : "TEXT";
        // What SQLite's integers cannot hold comes as text, which no affinity may turn into a number that is near it.
        case pb::FieldDescriptor::CPPTYPE_UINT64: return "";
        case pb::FieldDescriptor::CPPTYPE_MESSAGE: return "TEXT";
    }
    return "";
}

bool is_wrapper(const pb::Descriptor& type) {
    using kind = pb::Descriptor::WellKnownType;
    const kind known = type.well_known_type();
    return known >= kind::WELLKNOWNTYPE_DOUBLEVALUE && known <= kind::WELLKNOWNTYPE_BOOLVALUE;
}

/// Of messages that stand for one value, and of those that may hold anything.
bool has_no_columns(const pb::Descriptor& type) {
    return type.well_known_type() != pb::Descriptor::WELLKNOWNTYPE_UNSPECIFIED;
}

class collector {
public:
    [[nodiscard]] std::vector<message_column> of(const pb::Descriptor& message) {
        add_fields(message, "", false);
        return std::move(columns_);
    }

private:
    void add_fields(const pb::Descriptor& message, const std::string& prefix, bool is_personal_part) {
        for (int i = 0; i < message.field_count(); ++i) {
            const pb::FieldDescriptor& field = *message.field(i);
            path_.push_back(&field);
            add_field(field, prefix + field.name(), is_personal_part || is_personal(field));
            path_.pop_back();
        }
    }

    void add_field(const pb::FieldDescriptor& field, const std::string& name, bool personal) {
        if (field.is_repeated() || field.type() == pb::FieldDescriptor::TYPE_GROUP)
            return add({name, "TEXT", column_form::json, path_, false, personal});
        const pb::Descriptor* held = field.message_type();
        if (!held) return add({name, declared_type(field), column_form::value, path_, false, personal});
        if (held->well_known_type() == pb::Descriptor::WELLKNOWNTYPE_TIMESTAMP)
            return add({name, "TEXT", column_form::time, path_, false, personal});
        if (is_wrapper(*held)) return add_wrapper(*held->field(0), name, personal);
        const bool opens = !has_no_columns(*held) && !is_inside(*held) && has_room_for(*held);
        add({name, "TEXT", column_form::json, path_, opens && held->field_count() > 0, personal});
        if (opens) add_fields(*held, name + ".", personal);
    }

    void add_wrapper(const pb::FieldDescriptor& value, const std::string& name, bool personal) {
        std::vector<const pb::FieldDescriptor*> path = path_;
        path.push_back(&value);
        add({name, declared_type(value), column_form::value, std::move(path), false, personal});
    }

    void add(message_column column) { columns_.push_back(std::move(column)); }

    /// Whether the message is a part of one of its own class.
    [[nodiscard]] bool is_inside(const pb::Descriptor& message) const {
        return std::any_of(path_.begin(), path_.end(),
                           [&](const pb::FieldDescriptor* each) { return each->containing_type() == &message; });
    }

    /// Asked before its fields are added. What they hold in turn asks for itself.
    [[nodiscard]] bool has_room_for(const pb::Descriptor& message) const {
        return columns_.size() + static_cast<std::size_t>(message.field_count()) <= most_columns;
    }

    std::vector<message_column> columns_;
    std::vector<const pb::FieldDescriptor*> path_;
};

}  // namespace

std::vector<message_column> columns_of(const pb::Descriptor& message) { return collector{}.of(message); }

std::vector<message_column> columns_of_elements(const message_column& list) {
    const pb::FieldDescriptor& field = *list.path.back();
    const pb::Descriptor* held = field.message_type();
    std::vector<message_column> columns;
    if (held && held->well_known_type() == pb::Descriptor::WELLKNOWNTYPE_TIMESTAMP)
        columns.push_back({"value", "TEXT", column_form::time, {}, false, false});
    else if (!held) columns.push_back({"value", declared_type(field), column_form::value, {}, false, false});
    else if (has_no_columns(*held) && !is_wrapper(*held))
        columns.push_back({"value", "TEXT", column_form::json, {}, false, false});
    else columns = columns_of(*held);
    for (message_column& each : columns) each.is_personal = each.is_personal || list.is_personal;
    return columns;
}

std::vector<message_column> lists_of(const pb::Descriptor& message) {
    std::vector<message_column> lists = columns_of(message);
    std::erase_if(lists, [](const message_column& each) {
        const pb::FieldDescriptor& field = *each.path.back();
        return !field.is_repeated() || field.type() == pb::FieldDescriptor::TYPE_GROUP;
    });
    return lists;
}

bool is_same_name(std::string_view one, std::string_view other) {
    return one.size() == other.size() && sqlite3_strnicmp(one.data(), other.data(), static_cast<int>(one.size())) == 0;
}

table_columns::table_columns(std::vector<column> fixed) : columns_(std::move(fixed)), fixed_(columns_.size()) {}

std::vector<std::size_t> table_columns::add(const std::vector<message_column>& of_message) {
    std::vector<std::size_t> places;
    for (const message_column& each : of_message) {
        const auto [known, is_new] = by_field_.try_emplace(each.name, columns_.size());
        places.push_back(known->second);
        const bool is_exact = !each.declared.empty() && each.declared != "REAL";
        if (is_new) {
            columns_.push_back({free_name(each.name), each.declared, each.is_hidden, is_exact});
            continue;
        }
        column& joined = columns_[known->second];
        joined.is_hidden = joined.is_hidden && each.is_hidden;
        if (joined.declared == each.declared) continue;
        joined.declared.clear();
        joined.is_exact = false;
    }
    return places;
}

std::vector<std::size_t> table_columns::places_of(const std::vector<message_column>& of_message) const {
    std::vector<std::size_t> places;
    for (const message_column& each : of_message) {
        const auto known = by_field_.find(each.name);
        places.push_back(known == by_field_.end() ? no_place : known->second);
    }
    return places;
}

std::string table_columns::free_name(std::string name) const {
    const auto is_taken = [&](const column& each) { return is_same_name(each.name, name); };
    while (std::any_of(columns_.begin(), columns_.end(), is_taken)) name = "data." + name;
    return name;
}

}  // namespace foldline::inline v0::sqlite
