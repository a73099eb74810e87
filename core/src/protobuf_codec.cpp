#include <foldline/core/protobuf_codec.hpp>

#include "string_plan.hpp"
#include "utf8.hpp"

#include <foldline/options.pb.h>
#include <foldline/core/detail/growing_table.hpp>
#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/empty.pb.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <typeinfo>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;

[[noreturn]] void refuse_unreadable(const pb::Message& message, std::string_view why) {
    throw invalid_request(
        fmt::format("{}: {}; it could be stored but never read back", message.GetDescriptor()->full_name(), why));
}

void require_utf8(const pb::Message& message, const pb::FieldDescriptor& field, const std::string& value) {
    if (!detail::is_utf8(value)) refuse_unreadable(message, fmt::format("the string '{}' is not UTF-8", field.name()));
}

void require_readable_strings(const pb::Message& message, const pb::Reflection& reflection,
                              const pb::FieldDescriptor& field) {
    std::string scratch;
    if (!field.is_repeated()) {
        require_utf8(message, field, reflection.GetStringReference(message, &field, &scratch));
        return;
    }
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i)
        require_utf8(message, field, reflection.GetRepeatedStringReference(message, &field, i, &scratch));
}

void require_readable(const pb::Message& message, int depth);

void require_readable_messages(const pb::Message& message, const pb::Reflection& reflection,
                               const pb::FieldDescriptor& field, int depth) {
    if (field.is_repeated()) {
        for (int i = 0; i < reflection.FieldSize(message, &field); ++i)
            require_readable(reflection.GetRepeatedMessage(message, &field, i), depth + 1);
    } else if (reflection.HasField(message, &field)) {
        require_readable(reflection.GetMessage(message, &field), depth + 1);
    }
}

void require_readable(const pb::Message& message, const pb::Reflection& reflection, const pb::FieldDescriptor& field,
                      int depth) {
    if (field.type() == pb::FieldDescriptor::TYPE_STRING) require_readable_strings(message, reflection, field);
    else if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE)
        require_readable_messages(message, reflection, field, depth);
}

void require_readable(const pb::Message& message, int depth) {
    if (depth > detail::deepest_nesting) refuse_unreadable(message, "its messages are nested more than 100 deep");
    const pb::Descriptor& type = *message.GetDescriptor();
    const pb::Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) require_readable(message, reflection, *type.field(i), depth);
    if (type.extension_range_count() == 0) return;
    std::vector<const pb::FieldDescriptor*> present;
    message.GetReflection()->ListFields(message, &present);
    for (const auto* field : present)
        if (field->is_extension()) require_readable(message, reflection, *field, depth);
}

/// The name of a field's message or enum: each is described once, so a field tells which one it holds.
std::string_view name_of_type(const pb::FieldDescriptor& field) {
    if (field.message_type()) return field.message_type()->full_name();
    return field.enum_type() ? std::string_view{field.enum_type()->full_name()} : std::string_view{};
}

void describe(const pb::EnumDescriptor& type, std::string& text) {
    text += fmt::format("enum {}\n", type.full_name());
    for (int i = 0; i < type.value_count(); ++i)
        text += fmt::format("{} {}\n", type.value(i)->number(), type.value(i)->name());
}

void describe(const pb::Descriptor& type, std::set<const pb::Descriptor*>& seen, std::string& text) {
    if (!seen.insert(&type).second) return;
    text += fmt::format("message {}\n", type.full_name());
    std::vector<const pb::FieldDescriptor*> fields;
    for (int i = 0; i < type.field_count(); ++i) fields.push_back(type.field(i));
    std::sort(fields.begin(), fields.end(), [](auto* a, auto* b) { return a->number() < b->number(); });
    for (const auto* field : fields)
        text +=
            fmt::format("{} {} {} {} {}{}\n", field->number(), field->name(), field->type_name(), name_of_type(*field),
                        static_cast<int>(field->label()), field->has_presence() ? " may be absent" : "");
    for (const auto* field : fields) {
        if (field->message_type()) describe(*field->message_type(), seen, text);
        if (field->enum_type()) describe(*field->enum_type(), text);
    }
}

/// What is known of a class of events. A fact of the program, as the descriptor is, and lives as long.
struct event_class {
    explicit event_class(const pb::Descriptor& of) : descriptor(&of), strings(of) {
        schema.type = event_type_of(of);
        if (schema.type.version == 0)
            throw definition_error(fmt::format(
                "{} is no event: its message needs the option (foldline.event) = {{ name: \"…\" version: 1 }}",
                of.full_name()));
        schema.message = of.full_name();
        schema.descriptor_set = descriptor_set_of(of);
        is_retired = of.options().GetExtension(foldline::retired);
    }

    const pb::Descriptor* descriptor;
    bool is_retired;
    detail::string_plan strings;
    event_schema schema;
};

const event_class& class_of(const pb::Message& message) {
    static detail::growing_table<event_class> classes;
    const pb::Descriptor* const descriptor = message.GetDescriptor();
    const std::size_t hash = std::hash<const void*>{}(descriptor) / alignof(std::max_align_t);
    return classes.find_or_add(
        hash, [&](const event_class& known) { return known.descriptor == descriptor; },
        [&](std::size_t) { return event_class{*descriptor}; });
}

void require_written_still(const event_class& known) {
    if (known.is_retired)
        throw definition_error(
            fmt::format("{} is retired: no new event of it is written; write the one that took its place, or take the "
                        "option (foldline.retired) off it. Tests of old files make one with testing::old_event",
                        known.schema.message));
}

void require_initialized(const pb::Message& message) {
    if (!message.IsInitialized())
        refuse_unreadable(message, "required fields are missing: " + message.InitializationErrorString());
}

}  // namespace

event_type event_type_of(const pb::Descriptor& descriptor) {
    const auto& option = descriptor.options().GetExtension(foldline::event);
    return {option.name(), option.version()};
}

std::uint64_t fingerprint_of(const pb::Descriptor& descriptor) {
    std::string text;
    std::set<const pb::Descriptor*> seen;
    describe(descriptor, seen, text);
    return XXH3_64bits(text.data(), text.size());
}

void require_readable_back(const pb::Message& message) {
    require_initialized(message);
    require_readable(message, 0);
}

const event_schema& schema_of(const pb::Message& message) { return class_of(message).schema; }

event_data to_event(const pb::Message& message, std::string encoded_metadata) {
    // The bytes are cheaper to look over than the message, and tell as much, for most classes. Protobuf logs a string
    // that is not UTF-8 when it encodes it; whoever sends one learns more from the exception.
    const event_class& known = class_of(message);
    require_written_still(known);
    const bool bytes_tell = known.strings.covers_class();
    if (bytes_tell) require_initialized(message);
    else require_readable_back(message);
    event_data event;
    event.type = known.schema.type;
    event.schema = &known.schema;
    event.metadata = std::move(encoded_metadata);
    if (!message.SerializeToString(&event.payload)) refuse_unreadable(message, "it is larger than Protobuf can encode");
    if (bytes_tell && !known.strings.is_surely_utf8(event.payload)) require_readable(message, 0);
    return event;
}

event_data to_event(const pb::Message& message, const metadata& meta) { return to_event(message, encode(meta)); }

namespace {

/// The C++ class of all messages that are made of a descriptor, and not of generated code.
const std::type_info& dynamic_class() {
    static const std::type_info& known = []() -> const std::type_info& {
        pb::DynamicMessageFactory factory;
        const pb::Message& any = *factory.GetPrototype(pb::Empty::descriptor());
        return typeid(any);
    }();
    return known;
}

/// A generated class tells its descriptor by itself, a hundred instructions sooner than when it is asked for it.
bool are_of_one_class(const pb::Message& one, const pb::Message& other) {
    const std::type_info& known = typeid(one);
    return known == typeid(other) && (known != dynamic_class() || one.GetDescriptor() == other.GetDescriptor());
}

const pb::Message& parse(const event_view& event, std::string_view bytes, pb::Message& reused, event_type type) {
    if (!reused.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        throw event_failure(
            type, event.stream, event.version, event.position,
            fmt::format("its {} bytes do not decode as {}", bytes.size(), reused.GetDescriptor()->full_name()));
    return reused;
}

}  // namespace

const pb::Message& decode(const event_view& event, pb::Message& reused, event_type type) {
    if (!event.message) return parse(event, event.payload, reused, type);
    // Who asks casts the answer to the class of `reused`.
    if (are_of_one_class(*event.message, reused)) return *event.message;
    return parse(event, event.message->SerializePartialAsString(), reused, type);
}

void message_deleter::operator()(pb::Message* message) const noexcept { delete message; }

}  // namespace foldline::inline v0
