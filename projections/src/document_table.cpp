#include "document_table.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;
using field_kind = pb::FieldDescriptor::CppType;

[[noreturn]] void refuse_field(const pb::Descriptor& type, std::string_view path, std::string_view why) {
    throw definition_error(fmt::format("documents of {} cannot be found by '{}': {}", type.full_name(), path, why));
}

/// Empty for what has no order that SQL knows.
std::string_view sql_type_of(const pb::FieldDescriptor& field) {
    switch (field.cpp_type()) {
        case field_kind::CPPTYPE_INT32:
        case field_kind::CPPTYPE_INT64:
        case field_kind::CPPTYPE_UINT32:
        case field_kind::CPPTYPE_UINT64:
        case field_kind::CPPTYPE_BOOL:
        case field_kind::CPPTYPE_ENUM: return "integer";
        case field_kind::CPPTYPE_DOUBLE:
        case field_kind::CPPTYPE_FLOAT: return "real";
        case field_kind::CPPTYPE_STRING: return field.type() == pb::FieldDescriptor::TYPE_STRING ? "text" : "";
        case field_kind::CPPTYPE_MESSAGE: return "";
    }
    return "";
}

/// Null where a message on the way is absent, or the field itself is and could be told from its default.
sql_value value_of(const document_field& field, const pb::Message& document, std::string& scratch) {
    const pb::Message* message = &document;
    for (std::size_t i = 0; i + 1 < field.steps.size(); ++i) {
        if (!message->GetReflection()->HasField(*message, field.steps[i])) return nullptr;
        message = &message->GetReflection()->GetMessage(*message, field.steps[i]);
    }
    const pb::FieldDescriptor* const last = field.steps.back();
    const pb::Reflection& reflection = *message->GetReflection();
    if (last->has_presence() && !reflection.HasField(*message, last)) return nullptr;
    switch (last->cpp_type()) {
        case field_kind::CPPTYPE_INT32: return std::int64_t{reflection.GetInt32(*message, last)};
        case field_kind::CPPTYPE_INT64: return reflection.GetInt64(*message, last);
        case field_kind::CPPTYPE_UINT32: return std::int64_t{reflection.GetUInt32(*message, last)};
        case field_kind::CPPTYPE_UINT64: return static_cast<std::int64_t>(reflection.GetUInt64(*message, last));
        case field_kind::CPPTYPE_BOOL: return std::int64_t{reflection.GetBool(*message, last)};
        case field_kind::CPPTYPE_ENUM: return std::int64_t{reflection.GetEnumValue(*message, last)};
        case field_kind::CPPTYPE_DOUBLE: return reflection.GetDouble(*message, last);
        case field_kind::CPPTYPE_FLOAT: return double{reflection.GetFloat(*message, last)};
        case field_kind::CPPTYPE_STRING:
            return std::string_view{reflection.GetStringReference(*message, last, &scratch)};
        case field_kind::CPPTYPE_MESSAGE: break;
    }
    return nullptr;
}

}  // namespace

document_field document_field_of(const pb::Descriptor& type, std::string_view path) {
    document_field found{std::string(path), {}, "ix_" + std::string(path)};
    std::replace(found.column.begin(), found.column.end(), '.', '_');
    const pb::Descriptor* message = &type;
    for (std::string_view rest = path;;) {
        const std::size_t dot = rest.find('.');
        const std::string name{rest.substr(0, dot)};
        const pb::FieldDescriptor* const field = message->FindFieldByName(name);
        if (!field) refuse_field(type, path, fmt::format("{} has no field '{}'", message->full_name(), name));
        if (field->is_repeated()) refuse_field(type, path, fmt::format("'{}' has several values", name));
        found.steps.push_back(field);
        if (dot == std::string_view::npos) break;
        message = field->message_type();
        if (!message) refuse_field(type, path, fmt::format("'{}' is no message, and has no fields", name));
        rest.remove_prefix(dot + 1);
    }
    if (sql_type_of(*found.steps.back()).empty())
        refuse_field(type, path, "it is no number, bool, enum or string; name a field in it, or another one");
    return found;
}

std::string sql_name_of(std::string_view name) { return fmt::format("\"{}\"", name); }

void parse_document(std::string_view table, std::string_view key, std::string_view bytes, pb::Message& into) {
    if (!into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        throw corrupt_data(fmt::format("table {}: the document of the key '{}' is no {}; rebuild the projection", table,
                                       key, into.GetDescriptor()->full_name()));
}

document_table::document_table(std::string name, const pb::Descriptor& type) : type_(type) {
    definition_.name = std::move(name);
    write_statements();
}

void document_table::add_index(std::string_view path) {
    document_field field = document_field_of(type_, path);
    for (const document_field& known : fields_)
        if (known.column == field.column) refuse_field(type_, path, fmt::format("'{}' has its column", known.path));
    fields_.push_back(std::move(field));
    scratch_.resize(fields_.size());
    write_statements();
}

void document_table::write_statements() {
    const std::string table = sql_name_of(definition_.name);
    std::string columns;
    std::string parameters = "?1, ?2";
    std::string updates = "document = excluded.document";
    std::string indexes;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        const std::string& column = fields_[i].column;
        columns += fmt::format(",\n    {} {}", column, sql_type_of(*fields_[i].steps.back()));
        parameters += fmt::format(", ?{}", i + 3);
        updates += fmt::format(", {} = excluded.{}", column, column);
        indexes += fmt::format(";\ncreate index {} on {} ({})", sql_name_of(definition_.name + "_" + fields_[i].column),
                               table, column);
    }
    // The name of the constraint does nothing but to be a part of the definition.
    const std::string content =
        sql_name_of(fmt::format("{}, fields {:016x}", type_.full_name(), fingerprint_of(type_)));
    definition_.create = fmt::format(
        "create table {} (\n    key text primary key,\n    document blob constraint {} not null{}\n) strict, without "
        "rowid{}",
        table, content, columns, indexes);
    select_ = fmt::format("select document from {} where key = ?1", table);
    upsert_ = fmt::format("insert into {} values ({}) on conflict (key) do update set {}", table, parameters, updates);
    delete_ = fmt::format("delete from {} where key = ?1", table);
}

bool document_table::load(sql_session& rows, bool in_transaction, std::string_view key, std::string& bytes,
                          pb::Message& into) const {
    bool found = false;
    const auto take = [&](const sql_row& row) {
        bytes.assign(row.blob(0));
        found = true;
    };
    bytes.clear();
    const sql_value wanted{key};
    if (in_transaction) rows.query(select_, {&wanted, 1}, take);
    else rows.look_up(select_, {&wanted, 1}, take);
    if (found) parse_document(definition_.name, key, bytes, into);
    return found;
}

void document_table::store(sql_session& rows, std::string_view key, std::string_view bytes,
                           const pb::Message& document) {
    values_.assign({sql_value{key}, sql_value{sql_blob{bytes}}});
    for (std::size_t i = 0; i < fields_.size(); ++i) values_.push_back(value_of(fields_[i], document, scratch_[i]));
    rows.run(upsert_, values_);
}

void document_table::remove(sql_session& rows, std::string_view key) const {
    const sql_value removed{key};
    rows.run(delete_, {&removed, 1});
}

}  // namespace foldline::inline v0::detail
