#include <foldline/upcasters/declared_upcaster.hpp>

#include <foldline/upcasting.pb.h>
#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/unknown_field_set.h>

#include <cstddef>
#include <limits>
#include <vector>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;

[[noreturn]] void refuse(std::string_view why) {
    throw definition_error(fmt::format("the bytes of a declared upcaster cannot be used: {}", why));
}

/// A rule that is not understood would be one that is not applied.
void require_all_known(const pb::Message& message) {
    const pb::Reflection& reflection = *message.GetReflection();
    if (!reflection.GetUnknownFields(message).empty())
        refuse(fmt::format("{} has field {}, which a newer foldline has written; use that one",
                           message.GetDescriptor()->full_name(),
                           reflection.GetUnknownFields(message).field(0).number()));
    std::vector<const pb::FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const auto* field : fields) {
        if (!field->message_type()) continue;
        if (!field->is_repeated()) {
            require_all_known(reflection.GetMessage(message, field));
            continue;
        }
        for (int i = 0; i < reflection.FieldSize(message, field); ++i)
            require_all_known(reflection.GetRepeatedMessage(message, field, i));
    }
}

event_type type_in(const upcasting::EventType& type) { return {type.name(), type.version()}; }

}  // namespace

declared_upcaster decode_declared_upcaster(std::string_view bytes) {
    upcasting::DeclaredUpcaster stored;
    if (bytes.size() > std::size_t{std::numeric_limits<int>::max()} ||
        !stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        refuse("they are no foldline.upcasting.DeclaredUpcaster");
    require_all_known(stored);
    declared_upcaster made = stored.has_to() ? declared_upcaster{type_in(stored.from()), type_in(stored.to())}
                                             : declared_upcaster::dropping(type_in(stored.from()));
    for (const auto& rule : stored.moves()) {
        multiplied_by scale;
        if (rule.has_scale()) scale = {rule.scale().factor(), rule.scale().divisor()};
        made.move(rule.from(), rule.to(), scale);
    }
    for (const auto& rule : stored.fills()) made.fill(rule.path(), rule.value());
    for (const std::string& path : stored.left_out()) made.leave_out(path);
    if (stored.has_made())
        made.describe_result({type_in(stored.to()), stored.made().message(), stored.made().descriptor_set()});
    return made;
}

}  // namespace foldline::inline v0
