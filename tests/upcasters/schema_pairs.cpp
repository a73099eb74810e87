#include "schema_pairs.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>

namespace foldline_tests {
namespace {

using form = field_model::form;

constexpr const char* integer_types[] = {"int32",  "int64",   "uint32",   "uint64",  "bool",    "sint32",
                                         "sint64", "fixed32", "sfixed32", "fixed64", "sfixed64"};
constexpr const char* other_types[] = {"string", "bytes", "float", "double"};

/// Integers of one encoding, which read each other.
constexpr std::array<std::array<const char*, 5>, 4> encodings{
    {{"int32", "int64", "uint32", "uint64", "bool"},
     {"sint32", "sint64", "sint32", "sint64", "sint64"},
     {"fixed32", "sfixed32", "fixed32", "sfixed32", "fixed32"},
     {"fixed64", "sfixed64", "fixed64", "sfixed64", "fixed64"}}};

bool is_among(const std::string& type, const auto& types) {
    return std::find(std::begin(types), std::end(types), type) != std::end(types);
}

std::string options_of(const field_model& field) {
    return field.default_value.empty() ? "" : " [default = " + field.default_value + "]";
}

void write_field(std::ostream& text, const field_model& field, bool proto3, bool in_oneof) {
    const std::string place = " " + field.name + " = " + std::to_string(field.number);
    const std::string optional = proto3 ? "" : "optional ";
    const std::string entry = "Entry" + std::to_string(field.number);
    switch (field.shape) {
        case form::map: text << "map<" << field.key << ", " << field.type << ">" << place << ";"; break;
        case form::repeated: text << "repeated " << field.type << place << ";"; break;
        case form::entries:
            text << "message " << entry << " { " << optional << field.key << " key = 1; " << optional << field.type
                 << " value = 2; } repeated " << entry << place << ";";
            break;
        case form::plain:
            if (!in_oneof) text << (field.label.empty() ? optional : field.label + " ");
            text << field.type << place << options_of(field) << ";";
            break;
    }
    text << "\n";
}

template <class Owner>
void write_reserved(std::ostream& text, const Owner& owner) {
    for (const int number : owner.reserved) text << "reserved " << number << ";\n";
}

void write_message(std::ostream& text, const message_model& message, bool proto3) {
    text << "message " << message.name << " {\n";
    std::set<std::string> oneofs;
    for (const field_model& field : message.fields) {
        if (field.oneof.empty()) write_field(text, field, proto3, false);
        else oneofs.insert(field.oneof);
    }
    for (const std::string& oneof : oneofs) {
        text << "oneof " << oneof << " {\n";
        for (const field_model& field : message.fields)
            if (field.oneof == oneof) write_field(text, field, proto3, true);
        text << "}\n";
    }
    write_reserved(text, message);
    text << "}\n";
}

int free_number(const message_model& owner) {
    int number = 1;
    const auto is_taken = [&] {
        return owner.reserved.contains(number) ||
               std::any_of(owner.fields.begin(), owner.fields.end(),
                           [&](const field_model& field) { return field.number == number; });
    };
    while (is_taken()) ++number;
    return number;
}

}  // namespace

std::string file_model::to_text() const {
    std::ostringstream text;
    text << "syntax = \"" << (is_proto3 ? "proto3" : "proto2") << "\";\npackage " << package << ";\n";
    text << "enum " << status.name << " {\n";
    for (const auto& [name, number] : status.values) text << name << " = " << number << ";\n";
    write_reserved(text, status);
    text << "}\n";
    write_message(text, part, is_proto3);
    write_message(text, order, is_proto3);
    return text.str();
}

file_model file_maker::make() {
    file_model file;
    file.is_proto3 = one_in(2);
    file.status.values = {{"NEW", 0}, {"PAID", 1}, {"SENT", 2}, {"LOST", -1}};
    if (one_in(2)) file.status.values.pop_back();
    for (int i = up_to(2) + 1; i > 0; --i) file.part.fields.push_back(make_field(file, file.part, false));
    for (int i = up_to(5) + 2; i > 0; --i) file.order.fields.push_back(make_field(file, file.order, true));
    if (one_in(3)) join_in_oneof(file.order);
    if (one_in(3)) file.order.reserved = {40, 41};
    return file;
}

std::string file_maker::make_type(bool may_nest) {
    if (may_nest && one_in(4)) return one_in(2) ? "Status" : "Part";
    if (one_in(3)) return other_types[up_to(std::size(other_types) - 1)];
    return integer_types[up_to(std::size(integer_types) - 1)];
}

std::string file_maker::make_default(const std::string& type) {
    if (type == "bool") return "true";
    if (type == "string" || type == "bytes") return one_in(2) ? "\"none\"" : "\"a\\tb\"";
    if (type == "Status") return "PAID";
    return type == "Part" ? "" : std::to_string(up_to(2) + 1);
}

field_model file_maker::make_field(const file_model& file, const message_model& owner, bool may_nest) {
    field_model field;
    field.name = "f" + std::to_string(++names_);
    field.number = free_number(owner);
    field.type = make_type(may_nest);
    const int kind = up_to(9);
    if (kind < 2) field.shape = form::repeated;
    if (may_nest && (kind == 2 || kind == 3) && field.type != "Status") {
        field.shape = kind == 2 ? form::map : form::entries;
        field.key = one_in(2) ? "string" : integer_types[up_to(std::size(integer_types) - 1)];
    }
    if (kind == 4) field.label = file.is_proto3 ? "optional" : "required";
    if (kind == 5 && !file.is_proto3) field.default_value = make_default(field.type);
    return field;
}

void file_maker::join_in_oneof(message_model& owner) {
    for (field_model& field : owner.fields)
        if (field.shape == form::plain && field.label != "required" && one_in(2)) {
            field.oneof = "choice";
            field.label.clear();
        }
}

void file_maker::change(file_model& file) {
    const int kind = up_to(9);
    if (kind == 0) change_file(file);
    else if (kind == 1) change_status(file);
    else if (kind < 4) change_fields_of(file, file.part);
    else change_fields_of(file, file.order);
}

void file_maker::change_fields_of(file_model& file, message_model& owner) {
    const int kind = up_to(7);
    if (kind == 0) owner.fields.push_back(make_field(file, owner, &owner == &file.order));
    else if (kind == 1) join_in_oneof(owner);
    else if (kind == 2) owner.reserved.clear();
    else if (owner.fields.empty()) return;
    else if (kind == 3) {
        const auto lost = owner.fields.begin() + up_to(static_cast<int>(owner.fields.size()) - 1);
        if (one_in(2)) owner.reserved.insert(lost->number);
        owner.fields.erase(lost);
    } else change_field(file, owner);
}

void file_maker::change_field(file_model& file, message_model& owner) {
    field_model& field = owner.fields[static_cast<std::size_t>(up_to(static_cast<int>(owner.fields.size()) - 1))];
    switch (up_to(13)) {
        case 0: field.name = "renamed" + std::to_string(++names_); break;
        case 1: field.shape = field.shape == form::repeated ? form::plain : form::repeated; break;
        case 2: field.oneof.clear(); break;
        case 3:
            if (field.shape == form::map) field.shape = form::entries;
            else if (field.shape == form::entries) field.shape = form::map;
            break;
        case 4:
            field.label = field.label == "required" || file.is_proto3 ? "optional" : "required";
            field.oneof.clear();
            break;
        case 5:
            if (!file.is_proto3) field.default_value = field.default_value.empty() ? make_default(field.type) : "";
            break;
        case 6:
        case 7:
            field.default_value.clear();
            field.type = make_type(&owner == &file.order);
            break;
        default: change_within_encoding(field);
    }
}

void file_maker::change_within_encoding(field_model& field) {
    field.default_value.clear();
    std::string& type = is_among(field.key, integer_types) && one_in(2) ? field.key : field.type;
    for (const auto& types : encodings)
        if (is_among(type, types)) {
            type = types[static_cast<std::size_t>(up_to(4))];
            return;
        }
    if (field.key.empty() || one_in(2)) type = type == "string" ? "bytes" : "string";
}

void file_maker::change_status(file_model& file) {
    auto& values = file.status.values;
    switch (up_to(4)) {
        case 0: values.emplace_back("ADDED", 7); break;
        case 1: file.status.name = "State"; break;
        case 2: std::swap(values.front(), values.back()); break;
        default:
            if (one_in(2)) file.status.reserved.insert(values.back().second);
            values.pop_back();
    }
    // Fields name their type.
    for (field_model& field : file.order.fields)
        if (field.type == "Status") field.type = file.status.name;
}

void file_maker::change_file(file_model& file) {
    if (one_in(2)) {
        file.package = "shop.v2";
        return;
    }
    file.is_proto3 = !file.is_proto3;
    for (message_model* message : {&file.order, &file.part})
        for (field_model& field : message->fields) {
            if (field.label == "required") field.label = "optional";
            field.default_value.clear();
        }
}

}  // namespace foldline_tests
