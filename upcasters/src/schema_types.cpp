#include "schema_types.hpp"

#include <algorithm>
#include <optional>

namespace foldline::inline v0 {
namespace {

using proto_field = google::protobuf::FieldDescriptorProto;

/// How integers stand in the bytes; those of one encoding read each other's.
enum class encoding { varint, zigzag, four_bytes, eight_bytes };

struct integer {
    encoding written_as;
    bool is_signed;
    int bits;
};

std::optional<integer> integer_of(proto_field::Type type) {
    switch (type) {
        case proto_field::TYPE_BOOL: return integer{encoding::varint, false, 1};
        case proto_field::TYPE_INT32: return integer{encoding::varint, true, 32};
        case proto_field::TYPE_UINT32: return integer{encoding::varint, false, 32};
        case proto_field::TYPE_INT64: return integer{encoding::varint, true, 64};
        case proto_field::TYPE_UINT64: return integer{encoding::varint, false, 64};
        case proto_field::TYPE_SINT32: return integer{encoding::zigzag, true, 32};
        case proto_field::TYPE_SINT64: return integer{encoding::zigzag, true, 64};
        case proto_field::TYPE_FIXED32: return integer{encoding::four_bytes, false, 32};
        case proto_field::TYPE_SFIXED32: return integer{encoding::four_bytes, true, 32};
        case proto_field::TYPE_FIXED64: return integer{encoding::eight_bytes, false, 64};
        case proto_field::TYPE_SFIXED64: return integer{encoding::eight_bytes, true, 64};
        default: return std::nullopt;
    }
}

bool holds_every(const integer& wide, const integer& narrow) {
    if (wide.is_signed == narrow.is_signed) return wide.bits >= narrow.bits;
    return wide.is_signed && wide.bits > narrow.bits;
}

reading reading_of_scalars(proto_field::Type writer, proto_field::Type reader) {
    if (writer == reader) return reading::same;
    if (writer == proto_field::TYPE_STRING && reader == proto_field::TYPE_BYTES) return reading::same;
    const auto written = integer_of(writer);
    const auto read = integer_of(reader);
    if (!written || !read || written->written_as != read->written_as) return reading::broken;
    return holds_every(*read, *written) ? reading::same : reading::narrowed;
}

std::string_view short_name(std::string_view full) { return full.substr(full.rfind('.') + 1); }

/// Enums of one name have one history, in which values come and go by the rules for values. Others may follow each
/// other only if the reader's has all that was written.
reading reading_of_enums(const both<field_shape>& field) {
    const enum_shape* written = field.writer.enumeration;
    const enum_shape* read = field.reader.enumeration;
    if (field.writer.type_name() == field.reader.type_name()) return reading::same;
    if (!written || !read || short_name(written->full_name) != short_name(read->full_name)) return reading::broken;
    const bool subset = std::all_of(written->values.begin(), written->values.end(),
                                    [&](const auto* value) { return read->has(value->number()); });
    return subset ? reading::same : reading::broken;
}

/// Types that JSON writes in one form have one number.
int json_form(proto_field::Type type) {
    switch (type) {
        case proto_field::TYPE_UINT32: return proto_field::TYPE_INT32;
        case proto_field::TYPE_UINT64: return proto_field::TYPE_INT64;
        case proto_field::TYPE_SFIXED32: return proto_field::TYPE_FIXED32;
        case proto_field::TYPE_SFIXED64: return proto_field::TYPE_FIXED64;
        case proto_field::TYPE_GROUP: return proto_field::TYPE_MESSAGE;
        default: return type;
    }
}

std::string_view without_package(std::string_view type, std::string_view package) {
    const bool inside = type.size() > package.size() && type.starts_with(package) && type[package.size()] == '.';
    return inside ? type.substr(package.size() + 1) : type;
}

}  // namespace

reading reading_of(const both<field_shape>& field) {
    if (field.writer.type() != field.reader.type()) return reading_of_scalars(field.writer.type(), field.reader.type());
    switch (field.writer.type()) {
        case proto_field::TYPE_ENUM: return reading_of_enums(field);
        case proto_field::TYPE_MESSAGE:
        case proto_field::TYPE_GROUP: {
            // Of well-known types nothing is there to look at but the name.
            const bool both_described = field.writer.message && field.reader.message;
            const bool same_name = field.writer.type_name() == field.reader.type_name();
            return both_described || same_name ? reading::same : reading::broken;
        }
        default: return reading::same;
    }
}

bool same_in_json(const both<field_shape>& field) {
    return json_form(field.writer.type()) == json_form(field.reader.type());
}

bool same_in_source(const both<field_shape>& field, const both<message_shape>& owner) {
    if (field.writer.type() != field.reader.type()) return false;
    if (field.writer.is_map() && field.reader.is_map()) return true;  // their keys and values are looked at themselves
    return without_package(field.writer.type_name(), owner.writer.file->package()) ==
           without_package(field.reader.type_name(), owner.reader.file->package());
}

}  // namespace foldline::inline v0
