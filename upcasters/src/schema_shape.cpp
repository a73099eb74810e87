#include "schema_shape.hpp"

#include <foldline/options.pb.h>
#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;
using proto_field = pb::FieldDescriptorProto;

struct by_number {
    template <class T>
    static std::int64_t of(const T& it) {
        if constexpr (std::is_pointer_v<T>) return it->number();
        else return it.number();
    }
    template <class T>
    bool operator()(const T& left, std::int64_t right) const {
        return of(left) < right;
    }
};

template <class T>
void sort_by_number(std::vector<T>& all) {
    std::sort(all.begin(), all.end(), [](const T& a, const T& b) { return by_number::of(a) < by_number::of(b); });
}

bool is_among(const std::vector<std::string_view>& sorted, std::string_view name) {
    return std::binary_search(sorted.begin(), sorted.end(), name);
}

template <class Strings>
std::vector<std::string_view> sorted_names(const Strings& strings) {
    std::vector<std::string_view> names{strings.begin(), strings.end()};
    std::sort(names.begin(), names.end());
    return names;
}

bool bears(const proto_field& field, const auto& option) {
    return field.has_options() && field.options().GetExtension(option);
}

bool holds_named_type(const proto_field& field) {
    return field.type() == proto_field::TYPE_MESSAGE || field.type() == proto_field::TYPE_GROUP ||
           field.type() == proto_field::TYPE_ENUM;
}

}  // namespace

void number_ranges::add(std::int64_t first, std::int64_t last) {
    if (first <= last) ranges_.push_back({first, last});
}

void number_ranges::join() {
    std::sort(ranges_.begin(), ranges_.end(), [](const range& a, const range& b) { return a.first < b.first; });
    std::vector<range> joined;
    for (const range& next : ranges_) {
        if (!joined.empty() && next.first <= joined.back().last + 1)
            joined.back().last = std::max(joined.back().last, next.last);
        else joined.push_back(next);
    }
    ranges_ = std::move(joined);
}

bool number_ranges::cover(std::int64_t first, std::int64_t last) const {
    auto after = std::upper_bound(ranges_.begin(), ranges_.end(), first,
                                  [](std::int64_t number, const range& one) { return number < one.first; });
    return after != ranges_.begin() && std::prev(after)->last >= last;
}

bool reserved_shape::holds_name(std::string_view name) const { return is_among(names, name); }

enum_shape::value_iterator enum_shape::find(std::int32_t number) const {
    const auto found = std::lower_bound(values.begin(), values.end(), number, by_number{});
    return found != values.end() && (*found)->number() == number ? found : values.end();
}

bool enum_shape::has_name(std::string_view name) const { return is_among(names, name); }

std::string_view field_shape::type_name() const {
    const std::string_view dotted = proto->type_name();
    return dotted.substr(dotted.empty() ? 0 : 1);
}

bool field_shape::is_map() const { return message && message->is_map_entry() && present == presence::repeated; }

std::string field_shape::json_name() const {
    if (proto->has_json_name()) return proto->json_name();
    std::string derived;
    bool capital = false;
    for (const char letter : name()) {
        if (letter != '_') derived += capital && letter >= 'a' && letter <= 'z' ? char(letter - 'a' + 'A') : letter;
        capital = letter == '_';
    }
    return derived;
}

const field_shape* message_shape::find(int number) const {
    const auto found = std::lower_bound(fields.begin(), fields.end(), number, by_number{});
    return found != fields.end() && found->number() == number ? &*found : nullptr;
}

bool message_shape::has_name(std::string_view name) const { return is_among(names, name); }

std::size_t message_shape::size() const {
    return 1 + fields.size() + reserved.numbers.all().size() + reserved.names.size() + extensions.all().size();
}

/// Finds the types by their names and makes shapes of those that the event's message reaches, one after another: a
/// chain of messages as long as a file allows must not become a stack as deep.
class shape_builder {
public:
    shape_builder(schema_shape& shape, const event_schema& schema) : shape_(shape), schema_(schema) {}

    void build() {
        auto* files = pb::Arena::CreateMessage<pb::FileDescriptorSet>(&shape_.arena_);
        if (!files->ParseFromString(schema_.descriptor_set)) refuse("they are no FileDescriptorSet");
        for (const pb::FileDescriptorProto& file : files->file()) index(file);
        shape_.root_ = message_named(schema_.message);
        if (!shape_.root_) refuse(fmt::format("they hold no message {}", schema_.message));
        for (std::size_t next = 0; next < shape_.messages_.size(); ++next) fill(shape_.messages_[next]);
    }

private:
    struct named_type {
        const pb::FileDescriptorProto* file = nullptr;
        const pb::DescriptorProto* message = nullptr;
        const pb::EnumDescriptorProto* enumeration = nullptr;
        const message_shape* message_made = nullptr;
        const enum_shape* enum_made = nullptr;
    };

    [[noreturn]] void refuse(const std::string& why) const {
        throw definition_error(fmt::format("the descriptors of {} cannot be read: {}", schema_.type.to_string(), why));
    }

    void index(const pb::FileDescriptorProto& file) {
        if (!file.syntax().empty() && file.syntax() != "proto2" && file.syntax() != "proto3")
            refuse(fmt::format("{} has the syntax '{}'; proto2 and proto3 are known", file.name(), file.syntax()));
        for (const pb::EnumDescriptorProto& one : file.enum_type())
            enter(file.package(), one.name(), {&file, nullptr, &one});
        for (const pb::DescriptorProto& one : file.message_type()) index(file, file.package(), one);
    }
    /// As deep as messages are nested in each other, which the parser limits to fewer than a hundred.
    void index(const pb::FileDescriptorProto& file, std::string_view scope, const pb::DescriptorProto& message) {
        const std::string_view name = enter(scope, message.name(), {&file, &message, nullptr});
        for (const pb::EnumDescriptorProto& one : message.enum_type()) enter(name, one.name(), {&file, nullptr, &one});
        for (const pb::DescriptorProto& one : message.nested_type()) index(file, name, one);
    }
    std::string_view enter(std::string_view scope, std::string_view name, named_type type) {
        std::string& full = shape_.names_.emplace_back(scope);
        if (!full.empty()) full += '.';
        full += name;
        types_.emplace(full, type);
        return full;
    }

    const message_shape* message_named(std::string_view name) {
        const auto found = types_.find(name);
        if (found == types_.end() || !found->second.message) return nullptr;
        named_type& type = found->second;
        if (!type.message_made)
            type.message_made = &shape_.messages_.emplace_back(message_shape{found->first, type.message, type.file});
        return type.message_made;
    }
    const enum_shape* enum_named(std::string_view name) {
        const auto found = types_.find(name);
        if (found == types_.end() || !found->second.enumeration) return nullptr;
        named_type& type = found->second;
        if (!type.enum_made) type.enum_made = &make_enum(found->first, *type.enumeration);
        return type.enum_made;
    }

    const enum_shape& make_enum(std::string_view name, const pb::EnumDescriptorProto& proto) {
        enum_shape& made = shape_.enums_.emplace_back(enum_shape{name, &proto});
        for (const pb::EnumValueDescriptorProto& value : proto.value()) {
            made.values.push_back(&value);
            made.names.push_back(value.name());
        }
        sort_by_number(made.values);
        std::sort(made.names.begin(), made.names.end());
        for (const auto& range : proto.reserved_range()) made.reserved.numbers.add(range.start(), range.end());
        made.reserved.numbers.join();
        made.reserved.names = sorted_names(proto.reserved_name());
        return made;
    }

    void fill(message_shape& made) {
        const pb::DescriptorProto& proto = *made.proto;
        made.fields.reserve(static_cast<std::size_t>(proto.field_size()));
        for (const proto_field& field : proto.field()) {
            made.fields.push_back(shape_of(field, made));
            made.names.push_back(field.name());
        }
        sort_by_number(made.fields);
        std::sort(made.names.begin(), made.names.end());
        // Their ends are not part of them; those of an enum's ranges are.
        for (const auto& range : proto.reserved_range())
            made.reserved.numbers.add(range.start(), std::int64_t{range.end()} - 1);
        made.reserved.numbers.join();
        made.reserved.names = sorted_names(proto.reserved_name());
        for (const auto& range : proto.extension_range())
            made.extensions.add(range.start(), std::int64_t{range.end()} - 1);
        made.extensions.join();
    }

    field_shape shape_of(const proto_field& field, const message_shape& owner) {
        if (!field.has_type() || field.number() <= 0)
            refuse(fmt::format("{}.{} has no type or no number", owner.full_name, field.name()));
        const bool proto3 = owner.is_proto3();
        field_shape made;
        made.proto = &field;
        made.present = presence_of(field, proto3);
        if (field.has_oneof_index() && !field.proto3_optional()) made.oneof = oneof_of(field, owner);
        made.checks_utf8 = proto3 && field.type() == proto_field::TYPE_STRING;
        made.closed_enum = !proto3 && field.type() == proto_field::TYPE_ENUM;
        made.personal = bears(field, foldline::personal);
        made.subject_id = bears(field, foldline::subject_id);
        if (holds_named_type(field)) resolve(made, owner);
        return made;
    }
    int oneof_of(const proto_field& field, const message_shape& owner) const {
        if (field.oneof_index() < 0 || field.oneof_index() >= owner.proto->oneof_decl_size())
            refuse(fmt::format("{}.{} is in a oneof that is not there", owner.full_name, field.name()));
        return field.oneof_index();
    }
    static presence presence_of(const proto_field& field, bool proto3) {
        if (field.label() == proto_field::LABEL_REPEATED) return presence::repeated;
        if (field.label() == proto_field::LABEL_REQUIRED) return presence::required;
        const bool is_message = field.type() == proto_field::TYPE_MESSAGE || field.type() == proto_field::TYPE_GROUP;
        return proto3 && !field.has_oneof_index() && !is_message ? presence::implicit : presence::explicit_one;
    }
    void resolve(field_shape& field, const message_shape& owner) {
        const std::string_view name = field.type_name();
        if (field.type() == proto_field::TYPE_ENUM) field.enumeration = enum_named(name);
        else field.message = message_named(name);
        // Stored schemas leave the well-known files out: those types never change.
        if (field.enumeration || field.message || name.rfind("google.protobuf.", 0) == 0) return;
        refuse(
            fmt::format("{}.{} is of the type '{}', which they do not describe", owner.full_name, field.name(), name));
    }

    schema_shape& shape_;
    const event_schema& schema_;
    std::unordered_map<std::string_view, named_type> types_;
};

schema_shape::schema_shape(const event_schema& schema) { shape_builder{*this, schema}.build(); }

}  // namespace foldline::inline v0
