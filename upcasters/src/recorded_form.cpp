#include "recorded_form.hpp"

#include <foldline/core/protobuf_codec.hpp>

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;

constexpr std::string_view own_options = "foldline/options.proto";

/// As protoc derives it: `order_id` is `orderId`.
std::string json_name_of(std::string_view field) {
    std::string name;
    bool begins_word = false;
    for (const char c : field) {
        const bool is_lower = c >= 'a' && c <= 'z';
        if (c != '_') name += begins_word && is_lower ? static_cast<char>(c - 'a' + 'A') : c;
        begins_word = c == '_';
    }
    return name;
}

void drop_derived_name(pb::Message& message) {
    auto* field = dynamic_cast<pb::FieldDescriptorProto*>(&message);
    if (field && field->json_name() == json_name_of(field->name())) field->clear_json_name();
}

void simplify(pb::Message& message) {
    drop_derived_name(message);
    const pb::Reflection& reflection = *message.GetReflection();
    std::vector<const pb::FieldDescriptor*> present;
    reflection.ListFields(message, &present);
    for (const pb::FieldDescriptor* field : present) {
        if (field->is_extension() && field->file()->name() != own_options) reflection.ClearField(&message, field);
        else if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
        else if (!field->is_repeated()) simplify(*reflection.MutableMessage(&message, field));
        else
            for (int i = 0; i < reflection.FieldSize(message, field); ++i)
                simplify(*reflection.MutableRepeatedMessage(&message, field, i));
    }
}

}  // namespace

event_schema recorded_form_of(const pb::Descriptor& event) {
    pb::FileDescriptorSet files;
    files.ParseFromString(descriptor_set_of(event));
    files.DiscardUnknownFields();
    simplify(files);
    return {event_type_of(event), event.full_name(), files.SerializeAsString()};
}

}  // namespace foldline::inline v0::detail
